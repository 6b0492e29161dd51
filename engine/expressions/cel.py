"""The one module that knows cel-expr-python, Google's binding of CEL: environments, programs, evaluation.

Takes names with their types (`types`) and sources, gives programs. What the library says as text in a
`RuntimeError` becomes `CelError` with a line and column; a run-time fault, which the library returns as a
value of the type ERROR, becomes `EvaluationError`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cel_expr_python import cel
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from engine.expressions.faults import explain
from engine.values import Secret, Value

MAX_LIST, MAX_TEXT = 500, 10_000
NUL = "\0"
"""The library ends a text here, without a word; so does every database that is written in C."""

_SCALARS = {
    "int": cel.Type.INT,
    "double": cel.Type.DOUBLE,
    "bool": cel.Type.BOOL,
    "string": cel.Type.STRING,
    "timestamp": cel.Type.TIMESTAMP,
    "duration": cel.Type.DURATION,
    "null": cel.Type.NULL,
    "dyn": cel.Type.DYN,
}
_STORABLE = frozenset(("INT", "DOUBLE", "BOOL", "STRING", "TIMESTAMP", "DURATION", "NULL", "LIST", "MAP"))
#: Declared so that it is typed like all the rest; nothing here can evaluate it, see `Evaluator.resolve`.
_SECRET = cel.FunctionDecl(
    "secret", [cel.Overload("secret_string", return_type=cel.Type.STRING, parameters=[cel.Type.STRING])]
)
_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")


class EvaluationError(Exception):
    """An expression has no value for this data: a missing key, a division by zero, too long a list."""


class TooLong(EvaluationError):
    """A list has more items than an expression may hold."""


class CelError(Exception):
    """CEL refuses the source. `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


class Program:
    """One compiled expression: its type, its checked form, and its value for given data."""

    __slots__ = ("_compiled", "type")

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.type = compiled.return_type().name().lower().replace("<", "(").replace(">", ")")

    def checked(self) -> bytes:
        """Return CEL's `CheckedExpr`, wrapped in a protobuf `Any`."""
        return bytes(self._compiled.serialize())

    def evaluate(self, data: Mapping[str, Any]) -> Value:
        """Return the value for this data, made ready by `outgoing`. Raises `EvaluationError`."""
        try:
            result = self._compiled.eval(data=data)
            kind = result.type().name()
            value = result.plain_value()
        except (RuntimeError, ValueError, OverflowError, TypeError) as error:
            raise EvaluationError(explain(_clean(str(error)))) from None
        if kind == "ERROR":
            raise EvaluationError(explain(_clean(str(value))))
        if kind.split("<")[0] not in _STORABLE:
            raise EvaluationError(f"A value of the type {kind.lower()} cannot be kept.")
        return _incoming(value)


class Environment:
    """Names with their types, in which sources are compiled."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._env = cel.NewEnv(variables={name: _type(kind) for name, kind in names.items()}, functions=[_SECRET])

    def compile(self, source: str) -> Program:
        """Compile and check. Raises `CelError` for the first thing wrong in reading order."""
        try:
            return Program(self._env.compile(source))
        except RuntimeError as error:
            raise _first(str(error)) from None


def outgoing(value: Value) -> Any:
    """Make a value ready for an expression. Raises `EvaluationError` for a list or text beyond the limits."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise EvaluationError(f"A text is longer than {MAX_TEXT:,} characters.")
        if NUL in value:
            raise EvaluationError("A text holds a character that is no text.")
        return value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        stamp = Timestamp()
        stamp.FromDatetime(value.astimezone(UTC))
        return stamp
    if isinstance(value, timedelta):
        length = Duration()
        length.FromTimedelta(value)
        return length
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): outgoing(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        if len(value) > MAX_LIST:
            raise TooLong(f"A list is longer than {MAX_LIST} items.")
        return [outgoing(item) for item in value]
    raise EvaluationError(f"A value of the type {type(value).__name__} cannot be read.")


def _incoming(value: Any) -> Value:
    """Check a result: finite numbers, texts and lists within the limits, names as keys."""
    if isinstance(value, bytes):
        raise EvaluationError("Bytes cannot be kept.")
    if isinstance(value, float) and not math.isfinite(value):
        raise EvaluationError("The number is not finite.")
    if isinstance(value, str) and (len(value) > MAX_TEXT or NUL in value):
        said = "holds a character that is no text" if NUL in value else f"is longer than {MAX_TEXT:,} characters"
        raise EvaluationError(f"The text {said}.")
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, list):
        if len(value) > MAX_LIST:
            raise TooLong(f"The list is longer than {MAX_LIST} items.")
        return [_incoming(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _incoming(item) for key, item in value.items()}
    return value


def _type(name: str) -> Any:
    if name in _SCALARS:
        return _SCALARS[name]
    head, _, rest = name.partition("(")
    inner = rest.removesuffix(")")
    if head == "list":
        return cel.Type.List(_type(inner))
    if head == "map":
        key, _, value = inner.partition(",")
        return cel.Type.Map(_type(key.strip()), _type(value.strip()))
    raise ValueError(f"{name!r} is no type of an expression")


def _first(text: str) -> CelError:
    found = [(int(line), int(column), message.strip()) for line, column, message in _ERROR.findall(text)]
    if not found:
        return CelError(_clean(text), 1, 1)
    line, column, message = min(found, key=lambda one: one[:2])
    return CelError(_clean(message), line, column)


def _clean(text: str) -> str:
    """Drop the library's status words around a message."""
    text = re.sub(r"\s*\[[A-Z_]+\]\s*$", "", text.strip())
    text = re.sub(r"^[A-Z_]+: ", "", text)
    return text.replace(" (in container '')", "").strip()
