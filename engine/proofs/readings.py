"""Every expression of a playbook: which step evaluates it, when, and where it stands in the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.definition import (
    ActionSpec,
    DecideSpec,
    Definition,
    EndSpec,
    GateSpec,
    SetSpec,
    StepSpec,
    TaskSpec,
    WaitSpec,
)
from engine.expressions import TemplateError, parts
from engine.proofs.finding import Key

WHEN, OPEN = "when", "open"
"""The moments besides `rule:<n>` and `rung:<n>`: before the guard has let the step open, and once it is open."""


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
    for way in definition.ways[step.id]:
        if way.guard is not None:
            number = int(way.trigger.partition(":")[2] or 0)
            yield Reading(step.id, way.trigger, way.guard, (*at, "decide", number, "when"))
    if isinstance(does, TaskSpec):
        yield from _template(step.id, OPEN, does.assign, (*at, "task", "assign"))
        yield from _template(step.id, OPEN, does.instructions, (*at, "task", "instructions"))
    elif isinstance(does, GateSpec):
        if does.ask != step.title:
            yield from _template(step.id, OPEN, does.ask, (*at, "gate", "ask"))
        yield from _template(step.id, OPEN, does.quorum.by_data or "", (*at, "gate", "quorum"))
    elif isinstance(does, ActionSpec):
        yield from _written(step.id, does.parameters, (*at, "with"))
        yield from _template(step.id, OPEN, does.idempotency_key or "", (*at, "idempotency_key"))
    elif isinstance(does, SetSpec):
        for name, source in does.assign.items():
            yield Reading(step.id, OPEN, source, (*at, "set", name))
        for name, lookup in does.tables.items():
            yield from _written(step.id, lookup.given, (*at, "set", name, "with"))
    elif isinstance(does, DecideSpec) and does.table is not None:
        yield from _written(step.id, does.table.given, (*at, "decide", "with"))
    elif isinstance(does, WaitSpec) and does.until is not None:
        yield Reading(step.id, OPEN, does.until, (*at, "wait", "until"))
    elif isinstance(does, EndSpec):
        yield from _template(step.id, OPEN, does.message, (*at, "message"))


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


def _written(step: str, written: Any, path: tuple[Key, ...]) -> Iterator[Reading]:
    """Give the expressions in the texts of what `with` holds, however deep."""
    if isinstance(written, str):
        yield from _template(step, OPEN, written, path)
    elif isinstance(written, dict):
        for key, item in written.items():
            yield from _written(step, item, (*path, key))
    elif isinstance(written, list | tuple):
        for number, item in enumerate(written):
            yield from _written(step, item, (*path, number))
