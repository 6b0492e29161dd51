"""The run goes on at another step: what is open is cancelled, gates in between are passed over (semantics rule 17).

The step stands in a list that is open now, and only what lies in that list is cancelled. A gate that is passed over has
a visit in the log like any other: skipped, overridden, an approval for nobody. What the way back passes over is undone
first, where that was asked.
"""

from __future__ import annotations

from engine.machine import endings, graphs, rights, scopes, undoing
from engine.machine.commands import Refusal
from engine.machine.events import Jump
from engine.machine.passing import Passing, standing
from engine.machine.places import Place, listed
from engine.machine.state import Back, State
from engine.machine.tokens import Arrival
from engine.machine.turn import Turn


def jump(turn: Turn, event: Jump) -> Refusal | None:
    refusal = rights.to_jump(turn.definition, turn.base, event.to, event.actor, event.facts)
    if refusal is not None:
        return refusal
    place = listed(turn.definition, turn.base, event.to)
    assert isinstance(place, Place)
    step, scope = place.step, place.scope
    within = turn.definition.steps[step].within
    back = turn.back
    if back is not None and not _is_in(turn, turn.definition.steps[back.to].within, back.scope, within, scope):
        if event.undo:
            return Refusal("not-open", "What an earlier jump asked for is still being undone; wait until that is done.")
    else:
        turn.back = None
    there = [one for one in turn.visits.values() if _is_in(turn, one.within, one.scope, within, scope)]
    over = Passing.of(turn.definition).over(standing(turn.definition, turn.base, within, scope), step)
    turn.move("jumped", to=event.to, by=event.actor, over=list(over), reason=event.reason, undo=event.undo)
    since = since_when(turn, step, scope) if event.undo else None
    endings.override(turn, over, there, scope, event.actor, event.reason)
    left = tuple(turn.visits[visit.number] for visit in there if visit.number in turn.visits)
    if since is None:
        for visit in sorted(left, key=lambda one: -one.number):
            if visit.number in turn.visits:
                endings.cancel(turn, turn.visits[visit.number])
    else:
        undoing.empty(turn, left)
    region = turn.region(within, scope)
    if region is not None and turn.definition.is_graph(within):
        graphs.reopen(turn, region, step)
    if since is None:
        turn.ahead.append(Arrival(step, scope))
    else:
        turn.back = Back(step, scope, since, event.actor, event.reason)
        undoing.proceed(turn)
    return None


def _is_in(turn: Turn, inner: str, at: str, within: str, scope: str) -> bool:
    return inner in turn.definition.below[within] and scopes.is_within(at, scope)


def since_when(held: Turn | State, step: str, scope: str) -> int | None:
    """Return the visit from which on things are undone: that of the step, where it is open, else its last one."""
    there = next(
        (one for one in held.visits.values() if (one.step, one.scope, one.undoes) == (step, scope, None)), None
    )
    if there is not None:
        return there.number
    line = held.ended.get(f"{step}@{scope}" if scope else step)
    return None if line is None else line.visit
