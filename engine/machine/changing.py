"""Data is put right: inputs and what ended visits left, typed, with old and new in the log (semantics rule 18).

Nothing that was decided is redone; what is open sees the new values from now on, and a gate that shows one is asked
anew (`gates.refresh`). What an approval rests on is not changed behind it, and whoever changed something has a part in
it as whoever gave it: a gate that excludes the one excludes the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from engine import fields, values
from engine.definition import (
    STARTER,
    ActionSpec,
    CallSpec,
    Definition,
    FieldSpec,
    FieldType,
    GateSpec,
    SetSpec,
    TaskSpec,
    WaitSpec,
)
from engine.expressions import ExpressionError, TemplateError, checker, parts, spelt
from engine.lifecycles import GateStatus
from engine.machine import rights, scopes
from engine.machine.commands import Refusal
from engine.machine.events import ChangeData
from engine.machine.passing import Passing, standing_around
from engine.machine.places import Place
from engine.machine.state import State
from engine.machine.turn import Turn

#: The field that a value computed by an expression of this type is read by.
_TYPES: dict[str, FieldType] = {
    "int": "integer",
    "double": "number",
    "bool": "boolean",
    "string": "text",
    "timestamp": "datetime",
    "duration": "duration",
}
#: What every visit leaves of itself: history, not data.
_HISTORY = frozenset({"by", "at", "outcome", "decision", "votes", "visits", "checklist", "error"})


@dataclass(frozen=True, slots=True)
class Changeable:
    """A value as it is: `name` is `inputs.<field>`, `steps.<id>.<name>` or, in an item, `steps.<id>[0].<name>`.

    `spec` says what a new one must be. `shown_at` is the gate that was passed on it, and which keeps it from being
    changed; empty where there is none. `place` is the step that left it, with its item; None for an input.
    """

    name: str
    spec: FieldSpec
    value: Any
    shown_at: str = ""
    place: Place | None = None

    @property
    def label(self) -> str:
        return self.spec.title or self.spec.name.replace("_", " ").replace("-", " ").capitalize()


def change(turn: Turn, event: ChangeData) -> Refusal | None:
    """Change all of it or nothing."""
    refusal = rights.to_operate(turn.base, event.facts)
    if refusal is not None:
        return refusal
    known = {one.name: one for one in changeable(turn.definition, turn.base)}
    for name, value in sorted(event.values.items()):
        refusal = _to_change(turn.definition, known.get(name), name, value)
        if refusal is not None:
            return refusal
    news = {name: value for name, value in sorted(event.values.items()) if value != known[name].value}
    if not news:
        return Refusal("field:values", "These are the values as they are: there is nothing to change.")
    for name, value in news.items():
        _set(turn, known[name], value)
        place = known[name].place
        turn.did(place.step if place is not None else STARTER, event.actor)
        old = known[name].value
        if known[name].spec.secret:
            old, value = (None if one is None else values.MASKED for one in (old, value))
        turn.move("changed", name=name, old=old, new=value, by=event.actor, reason=event.reason)
    return None


def _to_change(definition: Definition, there: Changeable | None, name: str, value: Any) -> Refusal | None:
    if there is None:
        return Refusal(f"field:{name}", _unknown(name))
    if value == there.value:
        return None
    if there.shown_at:
        title = definition.steps[there.shown_at].title
        gate = title if title and "${" not in title else there.shown_at
        says = f"{there.label} was shown at {gate}, which has been passed: jump back to that gate, then change it."
        return Refusal(f"field:{name}", says)
    if value is None:
        return Refusal(f"field:{name}", f"{there.label} is needed.") if there.spec.required else None
    message = fields.check(there.spec, value)
    return None if message is None else Refusal(f"field:{name}", message)


def _unknown(name: str) -> str:
    return f"{name[:120]} cannot be changed: it is neither an input nor data of a step that has ended."


def _set(turn: Turn, one: Changeable, value: Any) -> None:
    key, place = one.spec.name, one.place
    if place is None:
        turn.set_input(key, value)
        return
    held = turn.values[place.scope][place.step]
    left = {other: kept for other, kept in held.items() if other != key}
    turn.change_value(place.step, place.scope, left if value is None else {**left, key: value})


def changeable(definition: Definition, state: State) -> tuple[Changeable, ...]:
    """Return every value that may be changed, or might be but for a gate: inputs first, then steps in their order.

    Another file is no correction of one: it is attached by doing the step anew.
    """
    passed = _passed(definition, state)
    found = [
        Changeable(name, spec, state.inputs.get(spec.name), _shown_at(name, scopes.OUTSIDE, passed))
        for spec in definition.inputs
        if spec.type != "file"
        for name in (f"inputs.{spec.name}",)
    ]
    for place in _left(definition, state):
        left = state.values[place.scope][place.step]
        for spec in _specs(definition, place.step, left):
            shown_at = _shown_at(f"steps.{place.step}.{spec.name}", place.scope, passed)
            name = f"steps.{place.address}.{spec.name}"
            found.append(Changeable(name, spec, left.get(spec.name), shown_at, place))
    return tuple(found)


def _left(definition: Definition, state: State) -> list[Place]:
    """Return the places whose step has left data, in the order of the playbook and of the items."""
    order = {step: nth for nth, step in enumerate(definition.steps)}
    found = [
        Place(step, scope)
        for scope, held in state.values.items()
        for step, left in held.items()
        if isinstance(left, dict) and "at" in left
    ]
    return sorted(found, key=lambda place: (order[place.step], scopes.indexes(place.scope)))


def _specs(definition: Definition, step: str, left: Any) -> tuple[FieldSpec, ...]:
    """Return the fields of what a step left: its form, or what its values say of themselves."""
    does = definition.steps[step].does
    if isinstance(does, TaskSpec):
        return tuple(spec for spec in does.form if spec.type != "file")
    names = sorted(set(left) - _HISTORY) if isinstance(does, SetSpec | ActionSpec | CallSpec | WaitSpec) else []
    types = {name: _type(definition, step, name, left[name]) for name in names}
    return tuple(FieldSpec(name, type) for name, type in types.items() if type is not None)


def _type(definition: Definition, step: str, name: str, stored: Any) -> FieldType | None:
    """Return the type a value was declared with, else the one it has; None for what is no single value."""
    names = definition.names_in(definition.steps[step].within)
    declared = _TYPES.get(names.get(f"steps.{spelt(step)}.{spelt(name)}", ""))
    if declared is not None:
        return declared
    kinds: tuple[tuple[type, FieldType], ...] = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "text"),
        (datetime, "datetime"),
        (timedelta, "duration"),
    )
    value = values.decode(stored)
    return next((field for kind, field in kinds if isinstance(value, kind)), None)


def _passed(definition: Definition, state: State) -> list[tuple[Place, frozenset[str]]]:
    """Return the gates whose approval the run stands on, each with the names that it showed."""
    passing = Passing.of(definition)
    found: list[tuple[Place, frozenset[str]]] = []
    for key, line in sorted(state.ended.items()):
        gate, _, scope = key.partition("@")
        if line.result != GateStatus.APPROVED or gate not in passing.gates:
            continue
        if passing.is_behind(gate, standing_around(definition, state, scope)):
            found.append((Place(gate, scope), _shows(definition, gate)))
    return found


def _shows(definition: Definition, gate: str) -> frozenset[str]:
    """Return what a gate puts before its approvers: what it shows, and what its question reads."""
    spec = definition.steps[gate].does
    assert isinstance(spec, GateSpec)
    shown = set(spec.show or ("inputs",))
    try:
        for part in parts(spec.ask):
            if part.is_expression:
                shown |= {
                    ".".join(path)
                    for path in checker(definition.names_in(definition.steps[gate].within)).parse(part.text).reads
                }
    except (TemplateError, ExpressionError):
        pass
    return frozenset(map(spelt, shown))


def _shown_at(name: str, scope: str, passed: list[tuple[Place, frozenset[str]]]) -> str:
    """Return the gate that showed this value of an item, by its name or by that of what holds it."""
    cut = spelt(name).split(".")
    heads = {".".join(cut[:length]) for length in range(1, len(cut) + 1)}
    return next((gate.step for gate, shown in passed if heads & shown and scopes.is_within(gate.scope, scope)), "")


def read(
    definition: Definition, state: State, given: Mapping[str, Any], hide: values.Hide | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Read new values, natural ones or a form's texts, by their fields: encoded ones by name, and messages by name.

    `hide` takes the secrets away; unhidden ones the machine refuses.
    """
    known = {one.name: one.spec for one in changeable(definition, state)}
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, raw in given.items():
        if name not in known:
            wrong[name] = _unknown(name)
            continue
        try:
            found[name] = None if fields.is_empty(raw) else fields.read(known[name], raw)
        except fields.FieldError as error:
            wrong[name] = str(error)
    for name, value in found.items():
        if known[name].secret and value is not None and hide is not None:
            found[name] = values.encode(hide(name, value))
    return found, wrong


def with_name(one: Changeable) -> FieldSpec:
    """Return the field under its whole name, for a form that holds several steps' values."""
    return replace(one.spec, name=one.name, title=one.label)
