"""Values that the other version needs, that a run has not, and that whoever moves it gives.

Named in the words of the other version: `inputs.<field>`, or `steps.<id>.<field>` of the form of a task that the run
has done, in an item `steps.<id>[0].<field>`. What a run has already is never replaced: that is `ChangeData`'s. Whoever
gives a value has a part in it as with `ChangeData`, and a gate that would have shown it was not passed on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from engine import fields, values
from engine.definition import STARTER, Definition, FieldSpec, TaskSpec
from engine.expressions import spelt
from engine.machine import changing, remembering
from engine.machine.changing import Changeable
from engine.machine.state import Done, Snapshot, State
from engine.migration.carrying import carried
from engine.migration.counterparts import Counterparts

_NAME = re.compile(r"steps\.([^.\[\]]+)((?:\[\d+\])*)\.([^.]+)")
_ITEM = re.compile(r"\[\d+\]")
NO_FILE = "A file cannot be given in moving a run: leave it on its version, or start it anew there."


def field_of(after: Definition, name: str) -> FieldSpec | None:
    """Return what a value of this name must be; None where nothing of that name can be given."""
    if name.startswith("inputs."):
        return next((spec for spec in after.inputs if f"inputs.{spec.name}" == name), None)
    found = _NAME.fullmatch(name)
    does = after.steps[found[1]].does if found and found[1] in after.steps else None
    if found is None or not isinstance(does, TaskSpec):
        return None
    return next((spec for spec in does.form if spec.name == found[3]), None)


def read_given(
    after: Definition, raw: Mapping[str, Any], hide: values.Hide | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Read natural values or a form's texts by their fields: encoded ones by name, and messages by name.

    What is left empty is not given. `hide` takes secrets away; unhidden ones the machine refuses.
    """
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in raw.items():
        spec = field_of(after, name)
        try:
            if spec is None or spec.type == "file":
                wrong[name] = _unknown(name) if spec is None else NO_FILE
            elif not fields.is_empty(value):
                found[name] = fields.read(spec, value)
                if spec.secret and hide is not None:
                    found[name] = values.encode(hide(name, found[name]))
        except fields.FieldError as error:
            wrong[name] = str(error)
    return found, wrong


def wrong_given(after: Definition, given: Mapping[str, Any]) -> dict[str, str]:
    """Return a message for each encoded value that cannot be given."""
    found: dict[str, str] = {}
    for name, value in given.items():
        spec = field_of(after, name)
        message = _unknown(name) if spec is None else NO_FILE if spec.type == "file" else fields.check(spec, value)
        if message is not None:
            found[name] = message
    return found


def _unknown(name: str) -> str:
    return f"{name[:120]} cannot be given: it is no input of the other version, and no field of a task there."


def fillable(state: State, there: State, parts: Counterparts) -> tuple[Changeable, ...]:
    """Return what can be given to this run; `there` is its state as the other version holds it."""
    held = {f"inputs.{spec.name}" for spec in parts.after.inputs if _has(state, spec, parts, there)}
    return tuple(
        one
        for one in changing.changeable(parts.after, there)
        if (one.name not in held if one.place is None else one.value is None and field_of(parts.after, one.name))
    )


def _has(state: State, spec: FieldSpec, parts: Counterparts, there: State) -> bool:
    """Whether the run was started with this input: a default of the other version was said by nobody yet."""
    before = parts.input_of(spec.name)
    return before is not None and before in state.inputs and spec.name in there.inputs


def wanted(
    state: State, before: Definition, after: Definition, mapping: Mapping[str, str], names: Collection[str]
) -> tuple[Changeable, ...]:
    """Return of what can be given that which goes by these names (`Finding.name`): without items, `-` spelt `_`.

    Inputs alone, where a step that is open has no counterpart yet.
    """
    parts = Counterparts(before, after, mapping)
    if any(parts.lacks_open(visit.step) for visit in state.visits.values()):
        state = replace(state, visits={}, values={}, ended={}, done=())
    there = carried(state, parts)
    known = {spelt(name) for name in names}
    return tuple(one for one in fillable(state, there, parts) if spelt(_ITEM.sub("", one.name)) in known)


def fill(
    state: State, there: State, parts: Counterparts, given: Mapping[str, Any], by: str
) -> tuple[State, tuple[Changeable, ...]]:
    """Return the state with what it has not, as given by this person, and which of the values those were.

    What the other version's undos read besides what was kept for them is kept as it is now.
    """
    used = tuple(one for one in fillable(state, there, parts) if given.get(one.name) is not None)
    for one in used:
        there = _with(there, one, given[one.name], by)
    drained = {
        number: replace(one, done=one.done and _read_besides(one.done, parts.after, there))
        for number, one in there.draining.items()
    }
    return replace(
        there, done=tuple(_read_besides(one, parts.after, there) for one in there.done), draining=drained
    ), used


def _read_besides(done: Done, after: Definition, there: State) -> Done:
    spec = after.steps[done.step]
    assert spec.undo is not None
    then, now = done.snapshot, remembering.snapshot(after, spec.undo, there, done.scope, spec.within)
    both = Snapshot(
        inputs={**now.inputs, **then.inputs},
        steps={**now.steps, **then.steps},
        counts={**now.counts, **then.counts},
        each={**now.each, **then.each},
    )
    return replace(done, snapshot=both)


def _with(there: State, one: Changeable, value: Any, by: str) -> State:
    key, place = one.spec.name, one.place
    doer = place.step if place is not None else STARTER
    doers = {**there.doers, doer: tuple(dict.fromkeys((*there.doers.get(doer, ()), by)))}
    if place is None:
        return replace(there, inputs={**there.inputs, key: value}, doers=doers)
    held = there.values[place.scope]
    left = {**held, place.step: {**held[place.step], key: value}}
    return replace(there, values={**there.values, place.scope: left}, doers=doers)
