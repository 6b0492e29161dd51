"""The one function that moves a run: pure, without clock, database or chance.

    advance(definition, state, event) -> Advance | Refusal

An accepted event raises `seq` by one; a refused one changes nothing. The state is the fold of `advance` over
the accepted events, byte for byte (guarantees G7).
"""

from __future__ import annotations

from engine.definition import Definition
from engine.lifecycles import RUN_ENDED, RunStatus
from engine.machine import (
    actions,
    changing,
    gates,
    jumping,
    ladder,
    operating,
    pausing,
    picking,
    refusing,
    rosters,
    settling,
    tasks,
)
from engine.machine.commands import Advance, Refusal
from engine.machine.events import (
    Cancel,
    CastVote,
    ChangeData,
    Claim,
    Complete,
    Delegate,
    Event,
    Fire,
    Jump,
    Pause,
    Pick,
    Reassign,
    Release,
    Result,
    Resume,
    RetryStep,
    Roster,
    SkipStep,
    Start,
    Withdraw,
)
from engine.machine.state import State
from engine.machine.turn import Turn, after


def advance(definition: Definition, state: State | None, event: Event) -> Advance | Refusal:
    """Apply one event. `state` is None for the first one, which must be `Start`."""
    if isinstance(event, Start):
        return _start(definition, event) if state is None else Refusal("not-open", "This run has started already.")
    if state is None:
        return Refusal("not-open", "This run has not started.")
    if state.status in RUN_ENDED and not isinstance(event, CastVote | Withdraw | Delegate):
        return refusing.to_touch(state) or Refusal("already-ended")
    if state.seq >= settling.ENTRIES and state.status not in RUN_ENDED and not isinstance(event, Cancel):
        return Refusal("too-long")
    turn = Turn(definition, state, event.at, event.actor, event.facts)
    refusal = _apply(turn, event)
    if refusal is not None:
        return refusal
    settling.settle(turn)
    return turn.freeze()


def _start(definition: Definition, event: Start) -> Advance | Refusal:
    inputs = tasks.filled(definition.inputs, event.inputs)
    if isinstance(inputs, Refusal):
        return inputs
    state = State(
        run=event.run,
        definition=definition.digest,
        semantics=definition.semantics,
        status=RunStatus.RUNNING,
        seq=0,
        at=event.at,
        started_at=event.at,
        started_by=event.actor,
        inputs=inputs,
        sla_at=None if definition.sla is None else after(event.at, definition.sla, definition.calendar),
    )
    turn = Turn(definition, state, event.at, event.actor, event.facts)
    turn.title = turn.text(definition.run_title or definition.title)
    turn.move("started", by=event.actor, title=turn.title)
    first = definition.target("", "start")
    assert first is not None
    turn.queue.append(first)
    settling.settle(turn)
    return turn.freeze()


def _apply(turn: Turn, event: Event) -> Refusal | None:
    match event:
        case Roster():
            return rosters.roster(turn, event)
        case Pick():
            return picking.pick(turn, event)
        case Complete():
            return tasks.complete(turn, event)
        case Claim():
            return tasks.claim(turn, event)
        case Release():
            return tasks.release(turn, event)
        case CastVote():
            return gates.vote(turn, event)
        case Withdraw():
            return gates.withdraw(turn, event)
        case Delegate():
            return gates.delegate(turn, event)
        case Result():
            return pausing.hold(turn, event) if turn.paused else actions.result(turn, event)
        case Fire():
            return ladder.fire(turn, event)
        case Cancel():
            return operating.cancel(turn, event)
        case RetryStep():
            return operating.retry(turn, event)
        case SkipStep():
            return operating.skip(turn, event)
        case Pause():
            return pausing.pause(turn, event)
        case Resume():
            return pausing.resume(turn, event)
        case Reassign():
            return tasks.reassign(turn, event)
        case Jump():
            return jumping.jump(turn, event)
        case ChangeData():
            return changing.change(turn, event)
        case Start():
            return Refusal("not-open")
