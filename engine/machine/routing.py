"""Where a visit that has ended leads: on in its list, out of its region, or to the end of the run.

Semantics section 3, rules 7 and 8. Takes a `Left` of the queue; leaves arrivals in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.definition import FAIL, LEAVE, ROLLBACK
from engine.lifecycles import RunStatus
from engine.machine import endings, graphs, regions, undoing
from engine.machine.state import Visit
from engine.machine.tokens import Arrival, Left
from engine.machine.turn import Turn

#: Triggers that, where the playbook names no way for them, go to the following step as `done` does.
_ORDINARY = frozenset({"done", "skip", "approve"})


def leave(turn: Turn, left: Left) -> None:
    """Go where the trigger leads: one way in an ordinary list, all ways of that trigger in a graph."""
    visit, trigger = left.visit, left.trigger
    if visit.undoes is not None:
        undoing.proceed(turn)
        return
    turn.take(visit.step, trigger)
    if turn.definition.is_graph(visit.within):
        targets = [way.target for way in turn.definition.ways[visit.step] if way.trigger == trigger]
        beside = set(turn.definition.lists[visit.within])
        away = next((target for target in targets if target != LEAVE and target not in beside), None)
        if away is None:
            _on(turn, visit, targets)
        else:
            _go(turn, visit, away, left.why)
        return
    target = turn.definition.target(visit.step, trigger)
    if target is None:
        target = following(turn, visit) if trigger in _ORDINARY else FAIL
    _go(turn, visit, target, left.why)


def _go(turn: Turn, visit: Visit, target: str, why: str) -> None:
    if target == FAIL:
        endings.end_run(turn, RunStatus.FAILED, why or f"{endings.title_of(turn, visit)} led to the run's failure.")
    elif target == ROLLBACK:
        undoing.roll_back(turn, reason=why or f"{endings.title_of(turn, visit)} led to a rollback.")
    elif target == LEAVE and visit.within:
        regions.list_ended(turn, visit)
    elif target == LEAVE:
        endings.end_run(turn, RunStatus.COMPLETED)
    elif turn.definition.steps[target].within == visit.within:
        turn.ahead.append(Arrival(target, visit.scope))
    else:
        _out(turn, visit, target)


def _out(turn: Turn, visit: Visit, target: str) -> None:
    """Leave the regions between: everything in them is cancelled, inside out, then the target opens."""
    within = turn.definition.steps[target].within
    region = turn.region_of(visit)
    while region is not None and region.within != within:
        region = turn.region_of(region)
    if region is None:
        return
    endings.cancel(turn, region)
    if turn.definition.is_graph(within):
        _on(turn, region, [target])
    else:
        turn.ahead.append(Arrival(target, region.scope))


def _on(turn: Turn, visit: Visit, targets: Iterable[str]) -> None:
    """Go on in a graph, whose region ends with its last step."""
    ended = graphs.leave(turn, visit, frozenset(targets))
    if ended is not None:
        regions.end(turn, ended)


def following(turn: Turn, visit: Visit) -> str:
    """Return the step written after this one in its list, or `leave`."""
    steps = turn.definition.lists[turn.spec(visit).within]
    place = steps.index(visit.step) + 1
    return steps[place] if place < len(steps) else LEAVE
