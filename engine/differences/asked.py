"""What is asked of people: the inputs of a playbook, the fields of a form, the columns of a table.

An input is a promise to whoever starts runs: what was taken before and is refused now is major. A form belongs to its
step, so what it asks is minor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from engine import fields, values
from engine.differences.difference import Change, Weight
from engine.differences.words import capital, listed, plain, quoted
from engine.fieldspec import FieldSpec

_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "date": "a date",
    "datetime": "a point in time",
    "duration": "a length of time",
    "choice": "a choice",
    "list": "a list",
    "user": "a person",
    "file": "a file",
    "email": "an e-mail address",
    "url": "a web address",
}


def inputs(before: Sequence[FieldSpec], after: Sequence[FieldSpec]) -> Iterator[Change]:
    """Tell how the inputs differ."""
    was, now = {spec.name: spec for spec in before}, {spec.name: spec for spec in after}
    for name in [name for name in was if name not in now]:
        yield Change("major", f"The input {name_of(was[name])} is gone: a start that gives it is refused.")
    for name, spec in now.items():
        if name in was:
            for level, said in changed(was[name], spec):
                yield Change(level, f"The input {name_of(was[name])} {said}.")
        elif spec.required and spec.default is None:
            yield Change("major", f"The input {name_of(spec)} is new and must be given at every start.")
        else:
            yield Change("minor", f"The input {name_of(spec)} is new; it may be left out.")
    if [name for name in was if name in now] != [name for name in now if name in was]:
        yield Change("patch", "The inputs are asked in another order.")


def form(before: Sequence[FieldSpec], after: Sequence[FieldSpec]) -> Iterator[tuple[Weight, str]]:
    """Tell how a form differs, to stand after the name of its step."""
    was, now = {spec.name: spec for spec in before}, {spec.name: spec for spec in after}
    gone = [name_of(spec) for name, spec in was.items() if name not in now]
    new = [name_of(spec) for name, spec in now.items() if name not in was]
    if new:
        yield "minor", f"now asks for {listed(new)}"
    if gone:
        yield "minor", f"no longer asks for {listed(gone)}"
    for name, spec in now.items():
        if name in was:
            for level, said in changed(was[name], spec):
                yield "patch" if level == "patch" else "minor", f"asks for {name_of(spec)}, which {said}"
    if [name for name in was if name in now] != [name for name in now if name in was]:
        yield "patch", "asks for the same in another order"


def name_of(spec: FieldSpec) -> str:
    return quoted(spec.title or capital(plain(spec.name)))


def changed(before: FieldSpec, after: FieldSpec) -> Iterator[tuple[Weight, str]]:
    """Tell how one field differs, each with how heavy that is for whoever gives it."""
    if (before.type, before.of) != (after.type, after.of):
        yield "major", f"is now {kind(after)}; before it was {kind(before)}"
        before = replace(before, minimum=after.minimum, maximum=after.maximum, default=after.default, of=after.of)
        before = replace(before, type=after.type, options=after.options, pattern=after.pattern)
    if _is_needed(after) and not _is_needed(before):
        yield "major", "must be given now; before it could be left out"
    elif _is_needed(before) and not _is_needed(after):
        yield "minor", "may be left out now"
    yield from _bounds(before, after)
    gone = [option for option in before.options if option not in after.options]
    new = [option for option in after.options if option not in before.options]
    if gone:
        yield "major", f"can no longer be {listed(map(quoted, gone), 'or')}"
    if new:
        yield "minor", f"may now also be {listed(map(quoted, new), 'or')}"
    if not gone and not new and before.options != after.options:
        yield "patch", "has its choices in another order"
    if before.pattern != after.pattern:
        yield ("major", "must look different now") if after.pattern else ("minor", "may look as it likes now")
    if before.secret != after.secret:
        yield "major", "is kept as a secret now" if after.secret else "is no secret any more"
    if before.default != after.default and _is_needed(before) == _is_needed(after):
        yield "minor", _default(after)
    if (before.title, before.help, before.multiline) != (after.title, after.help, after.multiline):
        yield "patch", f"is called {name_of(after)} now" if before.title != after.title else "is explained differently"


def kind(spec: FieldSpec) -> str:
    if spec.type == "list" and spec.of not in (None, "text"):
        return f"a list, each {kind(FieldSpec(spec.name, spec.of or 'text'))}"
    return _TYPES.get(spec.type, "a text")


def _is_needed(spec: FieldSpec) -> bool:
    return spec.required and spec.default is None


def _default(spec: FieldSpec) -> str:
    if spec.default is None:
        return "has nothing filled in beforehand now"
    shown = "what is kept as a secret" if spec.secret else quoted(fields.show(spec, spec.default))
    return f"is {shown} now where nothing is given"


def _bounds(before: FieldSpec, after: FieldSpec) -> Iterator[tuple[Weight, str]]:
    for word, was, now, sign in (
        ("least", before.minimum, after.minimum, 1),
        ("most", before.maximum, after.maximum, -1),
    ):
        if was == now:
            continue
        if now is None:
            yield "minor", f"is no longer bounded (at {word} {_bound(before, was)})"
            continue
        is_tighter = was is None or sign * _order(now, was) > 0
        said = f"must be at {word} {_bound(after, now)}"
        yield (
            ("major" if is_tighter else "minor"),
            said + (f"; before {_bound(before, was)}" if was is not None else ""),
        )


def _order(one: Any, other: Any) -> int:
    """Compare two encoded bounds of one field; what cannot be compared counts as greater."""
    first: Any = values.decode(one)
    second: Any = values.decode(other)
    try:
        return int(first > second) - int(first < second)
    except TypeError:
        return 1


def _bound(spec: FieldSpec, encoded: Any) -> str:
    if spec.type in ("text", "list"):
        return f"{encoded} {'items' if spec.type == 'list' else 'letters'}"
    return fields.show(spec, encoded)
