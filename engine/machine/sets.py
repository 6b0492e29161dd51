"""Values are computed: every name from what was there before the step opened."""

from __future__ import annotations

from engine import values
from engine.definition import SetSpec
from engine.expressions import EvaluationError
from engine.machine import endings
from engine.machine.state import Visit
from engine.machine.turn import Turn


def open_set(turn: Turn, visit: Visit, spec: SetSpec) -> None:
    """Set all names, or none and an incident. In the order of the names, so that the first error is always the same."""
    data = {}
    for name, source in sorted(spec.assign.items()):
        try:
            data[name] = values.encode(turn.value(source))
        except EvaluationError as error:
            turn.incident(visit, "expression", f"`{name}`: {error}")
            return
    endings.complete(turn, visit, data)
