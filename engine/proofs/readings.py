"""Every expression of a playbook: which step evaluates it, when, and where it stands in the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.definition import (
    ActionSpec,
    CallSpec,
    DecideSpec,
    Definition,
    EachSpec,
    EndSpec,
    GateSpec,
    SetSpec,
    StepSpec,
    TaskSpec,
    WaitSpec,
)
from engine.expressions import TemplateError, parts
from engine.proofs.finding import Key

WHEN, OPEN, MATCH, UNDO = "when", "open", "match", "undo"
"""The moments besides `rule:<n>` and `rung:<n>`: before the guard has let the step open, once it is open, when a signal
is there, and when what the step did is undone."""


@dataclass(frozen=True)
class Reading:
    """One expression. `path` is where it stands, `offset` where it begins in the text there; the start has no step."""

    step: str
    moment: str
    source: str
    path: tuple[Key, ...]
    offset: int = 0


def readings(definition: Definition) -> Iterator[Reading]:
    """Give the expressions of the head and of every step; outputs are apart, in `Definition.outputs`."""
    yield from _template("", OPEN, definition.run_title, ("run_title",))
    if definition.concurrency is not None:
        yield from _template("", OPEN, definition.concurrency.key, ("concurrency", "key"))
    for step in definition.steps.values():
        yield from _step(definition, step)


def _step(definition: Definition, step: StepSpec) -> Iterator[Reading]:
    at, does = ("steps", step.id), step.does
    yield from _template(step.id, OPEN, step.title, (*at, "title"))
    if step.when is not None:
        yield Reading(step.id, WHEN, step.when, (*at, "when"))
    for number, rung in enumerate(step.escalate):
        if rung.when is not None:
            yield Reading(step.id, f"rung:{number}", rung.when, (*at, "escalate", number, "when"))
    for trigger, source in {way.trigger: way.guard for way in definition.ways[step.id] if way.guard}.items():
        yield Reading(step.id, trigger, source, (*at, "decide", int(trigger.partition(":")[2] or 0), "when"))
    if isinstance(does, TaskSpec):
        yield from _task(step.id, OPEN, does, (*at, "task"))
    elif isinstance(does, GateSpec):
        if does.ask != step.title:
            yield from _template(step.id, OPEN, does.ask, (*at, "gate", "ask"))
        yield from _template(step.id, OPEN, does.quorum.by_data or "", (*at, "gate", "quorum"))
    elif isinstance(does, ActionSpec):
        yield from _action(step.id, OPEN, does, at)
    elif isinstance(does, CallSpec):
        yield from _written(step.id, OPEN, does.parameters, (*at, "with"))
    elif isinstance(does, SetSpec):
        for name, source in does.assign.items():
            yield Reading(step.id, OPEN, source, (*at, "set", name))
        for name, lookup in does.tables.items():
            yield from _written(step.id, OPEN, lookup.given, (*at, "set", name, "with"))
    elif isinstance(does, DecideSpec) and does.table is not None:
        yield from _written(step.id, OPEN, does.table.given, (*at, "decide", "with"))
    elif isinstance(does, EachSpec):
        yield Reading(step.id, OPEN, does.over, (*at, "each"))
    elif isinstance(does, WaitSpec):
        if does.until is not None:
            yield Reading(step.id, OPEN, does.until, (*at, "wait", "until"))
        if does.match is not None:
            yield Reading(step.id, MATCH, does.match, (*at, "wait", "match"))
    elif isinstance(does, EndSpec):
        yield from _template(step.id, OPEN, does.message, (*at, "message"))
    if isinstance(step.undo, ActionSpec):
        yield from _action(step.id, UNDO, step.undo, (*at, "undo"))
    elif step.undo is not None:
        yield from _task(step.id, UNDO, step.undo, (*at, "undo", "task"))


def _task(step: str, moment: str, task: TaskSpec, path: tuple[Key, ...]) -> Iterator[Reading]:
    yield from _template(step, moment, task.assign, (*path, "assign"))
    yield from _template(step, moment, task.instructions, (*path, "instructions"))


def _action(step: str, moment: str, action: ActionSpec, path: tuple[Key, ...]) -> Iterator[Reading]:
    yield from _written(step, moment, action.parameters, (*path, "with"))
    yield from _template(step, moment, action.idempotency_key or "", (*path, "idempotency_key"))


def _template(step: str, moment: str, text: str, path: tuple[Key, ...]) -> Iterator[Reading]:
    if "${" not in text:
        return
    try:
        cut = parts(text)
    except TemplateError:
        return
    for part in cut:
        if part.is_expression:
            yield Reading(step, moment, part.text, path, part.offset)


def _written(step: str, moment: str, written: Any, path: tuple[Key, ...]) -> Iterator[Reading]:
    """Give the expressions in the texts of what `with` holds, however deep."""
    if isinstance(written, str):
        yield from _template(step, moment, written, path)
    elif isinstance(written, dict):
        for key, item in written.items():
            yield from _written(step, moment, item, (*path, key))
    elif isinstance(written, list | tuple):
        for number, item in enumerate(written):
            yield from _written(step, moment, item, (*path, number))
