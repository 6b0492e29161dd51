"""The run goes on at another step: what is open is cancelled, gates in between are passed over (semantics rule 17).

A gate that is passed over has a visit in the log like any other: skipped, overridden, an approval for nobody.
"""

from __future__ import annotations

from engine.lifecycles import VisitStatus
from engine.machine import endings, rights
from engine.machine.commands import Refusal
from engine.machine.events import Jump
from engine.machine.passing import Passing
from engine.machine.state import Visit
from engine.machine.turn import Turn


def jump(turn: Turn, event: Jump) -> Refusal | None:
    refusal = rights.to_jump(turn.definition, turn.base, event.to, event.actor, event.facts)
    if refusal is not None:
        return refusal
    open_steps = {visit.step for visit in turn.visits.values()}
    over = Passing.of(turn.definition).over(open_steps, event.to)
    turn.move("jumped", to=event.to, by=event.actor, over=list(over), reason=event.reason)
    for number in sorted(turn.visits, reverse=True):
        visit = turn.visits[number]
        endings.cancel(turn, visit, overridden_by=event.actor if visit.step in over else "")
    for gate in over:
        if gate not in open_steps:
            endings.pass_over(turn, _visit(turn, gate), event.actor, event.reason)
    turn.queue.append(event.to)
    return None


def _visit(turn: Turn, gate: str) -> Visit:
    spec = turn.definition.steps[gate]
    turn.last_visit += 1
    title = turn.text(spec.title) or gate
    return turn.put(Visit(turn.last_visit, gate, spec.within, VisitStatus.WAITING, turn.at, title))
