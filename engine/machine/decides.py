"""Rules pick the way: the first whose `when` holds, else `otherwise`; or a decision table does, by what it gives."""

from __future__ import annotations

from engine.definition import DecideSpec
from engine.expressions import EvaluationError
from engine.machine import endings, lookups
from engine.machine.state import Visit
from engine.machine.turn import Turn
from engine.tables.answers import NoMatch
from engine.tables.table import Lookup, named


def open_decide(turn: Turn, visit: Visit, spec: DecideSpec) -> None:
    """Evaluate the rules in order and take the first that holds; an error in one that is reached stops there."""
    if spec.table is not None:
        _ask(turn, visit, spec.table)
        return
    for way in turn.definition.ways[visit.step]:
        if way.trigger != "otherwise" and not way.trigger.startswith("rule:"):
            continue
        try:
            holds = way.guard is None or turn.condition(way.guard, visit)
        except EvaluationError as error:
            turn.incident(visit, "expression", f"`when`: {error}")
            return
        if holds:
            endings.complete(turn, visit, {}, way.trigger)
            return
    turn.incident(visit, "no-match")


def _ask(turn: Turn, visit: Visit, lookup: Lookup) -> None:
    """Go where the table's answer leads, else where `otherwise` does; without an answer an operator is told."""
    try:
        answer = lookups.ask(turn, lookup, visit)
    except NoMatch as error:
        turn.incident(visit, "no-match", str(error))
        return
    except EvaluationError as error:
        turn.incident(visit, "expression", f"`{lookup.decision}`: {error}")
        return
    turn.note(visit, lookups.said(lookup, answer))
    triggers = {way.trigger for way in turn.definition.ways[visit.step]}
    trigger = next((way for way in (f"value:{named(answer.value)}", "otherwise") if way in triggers), None)
    if trigger is None:
        turn.incident(visit, "no-match", f"{visit.title} has no way for {named(answer.value)}.")
    else:
        endings.complete(turn, visit, {}, trigger)
