"""Taking back what was done: a rollback of the whole run, or what a jump back passes over (semantics rule 12).

One undo at a time, in the exact reverse order of completion, each with the data as it was when its visit ended.
Attempts in hand are waited for first: what turns out to have happened, or may have, is undone as well.
"""

from __future__ import annotations

from engine.definition import ActionSpec, Definition
from engine.lifecycles import RunStatus, VisitStatus
from engine.machine import endings, remembering, scopes
from engine.machine.commands import Refusal
from engine.machine.events import Result
from engine.machine.moments import after
from engine.machine.state import Back, Done, Draining, Timer, Visit
from engine.machine.tokens import Arrival, Begin
from engine.machine.turn import Turn


def roll_back(turn: Turn, by: str = "", reason: str = "") -> None:
    """Cancel everything open, wait for what is in hand, then undo what was done; the run ends as rolled back."""
    turn.status = RunStatus.ROLLING_BACK
    turn.move("rolling_back", by=by, reason=reason)
    turn.queue.clear()
    turn.ahead.clear()
    turn.end_pause()
    empty(turn, tuple(turn.visits.values()))
    turn.held = ()
    proceed(turn)


def empty(turn: Turn, visits: tuple[Visit, ...]) -> None:
    """Cancel these visits, newest first; attempts in hand are waited for, but what a pause held of them is known."""
    held = tuple(one for one in turn.held if isinstance(one, Result))
    for visit in sorted(visits, key=lambda one: -one.number):
        there = turn.visits.get(visit.number)
        if there is not None:
            done = remembering.remembered(turn, there) if there.undoes is None else None
            endings.cancel(turn, there)
            _drain(turn, there, done)
    for result in held:
        if result.visit in turn.draining:
            take(turn, result)


def _drain(turn: Turn, visit: Visit, done: Done | None) -> None:
    spec = turn.spec(visit).does
    if not isinstance(spec, ActionSpec) or visit.attempt is None or visit.undoes is not None:
        return
    timed_out = visit.incident is not None and visit.incident.code in ("timed-out", "lost")
    if visit.attempt.in_hand:
        turn.draining[visit.number] = Draining(visit.attempt.number, done)
        turn.set_timer(Timer(f"{visit.number}:drain:0:0", visit.number, "drain", after(turn.at, spec.timeout)))
    elif timed_out and done is not None:
        turn.done += (done,)


def take(turn: Turn, event: Result) -> Refusal | None:
    """Take what came of an attempt that a rollback waits for."""
    waiting = turn.draining.get(event.visit)
    if waiting is None or event.attempt != waiting.attempt:
        return Refusal("not-open", f"Attempt {event.attempt} is not the one in hand.")
    turn.note(None, f"Attempt {event.attempt} of visit {event.visit}, which was in hand, ended: {event.outcome}.")
    _drained(turn, event.visit, may_have_happened=event.outcome != "error")
    return None


def give_up(turn: Turn, visit: int) -> None:
    """An attempt did not answer in time: nobody can tell whether it happened, so it is undone."""
    turn.note(None, f"The attempt of visit {visit}, which was in hand, did not answer in time.")
    _drained(turn, visit, may_have_happened=True)


def _drained(turn: Turn, visit: int, may_have_happened: bool) -> None:
    waiting = turn.draining.pop(visit)
    turn.timers.pop(f"{visit}:drain:0:0", None)
    if waiting.done is not None and may_have_happened:
        turn.done += (waiting.done,)
    proceed(turn)


def proceed(turn: Turn) -> None:
    """Undo the next visit, or go on where there is none left to undo."""
    back = turn.back
    is_whole = turn.status is RunStatus.ROLLING_BACK
    if turn.draining or any(visit.undoes is not None for visit in turn.visits.values()) or not (is_whole or back):
        return
    last = next(
        (done for done in reversed(turn.done) if is_whole or (back and is_passed(turn.definition, done, back))), None
    )
    if last is not None:
        _undo(turn, last)
    elif is_whole:
        endings.end_run(turn, RunStatus.ROLLED_BACK)
    elif back is not None:
        turn.back = None
        turn.ahead.append(Arrival(back.to, back.scope))


def is_passed(definition: Definition, done: Done, back: Back) -> bool:
    """Say whether a jump back passes over this visit: it is later, and lies in the list of the jump or below."""
    lists = definition.below[definition.steps[back.to].within]
    within = definition.steps[done.step].within
    return done.visit >= back.visit and within in lists and scopes.is_within(done.scope, back.scope)


def _undo(turn: Turn, last: Done) -> None:
    visit = turn.new_visit(last.step, last.scope, undoes=last.visit, title=f"Undo: {last.title or last.step}")
    visit = turn.change(visit, status=VisitStatus.OPEN)
    turn.move("opened", visit, kind=turn.spec(visit).kind, title=visit.title)
    turn.ahead.append(Begin(visit.number))
