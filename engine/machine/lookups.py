"""A decision table is asked, with what the step gives it at this instant."""

from __future__ import annotations

from typing import Any

from engine import fields, values
from engine.expressions import EvaluationError, TemplateError, whole
from engine.fieldspec import FieldSpec
from engine.machine.state import Visit
from engine.machine.turn import Turn
from engine.tables.answers import Answer, Answering
from engine.tables.table import Lookup


def ask(turn: Turn, lookup: Lookup, visit: Visit) -> Answer:
    """Return the table's answer. Raises `EvaluationError`, and `engine.tables.answers.NoMatch`."""
    table = turn.definition.tables[lookup.decision]
    given = {spec.name: _given(turn, spec, lookup.given[spec.name], visit) for spec in table.inputs}
    return Answering.of(table).answer(given, lookup.on)


def said(lookup: Lookup, answer: Answer) -> str:
    """Write for the log which rules answered what."""
    which = "rule" if len(answer.rules) == 1 else "rules"
    numbers = ", ".join(map(str, answer.rules)) if answer.rules else "no rule fits"
    by = f"{which} {numbers}" if answer.rules else numbers
    return f"The decision {lookup.decision} gives {lookup.on} = {_shown(answer.value)} ({by})."


def _given(turn: Turn, spec: FieldSpec, written: Any, visit: Visit) -> Any:
    if isinstance(written, str) and "${" in written:
        try:
            only = whole(written)
        except TemplateError as error:
            raise EvaluationError(error.message) from None
        return turn.value(only.text, visit) if only is not None else values.decode(turn.resolved(written, visit))
    try:
        return values.decode(fields.read(spec, written))
    except fields.FieldError as error:
        raise EvaluationError(f"`{spec.name}`: {error}") from None


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value[:10]))}{', …' if len(value) > 10 else ''}]"
    text = fields.show(FieldSpec("", "text"), values.encode(value))
    return text if len(text) <= 200 else text[:199] + "…"
