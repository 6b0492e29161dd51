"""Sources to typed trees: what the compiler and the proofs ask.

Takes the names an expression may read, with their types. Leaves the value of an expression to `evaluator`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.expressions import checked, literals, presence, trouble
from engine.expressions.cel import NUL, CelError, Environment, Program
from engine.expressions.tree import Has, Name, Node, Path, walk

MAX_SOURCE = 2_000
_ROOTS = frozenset(("inputs", "steps", "run", "now", "each", "signal", "payload", "parameters"))


class ExpressionError(Exception):
    """A source that cannot be used: `bad-expression`, `unknown-name` or `type-mismatch`.

    `column` counts characters of the source from 1, line breaks included.
    """

    def __init__(self, code: str, message: str, hint: str = "", column: int = 1) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.column = code, message, hint, column


@dataclass(frozen=True)
class Parsed:
    """A checked expression. `reads` are the paths whose values it reads, `asks` those in `has(…)`."""

    source: str
    type: str
    tree: Node
    program: Program

    @cached_property
    def reads(self) -> frozenset[Path]:
        return frozenset(node.path for node in walk(self.tree) if isinstance(node, Name) and node.path[0] in _ROOTS)

    @cached_property
    def asks(self) -> frozenset[Path]:
        return frozenset(node.path for node in walk(self.tree) if isinstance(node, Has))


class Checker:
    """One set of names; every source is compiled once."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self._environment = Environment({**names, **presence.DECLARED})
        self._parsed: dict[str, Parsed | ExpressionError] = {}

    def parse(self, source: str) -> Parsed:
        """Return the checked expression. Raises `ExpressionError`."""
        known = self._parsed.get(source)
        if known is None:
            try:
                known = self._parse(source)
            except ExpressionError as error:
                known = error
            self._parsed[source] = known
        if isinstance(known, ExpressionError):
            raise known
        return known

    def _parse(self, source: str) -> Parsed:
        if len(source) > MAX_SOURCE:
            raise ExpressionError("bad-expression", f"An expression has at most {MAX_SOURCE:,} characters.")
        if NUL in source:
            raise ExpressionError("bad-expression", "An expression holds text only.", column=source.index(NUL) + 1)
        if not source.strip():
            raise ExpressionError("bad-expression", "There is no expression here.")
        for word, offset in presence.reserved(source):
            raise ExpressionError("unknown-name", f"`{word}` means nothing here.", column=offset + 1)
        try:
            program = self._environment.compile(presence.rewrite(source))
        except CelError as error:
            raise ExpressionError(*trouble.explain(error, source, self.names)) from None
        parsed = Parsed(source, program.type, checked.tree(program.checked(), source), program)
        for code, message, hint, column in literals.faults(parsed.tree):
            raise ExpressionError(code, message, hint, column)
        for node in walk(parsed.tree):
            if isinstance(node, Has) and not _is_askable(node.path, self.names):
                raise ExpressionError(*trouble.unknown(".".join(node.path), node.column, self.names))
        return parsed


def _is_askable(path: Path, names: Mapping[str, str]) -> bool:
    """Tell whether `has` of this path can mean something: a name, a step, or what lies under an open value."""
    dotted = ".".join(path)
    if dotted in names:
        return True
    if len(path) == 2:
        return path[0] == "steps" and f"{dotted}.visits" in names
    return any(names.get(".".join(path[:length]), "") in ("dyn", "map(string, dyn)") for length in range(1, len(path)))


_CHECKERS: OrderedDict[int, Checker] = OrderedDict()


def checker(names: Mapping[str, str]) -> Checker:
    """Return the checker of these names: the same mapping gets the same one, with all it has compiled."""
    known = _CHECKERS.get(id(names))
    if known is None or known.names is not names:
        known = _CHECKERS[id(names)] = Checker(names)
        if len(_CHECKERS) > 64:
            _CHECKERS.popitem(last=False)
    return known


def parse(source: str, names: Mapping[str, str]) -> Parsed:
    """Check a source against names and their types. Raises `ExpressionError`."""
    return checker(names).parse(source)
