"""Time at a step: its due time, the rungs of its ladder, and what every timer does when it fires.

Each visit has its own ladder, counted from its opening; a rung fires once (with `every`, until the step
closes). Timers are fired one event each, in the order of `order` (semantics section 3 rule 14, section 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.definition import STARTER, Definition, Rung
from engine.expressions import EvaluationError
from engine.lifecycles import VisitStatus
from engine.machine import actions, endings, gates, quorum, rosters, tasks, undoing, waits
from engine.machine.commands import Refusal
from engine.machine.events import Fire
from engine.machine.exclusion import USER
from engine.machine.moments import after, before
from engine.machine.state import State, Timer, Visit
from engine.machine.tokens import Left, Opening
from engine.machine.turn import Turn


def order(timer: Timer) -> tuple[datetime, int, bool, int, str]:
    """Return the key by which due timers are fired: due, visit, deadlines before rungs, place in the ladder."""
    return timer.due_at, timer.visit, timer.kind == "rung", timer.index, timer.key


def due(timers: Iterable[Timer], now: datetime) -> list[Timer]:
    """Return the timers that are due, in the order in which they fire."""
    return sorted((timer for timer in timers if timer.due_at <= now), key=order)


def climb(turn: Turn, visit: Visit) -> None:
    """Set the due time and all rungs of a visit that has just opened."""
    spec = turn.spec(visit)
    if visit.due_at is not None:
        turn.set_timer(Timer(f"{visit.number}:due:0:0", visit.number, "due", visit.due_at))
    for index, rung in enumerate(spec.escalate):
        at = rung_at(turn.definition, visit, rung)
        turn.set_timer(Timer(f"{visit.number}:rung:{index}:0", visit.number, "rung", at, index))


def rung_at(definition: Definition, visit: Visit, rung: Rung) -> datetime:
    """Return when a rung of an open visit fires first: never before it opened."""
    if rung.after is not None:
        return after(visit.opened_at, rung.after, definition.calendar)
    assert rung.before_due is not None
    assert visit.due_at is not None, "the compiler lets `before_due` stand only beside `due`"
    return before(visit.due_at, rung.before_due, visit.opened_at, definition.calendar)


def fire(turn: Turn, event: Fire) -> Refusal | None:
    """Do what a timer is for. One that is not there any more, or not due yet, changes nothing."""
    if turn.base.paused:
        return Refusal("paused")
    timer = turn.timers.get(event.timer)
    if timer is None:
        return Refusal("not-open", "This timer is not there any more.")
    if timer.due_at > turn.at:
        return Refusal("not-open", "This timer is not due yet.")
    del turn.timers[timer.key]
    if timer.kind == "drain":
        undoing.give_up(turn, timer.visit)
        return None
    visit = turn.visits[timer.visit]
    match timer.kind:
        case "due":
            turn.change(visit, overdue=True)
            turn.move("overdue", visit)
        case "wait":
            waits.over(turn, visit)
        case "deadline":
            waits.too_late(turn, visit)
        case "retry":
            actions.again(turn, visit)
        case "window":
            _opens(turn, visit)
        case "rung":
            ring(turn, visit, timer.index, timer)
    return None


def _opens(turn: Turn, visit: Visit) -> None:
    """A change window begins: for a step that waits to open, or for an action's next attempt."""
    if visit.status is VisitStatus.WAITING:
        turn.ahead.append(Opening(visit.number))
    else:
        actions.again(turn, visit)


def ring(turn: Turn, visit: Visit, index: int, timer: Timer | None = None) -> None:
    """Climb one rung. `when` is asked once, at the first firing; false spends the rung."""
    rung = turn.spec(visit).escalate[index]
    nth = timer.nth if timer is not None else 0
    if rung.when is not None and nth == 0:
        try:
            holds = turn.condition(rung.when, visit)
        except EvaluationError as error:
            turn.incident(visit, "expression", f"`when` of an escalation: {error}", rung=index)
            return
        if not holds:
            turn.note(visit, f"The escalation “{said(rung)}” does not apply.")
            return
    if rung.every is not None:
        _again(turn, visit, rung, index, timer)
    if rung.remind:
        _remind(turn, visit, rung, index)
    elif rung.add is not None:
        _add(turn, visit, rung.add, index)
    elif rung.reassign is not None:
        tasks.hand_over(turn, visit, rung.reassign, rung=index)
    elif rung.incident:
        turn.move("escalated", visit, rung=index, incident=True)
        turn.incident(visit, "escalated")
    elif rung.outcome is not None:
        turn.move("escalated", visit, rung=index, outcome=rung.outcome)
        if visit.asking is not None:
            gates.decide_by_rule(turn, visit, rung.outcome, index)
        else:
            tasks.complete_by_rule(turn, visit, rung.outcome, index)
    else:
        turn.move("escalated", visit, rung=index, target=rung.go)
        endings.cancel(turn, visit)
        turn.ahead.append(Left(visit, f"rung:{index}"))


