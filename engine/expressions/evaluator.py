"""The values of a definition's expressions while a run is under way.

Made from a definition alone (guarantees G7), kept by its digest. Takes a `Scope`, which holds what the run
knows; decides nothing about what an error means (semantics [error] is the machine's).
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import durations
from engine.definition import Definition, FieldSpec, TaskSpec
from engine.expressions import presence
from engine.expressions.cel import EvaluationError, outgoing
from engine.expressions.checker import Checker, ExpressionError, Parsed
from engine.expressions.names import spelt
from engine.expressions.templates import TemplateError, parts, whole
from engine.expressions.tree import Call, Const, Name, Path
from engine.expressions.types import DYN
from engine.values import Json, Sealed, Secret, Value

BROKEN = "[?]"


@dataclass(frozen=True, slots=True)
class Scope:
    """What expressions may read now: decoded values under ids as written in the playbook.

    steps: step id -> what its last completed visit left; absent where unset. A step that failed and went on
    by `on_error` holds only `error`, an each a list. visits: step id -> how often it has opened, absent for never.
    run: `id`, `started_by`, `started_at`. now: the time of the event being applied. within: the list that the
    expression stands in, which says what it may read. each: `item`, `index` and the names after `as`, spelt as in
    expressions. further: names that only some expressions have, such as `signal`.
    """

    inputs: Mapping[str, Value] = field(default_factory=dict)
    steps: Mapping[str, Value] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    run: Mapping[str, Value] = field(default_factory=dict)
    now: datetime | None = None
    within: str = ""
    each: Mapping[str, Value] = field(default_factory=dict)
    further: Mapping[str, Value] = field(default_factory=dict)


class Evaluator:
    """All expressions of one definition; each source is compiled once for the names that may be read at its place."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._checkers: dict[tuple[str, ...], Checker] = {}
        self._ids = {spelt(step): step for step in definition.steps}
        self._dates = _fields(definition, lambda spec: "date" in (spec.type, spec.of))
        self._secrets = _fields(definition, lambda spec: spec.secret)
        self._tasks = frozenset(id for id, step in definition.steps.items() if isinstance(step.does, TaskSpec))

    @classmethod
    def of(cls, definition: Definition) -> Evaluator:
        """Return the evaluator of this definition; the last 256 are kept."""
        known = _KEPT.get(definition.digest)
        if known is None:
            known = _KEPT[definition.digest] = cls(definition)
            if len(_KEPT) > 256:
                _KEPT.popitem(last=False)
        return known

    def value(self, source: str, scope: Scope) -> Value:
        """Return the value of an expression. Raises `EvaluationError`."""
        try:
            parsed = self._checker(scope).parse(source)
        except ExpressionError as error:
            raise EvaluationError(error.message) from None
        return parsed.program.evaluate(self._data(parsed, scope))

    def _checker(self, scope: Scope) -> Checker:
        key = (self._definition.eaches.get(scope.within, ""), *sorted(scope.further))
        known = self._checkers.get(key)
        if known is None:
            names = self._definition.names_in(scope.within)
            known = self._checkers[key] = Checker({**names, **dict.fromkeys(scope.further, DYN)})
        return known

    def text(self, template: str, scope: Scope) -> str:
        """Return the text with each `${…}` filled in, `[?]` where one has no value. Never raises."""
        try:
            cut = parts(template)
        except TemplateError:
            return template
        filled = []
        for part in cut:
            try:
                filled.append(self._written(part.text, scope) if part.is_expression else part.text)
            except EvaluationError:
                filled.append(BROKEN)
        return "".join(filled)

    def resolve(self, written: Json, scope: Scope) -> Json:
        """Return JSON with every `${…}` resolved, as a provider gets it: times are ISO texts, durations `1h30m`.

        A text that is only `${…}` gives a value of the expression's type. A secret stays a `Secret`, a text with one
        of the administrator's a `Sealed`. Raises `EvaluationError`.
        """
        if isinstance(written, str):
            try:
                if (part := whole(written)) is not None:
                    if (secret := self._secret(part.text, scope)) is not None:
                        return secret
                    return self._plain(self.value(part.text, scope), self._is_date(part.text, scope))
                return self._mixed(written, scope)
            except TemplateError as error:
                raise EvaluationError(error.message) from None
        if isinstance(written, Mapping):
            return {key: self.resolve(item, scope) for key, item in written.items()}
        if isinstance(written, list | tuple):
            return [self.resolve(item, scope) for item in written]
        return written

    def _mixed(self, written: str, scope: Scope) -> str | Sealed:
        """Fill in a text that is not only one `${…}`."""
        found: list[tuple[str, str]] = []
        for part in parts(written):
            secret = self._secret(part.text, scope) if part.is_expression else None
            if isinstance(secret, Sealed):
                found += secret.parts
            else:
                found.append(("text", self._written(part.text, scope) if part.is_expression else part.text))
        if all(kind == "text" for kind, _ in found):
            return "".join(text for _, text in found)
        return Sealed(tuple(found))

    def _secret(self, source: str, scope: Scope) -> Secret | Sealed | None:
        """Return what stands for a secret where the expression is nothing but one, and it is there."""
        try:
            tree = self._checker(scope).parse(source).tree
        except ExpressionError:
            return None
        if isinstance(tree, Call) and tree.op == "secret" and isinstance(tree.args[0], Const):
            return Sealed((("name", str(tree.args[0].value)),))
        if isinstance(tree, Name) and tree.path in self._secrets:
            _, value = self._look_up(tree.path, scope)
            return value if isinstance(value, Secret) else None
        return None

    def reads(self, written: Json, scope: Scope) -> frozenset[Path]:
        """Return the paths that the `${…}` of this JSON read or ask for; what cannot be read names none."""
        if isinstance(written, Mapping):
            return frozenset().union(*(self.reads(item, scope) for item in written.values()))
        if isinstance(written, list | tuple):
            return frozenset().union(*(self.reads(item, scope) for item in written))
        if not isinstance(written, str):
            return frozenset()
        try:
            found = [self._checker(scope).parse(part.text) for part in parts(written) if part.is_expression]
        except (TemplateError, ExpressionError):
            return frozenset()
        return frozenset().union(*(parsed.reads | parsed.asks for parsed in found))

    def _data(self, parsed: Parsed, scope: Scope) -> dict[str, Any]:
        """Return the names this expression reads, under the dotted names that CEL knows them by."""
        data: dict[str, Any] = {}
        wanted: dict[str, set[Path]] = {}
        # `has` of what lies under one of the further names is CEL's own and reads it
        of_further = frozenset(path for path in parsed.asks if path[0] in scope.further)
        for path in parsed.reads | of_further:
            name = _declared(path, self._checker(scope).names)
            wanted.setdefault(name, set()).add(path[name.count(".") + 1 :])
        for name, below in wanted.items():
            found, value = self._look_up(tuple(name.split(".")), scope)
            if found:
                data[name] = outgoing(_only(value, below))
        if parsed.asks - of_further:
            data.update(self._presence(parsed.asks - of_further, scope))
        return data

    def _look_up(self, path: Path, scope: Scope) -> tuple[bool, Value]:
        root, rest = path[0], path[1:]
        if root == "now":
            return scope.now is not None, scope.now
        if root == "run":
            return _in(scope.run, rest[0])
        if root == "inputs":
            return _in(_spelt(scope.inputs), rest[0])
        if root == "each":
            return _in(scope.each, rest[0])
        if root in scope.further:
            return True, scope.further[root]
        step = self._ids.get(rest[0], rest[0])
        if rest[1:] == ("visits",):
            return True, scope.visits.get(step, 0)
        if step not in scope.steps:
            return False, None
        left = self._with_files(step, scope.steps[step])
        if len(rest) == 1:
            return True, left
        return _in(_spelt(left), rest[1]) if isinstance(left, Mapping) else (False, None)

    def _with_files(self, step: str, left: Value) -> Value:
        """Return what a step has left, with the files of every task: where none was attached, none are stored."""
        if isinstance(left, list):
            items = [item if isinstance(item, Mapping) else {} for item in left]
            return [{name: self._with_files(name, held) for name, held in item.items()} for item in items]
        if step in self._tasks and isinstance(left, Mapping) and "files" not in left:
            return {**left, "files": []}
        return left

    def _presence(self, asks: frozenset[Path], scope: Scope) -> dict[str, Any]:
        steps: dict[str, dict[str, Any]] = {}
        completed = []
        for step in {path[1] for path in asks if path[0] == "steps"}:
            written = self._ids.get(step, step)
            steps[step] = {"visits": scope.visits.get(written, 0)}
            if written in scope.steps:
                left = scope.steps[written]
                if isinstance(left, Mapping):
                    steps[step].update(_spelt(left))
                if not _is_failed(left):
                    completed.append(step)
        return presence.maps(asks, _spelt(scope.inputs), steps, completed)

    def _written(self, source: str, scope: Scope) -> str:
        plain = self._plain(self.value(source, scope), self._is_date(source, scope))
        if isinstance(plain, str):
            return plain
        if isinstance(plain, float) and plain.is_integer() and abs(plain) < 1e15:
            return str(int(plain))
        return json.dumps(plain, ensure_ascii=False)

    def _is_date(self, source: str, scope: Scope) -> bool:
        """Tell whether the expression is nothing but a field of the type `date`, which is written without a time."""
        try:
            tree = self._checker(scope).parse(source).tree
        except ExpressionError:
            return False
        return isinstance(tree, Name) and tree.path in self._dates

    def _plain(self, value: Value, is_date: bool = False) -> Json:
        if isinstance(value, datetime):
            utc = value.astimezone(UTC)
            return utc.date().isoformat() if is_date else utc.isoformat().replace("+00:00", "Z")
        if isinstance(value, timedelta):
            return durations.write(value)
        if isinstance(value, Mapping):
            return {key: self._plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item, is_date) for item in value]
        return value


