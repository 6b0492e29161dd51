"""A run stands still: people's acts are refused, what comes from outside is held, clocks stop (semantics rule 16).

Operators go on: what they do in a pause opens steps whose clocks stand still from the beginning.
"""

from __future__ import annotations

from engine.machine import actions, clocks, rights, settling
from engine.machine.commands import Refusal
from engine.machine.events import Pause, Result, Resume
from engine.machine.turn import Turn


def pause(turn: Turn, event: Pause) -> Refusal | None:
    refusal = rights.to_pause(turn.definition, turn.base, event.actor, event.facts)
    if refusal is None:
        turn.paused, turn.paused_at = True, turn.at
        turn.move("paused", by=event.actor, reason=event.reason)
    return refusal


def resume(turn: Turn, event: Resume) -> Refusal | None:
    """Start the clocks and apply what was held, in its order, each to the next wait."""
    refusal = rights.to_resume(turn.definition, turn.base, event.actor, event.facts)
    if refusal is not None:
        return refusal
    clocks.start(turn)
    turn.move("resumed", by=event.actor, seconds=turn.end_pause(), reason=event.reason)
    held, turn.held = turn.held, ()
    for result in held:
        late = actions.result(turn, result)
        if late is not None:
            turn.note(None, f"A result that came in the pause changed nothing: {late.sentence}")
        settling.drain(turn)
    return None


def hold(turn: Turn, event: Result) -> Refusal | None:
    """Keep a result until the pause is over; what would be refused anyway is refused now."""
    refusal = actions.to_take(turn, event)
    if refusal is None and any((held.visit, held.attempt) == (event.visit, event.attempt) for held in turn.held):
        refusal = Refusal("not-open", f"Attempt {event.attempt} has been answered already.")
    if refusal is None:
        turn.held += (event,)
        turn.move("held", turn.visits[event.visit], outcome=event.outcome)
    return refusal
