"""A run stands still: people's acts are refused, what comes from outside is held, clocks stop (semantics rule 16).

Operators go on: what they do in a pause opens steps whose clocks stand still from the beginning.
"""

from __future__ import annotations

from engine.machine import actions, awaiting, calls, clocks, endings, rights, settling
from engine.machine.commands import Refusal, Told
from engine.machine.events import Child, Pause, Result, Resume, Signal
from engine.machine.turn import Turn


def pause(turn: Turn, event: Pause) -> Refusal | None:
    refusal = rights.to_pause(turn.definition, turn.base, event.actor, event.facts)
    if refusal is None:
        turn.paused, turn.paused_at = True, turn.at
        turn.move("paused", by=event.actor, reason=event.reason)
        _tell_children(turn, "pause", event.actor, event.reason)
    return refusal


def resume(turn: Turn, event: Resume) -> Refusal | None:
    """Start the clocks and apply what was held, in its order, each to the next wait."""
    refusal = rights.to_resume(turn.definition, turn.base, event.actor, event.facts)
    if refusal is not None:
        return refusal
    clocks.start(turn)
    turn.move("resumed", by=event.actor, seconds=turn.end_pause(), reason=event.reason)
    _tell_children(turn, "resume", event.actor, event.reason)
    held, turn.held = turn.held, ()
    for one in held:
        late = _take(turn, one)
        if late is not None:
            turn.note(None, f"What came in the pause changed nothing: {late.sentence}")
        settling.drain(turn)
    return None


def _take(turn: Turn, event: Result | Child | Signal) -> Refusal | None:
    match event:
        case Result():
            return actions.result(turn, event)
        case Child():
            return calls.child(turn, event)
        case Signal():
            awaiting.give(turn, event)
            return None


def hold(turn: Turn, event: Result | Child | Signal) -> Refusal | None:
    """Keep what comes from outside until the pause is over; what would be refused anyway is refused now."""
    refusal = _to_hold(turn, event)
    if refusal is not None:
        return refusal
    turn.held += (event,)
    if isinstance(event, Signal):
        turn.move("held", name=event.name, by=event.actor)
    else:
        turn.move(
            "held", turn.visits[event.visit], outcome=event.outcome if isinstance(event, Result) else event.status
        )
    return None


def _to_hold(turn: Turn, event: Result | Child | Signal) -> Refusal | None:
    if isinstance(event, Signal):
        return awaiting.to_send(turn, event)
    if isinstance(event, Child):
        refusal = calls.to_take(turn, event)
        twin = any(isinstance(held, Child) and held.visit == event.visit for held in turn.held)
        return refusal or (Refusal("not-open", "The called run has answered already.") if twin else None)
    refusal = actions.to_take(turn, event)
    attempts = [(held.visit, held.attempt) for held in turn.held if isinstance(held, Result)]
    if refusal is None and (event.visit, event.attempt) in attempts:
        return Refusal("not-open", f"Attempt {event.attempt} has been answered already.")
    return refusal


def _tell_children(turn: Turn, act: Told, by: str, reason: str) -> None:
    for number in sorted(turn.visits):
        visit = turn.visits[number]
        if visit.called is not None and visit.called.run:
            endings.tell_child(turn, visit, act, by, reason)