_KEPT: OrderedDict[str, Evaluator] = OrderedDict()


def _declared(path: Path, names: Mapping[str, str]) -> str:
    """Return the longest beginning of the path that is a declared name."""
    for length in range(len(path), 0, -1):
        name = ".".join(path[:length])
        if name in names:
            return name
    return ".".join(path)


def _is_failed(left: Value) -> bool:
    """Tell whether this is what a step leaves that failed and went on by `on_error` (semantics [names])."""
    error = left.get("error") if isinstance(left, Mapping) else None
    return len(left) == 1 and isinstance(error, Mapping) and set(error) == {"message", "attempts"}


def _only(value: Value, paths: set[Path]) -> Value:
    """Return what of a value these paths lead through: the rest may be longer than an expression may read."""
    if () in paths or not isinstance(value, Mapping):
        return value
    below: dict[str, set[Path]] = {}
    for path in paths:
        below.setdefault(path[0], set()).add(path[1:])
    return {key: _only(value[key], rest) for key, rest in below.items() if key in value}


def _in(mapping: Mapping[str, Value], name: str) -> tuple[bool, Value]:
    return name in mapping, mapping.get(name)


def _spelt(mapping: Mapping[str, Value]) -> Mapping[str, Value]:
    return {spelt(name): value for name, value in mapping.items()} if any("-" in name for name in mapping) else mapping


def _fields(definition: Definition, wanted: Callable[[FieldSpec], bool]) -> frozenset[Path]:
    """Return the paths of the inputs and form fields that are like this."""
    found: list[Path] = [("inputs", spelt(spec.name)) for spec in definition.inputs if wanted(spec)]
    for step in definition.steps.values():
        if isinstance(step.does, TaskSpec):
            found.extend(("steps", spelt(step.id), spelt(spec.name)) for spec in step.does.form if wanted(spec))
    return frozenset(found)
