"""Values are computed: every name from what was there before the step opened, by an expression or a table."""

from __future__ import annotations

from engine import values
from engine.definition import SetSpec
from engine.expressions import EvaluationError
from engine.machine import endings, lookups
from engine.machine.state import Visit
from engine.machine.turn import Turn
from engine.tables.answers import NoMatch


def open_set(turn: Turn, visit: Visit, spec: SetSpec) -> None:
    """Set all names, or none and an incident. In the order of the names, so that the first error is always the same."""
    data, notes = {}, []
    for name in sorted((*spec.assign, *spec.tables)):
        try:
            if name in spec.assign:
                data[name] = values.encode(turn.value(spec.assign[name], visit))
                continue
            answer = lookups.ask(turn, spec.tables[name], visit)
        except NoMatch as error:
            turn.incident(visit, "no-match", f"`{name}`: {error}")
            return
        except EvaluationError as error:
            turn.incident(visit, "expression", f"`{name}`: {error}")
            return
        data[name] = values.encode(answer.value)
        notes.append(lookups.said(spec.tables[name], answer))
    for text in notes:
        turn.note(visit, text)
    endings.complete(turn, visit, data)