def _again(turn: Turn, visit: Visit, rung: Rung, index: int, timer: Timer | None) -> None:
    """Set the next firing after now: one that missed many fires once."""
    assert rung.every is not None
    nth = timer.nth if timer is not None else 0
    first = timer.due_at if timer is not None else rung_at(turn.definition, visit, rung)
    missed = max(0, (turn.at - first) // rung.every)
    at = after(first, rung.every * (missed + 1))
    turn.set_timer(Timer(f"{visit.number}:rung:{index}:{nth + 1}", visit.number, "rung", at, index, nth + 1))


def _remind(turn: Turn, visit: Visit, rung: Rung, index: int) -> None:
    if _closes_now(turn, visit):
        turn.note(visit, f"The reminder “{said(rung)}” was not sent: the step closes at the same time.")
        return
    people: list[str] = []
    roles: list[str] = []
    for name in rung.remind:
        for found in _meant(turn, visit, name):
            (people if found.startswith(USER) else roles).append(found.removeprefix(USER))
    turn.change(visit)  # nothing but when it was last reminded of, which whoever keeps rows of visits writes there
    turn.move("reminded", visit, people=list(dict.fromkeys(people)), roles=list(dict.fromkeys(roles)), rung=index)


def _meant(turn: Turn, visit: Visit, name: str) -> list[str]:
    """Return whom a name in `remind` means: roles, and people as `user:x`."""
    asking = visit.asking
    if name == "assigned":
        return [USER + visit.claimed_by] if visit.claimed_by else [one for one in (visit.assigned, *visit.added) if one]
    if name == STARTER:
        return [USER + turn.base.started_by]
    if name not in ("pending", "approvers"):
        return [name]
    if asking is None:
        return []
    if name == "approvers":
        return [USER + seat.person for seat in asking.seats or ()]
    spec = rosters.spec_of(turn, visit)
    pending = [
        seat.person
        for seat in asking.seats or ()
        if seat.person not in asking.spoke and quorum.may_speak(spec, seat, asking.stage)
    ]
    delegates = [one.to for one in asking.delegations if one.by in pending and one.to not in asking.spoke]
    return [USER + person for person in dict.fromkeys((*pending, *delegates))]


def _closes_now(turn: Turn, visit: Visit) -> bool:
    """Whether another timer that is due now closes this step: such a sweep sends none of its reminders."""
    for timer in due(turn.timers.values(), turn.at):
        if timer.visit != visit.number:
            continue
        if timer.kind in ("wait", "deadline"):
            return True
        rung = turn.spec(visit).escalate[timer.index] if timer.kind == "rung" else None
        if rung is None or not rung.closes:
            continue
        try:
            if rung.when is None or turn.condition(rung.when, visit):
                return True
        except EvaluationError:
            continue
    return False


def _add(turn: Turn, visit: Visit, name: str, index: int) -> None:
    if visit.asking is not None:
        turn.move("escalated", visit, rung=index, name=name)
        rosters.ask_roster(turn, visit, index, name)
    else:
        turn.change(visit, added=tuple(dict.fromkeys((*visit.added, name))))
        turn.move("added", visit, name=name, people=[], rung=index)


@dataclass(frozen=True, slots=True)
class Coming:
    """One thing that will happen at a visit unless it closes first.

    step: as it is addressed (`step[0]` in an item), empty where a rollback waits for an attempt of a cancelled visit.
    what: due, wait, deadline, retry, window, drain, remind, add, reassign, incident, outcome, go. who: whom it
    concerns, roles or `user:x` or `pending` and the like. to: the outcome, or the step it goes to. when: the condition
    that is asked then. `at` is in the past where the clock has not come by yet.
    """

    at: datetime
    step: str
    visit: int
    what: str
    who: tuple[str, ...] = ()
    to: str = ""
    when: str | None = None
    every_seconds: float | None = None
    rung: int | None = None

    def __str__(self) -> str:
        return " ".join((self.what, *((self.to,) if self.to else self.who)))


def future(definition: Definition, state: State, visit: int | Visit | None = None) -> list[Coming]:
    """Return what will happen at a visit (or at all open ones) when nobody acts, in the order of time."""
    number = visit.number if isinstance(visit, Visit) else visit
    timers = sorted((timer for timer in state.timers.values() if number in (None, timer.visit)), key=order)
    return [_coming(definition, state, timer) for timer in timers]


def _coming(definition: Definition, state: State, timer: Timer) -> Coming:
    visit = state.visits.get(timer.visit)
    if visit is None:
        return Coming(timer.due_at, "", timer.visit, timer.kind)
    step, address = visit.step, visit.address
    if timer.kind != "rung":
        to = definition.target(step, "deadline") or "" if timer.kind == "deadline" else ""
        return Coming(timer.due_at, address, timer.visit, timer.kind, to=to)
    rung = definition.steps[step].escalate[timer.index]
    what, who, to = act(rung)
    if what == "go":
        to = definition.target(step, f"rung:{timer.index}") or to
    return Coming(
        timer.due_at,
        address,
        timer.visit,
        what,
        who,
        to,
        rung.when if timer.nth == 0 else None,
        rung.every.total_seconds() if rung.every is not None else None,
        timer.index,
    )


def act(rung: Rung) -> tuple[str, tuple[str, ...], str]:
    """Return what a rung does, whom it concerns and where it leads."""
    if rung.remind:
        return "remind", rung.remind, ""
    if rung.add is not None:
        return "add", (rung.add,), ""
    if rung.reassign is not None:
        return "reassign", (rung.reassign,), ""
    if rung.incident:
        return "incident", (), ""
    if rung.outcome is not None:
        return "outcome", (), rung.outcome
    return "go", (), rung.go or ""


def said(rung: Rung) -> str:
    what, who, to = act(rung)
    return " ".join((what, *who, *((to,) if to else ())))
