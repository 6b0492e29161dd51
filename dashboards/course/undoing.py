"""What is taken back, in which order and by whom: of a rollback or a jump before it is asked for, and while it goes on.

Takes the state, which keeps what can be undone in the order of completion; leaves words. Attempts in hand are waited
for first, and what may have happened is undone like what has (`engine.machine.undoing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards import called, shown
from engine.definition import ActionSpec, Definition, TaskSpec
from engine.lifecycles import RunStatus
from engine.machine.jumping import since_when
from engine.machine.places import Place
from engine.machine.state import Back, Done, State, Visit
from engine.machine.undoing import is_passed
from engine.naming import title

#: So many are named in one sentence.
NAMED = 4


@dataclass(frozen=True)
class Undo:
    """One step that is taken back. `perhaps`: only if it has happened, which nobody knows yet."""

    title: str
    how: str
    perhaps: bool = False


@dataclass(frozen=True)
class Compensation:
    """An undoing under way. `awaits` are attempts in hand with when each is given up; `goes_on_at` is a jump's step."""

    left: tuple[Undo, ...]
    awaits: tuple[tuple[str, datetime | None], ...]
    goes_on_at: str = ""
    is_rollback: bool = True


def of_rollback(definition: Definition, state: State) -> tuple[Undo, ...]:
    """Return what a rollback would take back, the first to be undone first."""
    return (*_perhaps(definition, state.visits.values()), *_done(definition, reversed(state.done)))


def of_jump(definition: Definition, state: State, place: Place) -> tuple[Undo, ...]:
    """Return what a jump there would take back, where that is asked for."""
    since = since_when(state, place.step, place.scope)
    if since is None:
        return ()
    back = Back(place.step, place.scope, since)
    return tuple(_done(definition, [done for done in reversed(state.done) if is_passed(definition, done, back)]))


def under_way(definition: Definition, state: State) -> Compensation | None:
    """Return what is being taken back now; None where nothing is."""
    is_rollback = state.status is RunStatus.ROLLING_BACK
    if not is_rollback and state.back is None:
        return None
    begun = {visit.undoes for visit in state.visits.values()}
    back = None if is_rollback else state.back
    left = [
        done
        for done in reversed(state.done)
        if done.visit not in begun and (back is None or is_passed(definition, done, back))
    ]
    timers = {timer.visit: timer.due_at for timer in state.timers.values() if timer.kind == "drain"}
    awaits = [
        (one.done.title if one.done else f"visit {number}", timers.get(number))
        for number, one in state.draining.items()
    ]
    goes_on_at = "" if back is None else title(definition, back.to)
    return Compensation(tuple(_done(definition, left)), tuple(awaits), goes_on_at, is_rollback)


def then(definition: Definition, state: State) -> str:
    """Say what follows once the step that is being undone now is undone."""
    going = under_way(definition, state)
    if going is None:
        return ""
    if going.left:
        return f"then {going.left[0].title} is undone"
    return f"then the run goes on at {going.goes_on_at}" if going.goes_on_at else "then the run ends as rolled back"


def listed(undos: Sequence[Undo]) -> str:
    """Name them in their order: `Book, then Plan`."""
    names = [undo.title for undo in undos[:NAMED]]
    more = len(undos) - len(names)
    return ", then ".join([*names, *([f"{more} more"] if more else [])])


def _done(definition: Definition, done: Iterator[Done] | Sequence[Done]) -> Iterator[Undo]:
    for one in done:
        where = f" ({called.item(one.scope)})" if one.scope and not called.says_item(definition, one.step) else ""
        yield Undo((one.title or title(definition, one.step)) + where, how(definition, one.step))


def _perhaps(definition: Definition, visits: Iterator[Visit] | Sequence[Visit]) -> Iterator[Undo]:
    """What is in the machine's hands, or may be done although it did not answer in time."""
    for visit in visits:
        if visit.attempt is None or visit.undoes is not None or definition.steps[visit.step].undo is None:
            continue
        unknown = visit.incident is not None and visit.incident.code in ("timed-out", "lost")
        if visit.attempt.in_hand or unknown:
            yield Undo(visit.title or visit.step, how(definition, visit.step), perhaps=True)


def how(definition: Definition, step: str) -> str:
    """Say who takes a step back."""
    does = definition.undoing(step).does
    if isinstance(does, TaskSpec):
        who = "whoever started the run" if does.assign == "starter" else f"the role {shown.role(does.assign)}"
        return f"a task for {who}"
    return f"by machine, {does.provider}" if isinstance(does, ActionSpec) else "by machine"
