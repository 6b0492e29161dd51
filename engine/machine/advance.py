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
    awaiting,
    calls,
    changing,
    comments,
    gates,
    jumping,
    ladder,
    limits,
    migrating,
    operating,
    pausing,
    picking,
    queueing,
    refusing,
    rosters,
    settling,
    tasks,
)
from engine.machine.commands import Advance, Refusal
from engine.machine.events import (
    Admit,
    Cancel,
    CastVote,
    ChangeData,
    Child,
    Claim,
    Comment,
    Complete,
    Delegate,
    Event,
    Fire,
    Jump,
    Migrate,
    Pause,
    Pick,
    Reassign,
    Release,
    Result,
    Resume,
    RetryStep,
    Rollback,
    Roster,
    Signal,
    SkipStep,
    Start,
    Withdraw,
)
from engine.machine.moments import after
from engine.machine.state import State
from engine.machine.tokens import Arrival
from engine.machine.turn import Turn


def advance(
    definition: Definition, state: State | None, event: Event, after: Definition | None = None
) -> Advance | Refusal:
    """Apply one event. `state` is None for the first one, which must be `Start`.

    `definition` is the one that the state names, `after` the one that a `Migrate` names, which nothing else needs.
    """
    if isinstance(event, Start):
        return _start(definition, event) if state is None else Refusal("not-open", "This run has started already.")
    if state is None:
        return Refusal("not-open", "This run has not started.")
    if state.status in RUN_ENDED and not isinstance(event, CastVote | Withdraw | Delegate):
        return refusing.to_touch(state) or Refusal("already-ended")
    if state.status is RunStatus.QUEUED and not isinstance(event, Admit | Cancel | Signal | Migrate):
        return Refusal("not-open", "This run waits for its place.")
    if state.seq >= limits.ENTRIES and state.status not in RUN_ENDED and not isinstance(event, Cancel):
        return Refusal("too-long")
    if isinstance(event, Migrate):
        moved = migrating.migrate(definition, state, event, after)
        return moved if isinstance(moved, Refusal) else _settled(moved)
    turn = Turn(definition, state, event.at, event.actor, event.facts)
    refusal = _apply(turn, event)
    return _settled(turn) if refusal is None else refusal


def _settled(turn: Turn) -> Advance:
    settling.settle(turn)
    return turn.freeze()


def _start(definition: Definition, event: Start) -> Advance | Refusal:
    """Begin at the first step, or wait for a place; where nobody may wait, refuse."""
    inputs = tasks.filled(definition.inputs, event.inputs)
    if isinstance(inputs, Refusal):
        return inputs
    place = queueing.key_of(definition, event, inputs)
    if isinstance(place, Refusal):
        return place
    if not event.has_place and (definition.concurrency is None or definition.concurrency.when_full == "refuse"):
        return queueing.full(definition, place)
    state = State(
        run=event.run,
        definition=definition.digest,
        semantics=definition.semantics,
        status=RunStatus.RUNNING if event.has_place else RunStatus.QUEUED,
        seq=0,
        at=event.at,
        started_at=event.at,
        started_by=event.actor,
        inputs=inputs,
        calls=event.calls,
        parent=event.parent,
        place=place,
    )
    turn = Turn(definition, state, event.at, event.actor, event.facts)
    turn.title = turn.text(definition.run_title or definition.title)
    if event.has_place:
        _begin(turn)
    else:
        turn.move("queued", by=event.actor, title=turn.title, place=place)
    settling.settle(turn)
    return turn.freeze()


def _admit(turn: Turn) -> Refusal | None:
    """The run has got its place: its clock begins now."""
    if turn.status is not RunStatus.QUEUED:
        return Refusal("not-open", "This run has its place already.")
    turn.status = RunStatus.RUNNING
    turn.started_at = turn.at
    _begin(turn)
    return None


def _begin(turn: Turn) -> None:
    definition = turn.definition
    turn.sla_at = None if definition.sla is None else after(turn.at, definition.sla, definition.calendar)
    turn.move("started", by=turn.base.started_by, title=turn.title)
    first = definition.target("", "start")
    assert first is not None
    turn.take("", "start")
    turn.ahead.append(Arrival(first))


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
        case Comment():
            return comments.comment(turn, event)
        case Result() | Child() | Signal() if turn.paused:
            return pausing.hold(turn, event)
        case Result():
            return actions.result(turn, event)
        case Child():
            return calls.child(turn, event)
        case Signal():
            return awaiting.signal(turn, event)
        case Fire():
            return ladder.fire(turn, event)
        case Cancel():
            return operating.cancel(turn, event)
        case Rollback():
            return operating.rollback(turn, event)
        case Admit():
            return _admit(turn)
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
        case Start() | Migrate():
            return Refusal("not-open")
