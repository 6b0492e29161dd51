"""Rules pick the way: the first whose `when` holds, else `otherwise`."""

from __future__ import annotations

from engine.definition import DecideSpec
from engine.expressions import EvaluationError
from engine.machine import endings
from engine.machine.state import Visit
from engine.machine.turn import Turn


def open_decide(turn: Turn, visit: Visit, spec: DecideSpec) -> None:
    """Evaluate the rules in order and take the first that holds; an error in one that is reached stops there."""
    for way in turn.definition.ways[visit.step]:
        if way.trigger != "otherwise" and not way.trigger.startswith("rule:"):
            continue
        try:
            holds = way.guard is None or turn.condition(way.guard)
        except EvaluationError as error:
            turn.incident(visit, "expression", f"`when`: {error}")
            return
        if holds:
            endings.complete(turn, visit, {}, way.trigger)
            return
    turn.incident(visit, "no-match")
