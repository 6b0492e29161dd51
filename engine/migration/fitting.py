"""What of a run's inputs, data and place does not fit the other version, each in a sentence for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import fields
from engine.definition import FieldSpec, TaskSpec
from engine.machine import queueing
from engine.machine.events import Start
from engine.machine.state import State
from engine.migration.carrying import inputs_in
from engine.migration.counterparts import Counterparts, named
from engine.migration.findings import Finding, Kind, called
from engine.migration.giving import NO_FILE

_SHOWN = 40


def unfit(state: State, parts: Counterparts, given: Mapping[str, Any]) -> Iterator[Finding]:
    """Give what is lacking or does not fit: inputs, data that is mapped, and the place that the run holds or awaits."""
    own = inputs_in(state.inputs, parts, fill=False)
    held = {**inputs_in(state.inputs, parts), **_given_inputs(given), **own}
    inputs = [finding for spec in parts.after.inputs for finding in _input(state, parts, spec, held)]
    yield from inputs
    yield from _data(state, parts)
    if not inputs:
        yield from _place(state, parts, held)


def _given_inputs(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name.partition(".")[2]: value for name, value in given.items() if name.startswith("inputs.")}


def _input(state: State, parts: Counterparts, spec: FieldSpec, held: Mapping[str, Any]) -> Iterator[Finding]:
    """An input that is required there and not here; or here and, named by a mapping, not what it must be there."""
    before, name = parts.input_of(spec.name), f"inputs.{spec.name}"
    value = None if before is None else state.inputs.get(before)
    fault = None if value is None else fields.check(spec, value)
    is_needed = spec.required and spec.name not in held
    if fault is not None and (is_needed or before != spec.name):
        says = f"The input {before} of this run is {_shown(parts, before, value)}; for {_called(spec)} there: {fault}"
        yield Finding(Kind.NEEDS_MAPPING, "", says, name=name)
    elif is_needed:
        no_file = f" {NO_FILE}" if spec.type == "file" else ""
        says = f"The input {_called(spec)} is required there, and this run does not have it.{no_file}"
        yield Finding(Kind.NEEDS_MAPPING, "", says, name=name)


def _called(spec: FieldSpec) -> str:
    return f"“{spec.title}”" if spec.title else spec.name


def _shown(parts: Counterparts, before: str | None, value: Any) -> str:
    spec = next(one for one in parts.before.inputs if one.name == before)
    return "a secret" if spec.secret else f"“{fields.show(spec, value)[:_SHOWN]}”"


def _data(state: State, parts: Counterparts) -> Iterator[Finding]:
    """What a step has left, and is not what it must be under the name that a mapping says."""
    for old, new in parts.mapping.items():
        was, now = named(parts.before, old), named(parts.after, new)
        if was is None or now is None or not was[0]:
            continue
        does = parts.after.steps[now[0]].does
        spec = next((one for one in does.form if one.name == now[1]), None) if isinstance(does, TaskSpec) else None
        for left in state.values.values():
            value = left.get(was[0], {}).get(was[1]) if isinstance(left.get(was[0]), Mapping) else None
            if value is None:
                continue
            fault = fields.check(spec, value) if spec is not None else None
            if fault is None and not parts.keeps(*was):
                fault = "It is of another type there."
            if fault is not None:
                says = f"{was[1]} of {called(parts.before, was[0])} is not what {now[1]} must be there. {fault}"
                yield Finding(Kind.NEEDS_MAPPING, was[0], says)
                break


def _place(state: State, parts: Counterparts, inputs: Mapping[str, Any]) -> Iterator[Finding]:
    """How many may be under way is counted by playbook and key: a run that changes its key would lose its place."""
    old, new = parts.before.concurrency, parts.after.concurrency
    if old is None and new is None:
        return
    if old is not None and new is not None:
        start = Start(at=state.started_at, actor=state.started_by, run=state.run)
        if queueing.key_of(parts.after, start, inputs) == state.place:
            return
    has = "has one" if old is not None else "has none"
    says = f"Places under way are counted in another way there, and this run {has}: let it end, or start it anew there."
    yield Finding(Kind.NEEDS_MAPPING, "", says)
