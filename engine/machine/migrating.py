"""The run goes on in another version of its playbook (semantics [migrate]).

Takes what stands against it from `engine.migration`, which says so to people beforehand. What is open stays open, with
whom it waits for and who has taken it, as far as the other version says the same; votes stay where what they were cast
on is the same. Clocks are those of the other version from the opening of each step on: what its ladder has and the one
before had too has been climbed or is awaited as before. A run that waits for its place has nothing open: it keeps its
turn, and begins on the other version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine import values
from engine.definition import Definition, StepSpec, TaskSpec, WaitSpec
from engine.lifecycles import RunStatus, VisitStatus
from engine.machine import endings, gates, ladder, rights, rosters, settling, tasks, waits
from engine.machine.commands import Refusal
from engine.machine.events import Migrate
from engine.machine.moments import after as later
from engine.machine.state import Seat, State, Timer, Visit, step_of
from engine.machine.turn import Turn
from engine.migration import Assessment, Kind, assess, wrong_given
from engine.migration.carrying import carried
from engine.migration.counterparts import Counterparts
from engine.migration.giving import fill


def migrate(before: Definition, state: State, event: Migrate, after: Definition | None) -> Turn | Refusal:
    """Return the event under way in the other version, or why the run stays where it is."""
    refusal = rights.to_migrate(before, state, event.actor, event.facts)
    if refusal is not None:
        return refusal
    if after is None or after.digest != event.to or after.playbook != before.playbook:
        return Refusal("field:to", "There is no such version of this playbook.")
    if after.digest == before.digest:
        return Refusal("field:to", "The run is on this version already.")
    if event.before and event.before != before.digest:
        return Refusal("not-open", "Somebody else has moved this run meanwhile.")
    for name, message in wrong_given(after, event.given).items():
        return Refusal(f"field:{name}", message)
    found = assess(state, before, after, event.mapping, event.given)
    if unmapped := found.of(Kind.NEEDS_MAPPING):
        return Refusal("needs-mapping", unmapped[0].sentence)
    parts = Counterparts(before, after, event.mapping)
    there, filled = fill(state, carried(state, parts), parts, event.given, event.actor)
    refusal = _to_accept(found, event, after, there)
    if refusal is not None:
        return refusal
    there = replace(there, calls=event.calls, began_on=state.began_on or before.digest)
    turn = Turn(after, there, event.at, event.actor, event.facts)
    over = found.steps(Kind.SKIPS_GATE)
    turn.move(
        "migrated",
        by=event.actor,
        before=before.digest,
        to=after.digest,
        number=event.number,
        was=event.was,
        mapping=dict(event.mapping),
        over=list(over),
        repeats=list(found.steps(Kind.REPEATS)),
        reason=event.reason,
    )
    for one in filled:
        new = values.MASKED if one.spec.secret else event.given[one.name]
        turn.move("changed", name=one.name, old=None, new=new, by=event.actor, reason=event.reason)
    for gate in over:
        endings.override(turn, (gate,), (), _scope_of(turn, gate), event.actor, event.reason)
    for number in sorted(state.visits):
        _take_up(turn, state, state.visits[number], parts)
    if state.status is RunStatus.QUEUED:
        turn.title = turn.text(after.run_title or after.title)
    else:
        _run_clock(turn, before)
    return turn


def _to_accept(found: Assessment, event: Migrate, after: Definition, there: State) -> Refusal | None:
    """Whether whoever moves the run was shown what stands against it, and may do it all the same."""
    skips, repeats = found.of(Kind.SKIPS_GATE), found.of(Kind.REPEATS)
    if skips and Kind.SKIPS_GATE.value not in event.accepts:
        return Refusal("would-skip-gate", skips[0].sentence)
    if repeats and Kind.REPEATS.value not in event.accepts:
        return Refusal("would-repeat", repeats[0].sentence)
    return rights.to_break_glass(after, there, found.steps(Kind.SKIPS_GATE), event.actor, event.facts)


def _scope_of(turn: Turn, gate: str) -> str:
    """Return the item in which a gate that is passed over is written down: where the run stands beside it."""
    within = turn.definition.steps[gate].within
    return next((visit.scope for visit in turn.visits.values() if visit.within == within), "")


def _take_up(turn: Turn, state: State, old: Visit, parts: Counterparts) -> None:
    """Let an open visit go on as a visit of the step that it is there."""
    visit, spec = turn.visits[old.number], turn.spec(turn.visits[old.number])
    was = step_of(parts.before, old)
    incident = visit.incident
    if incident is not None and incident.rungs and was.escalate != spec.escalate:
        incident = replace(incident, rungs=())
    visit = turn.change(visit, title=turn.text(spec.title, visit) or visit.step, incident=incident)
    turn.move("carried", visit, title=visit.title, old=old.step)
    if visit.status is VisitStatus.WAITING:
        _open_or_wait(turn, visit, was.window == spec.window and was.when == spec.when)
        return
    climbed = same_rungs(parts, was, spec)
    _clocks(turn, state, visit, parts, climbed)
    visit = turn.visits.get(old.number, visit)
    if isinstance(spec.does, TaskSpec) and isinstance(was.does, TaskSpec):
        _task(turn, visit, was.does, spec.does)
    elif visit.asking is not None and visit.number in turn.visits:
        _gate(turn, state, visit, parts, climbed)


def _open_or_wait(turn: Turn, visit: Visit, is_same: bool) -> None:
    """Look anew at what keeps a step shut, where that is said in another way there."""
    if is_same:
        return
    for key in [key for key, timer in turn.timers.items() if timer.visit == visit.number]:
        del turn.timers[key]
    if visit.incident is not None:
        visit = turn.resolve(visit, "overtaken")
    settling.consider(turn, visit)


def _task(turn: Turn, visit: Visit, was: TaskSpec, spec: TaskSpec) -> None:
    """Say what is to be done as the other version does; it is handed over where that gives it to somebody else."""
    if (was.assign, was.pick) == (spec.assign, spec.pick):
        turn.change(visit, instructions=turn.text(spec.instructions, visit))
        return
    nobody = {"claimed_by": None, "claimed_for": None, "assigned": "", "added": (), "needs_pick": False}
    tasks.open_task(turn, turn.change(visit, status=VisitStatus.OPEN, **nobody), spec)


def _gate(turn: Turn, state: State, visit: Visit, parts: Counterparts, climbed: Mapping[int, int]) -> None:
    """Put the question anew. Votes stay where it, what is shown and whom it asks are the same."""
    spec, asking = rosters.spec_of(turn, visit), rosters.asking_of(visit)
    fresh = gates.question(turn, visit, spec)
    seats = _reseated(asking.seats, climbed)
    is_same_rule = parts.is_same_rule(state.visits[visit.number].step) and (seats is not None or asking.seats is None)
    is_same = is_same_rule and fresh.question == asking.question
    is_same = is_same and {parts.said_before(name): value for name, value in fresh.shown.items()} == asking.shown
    if is_same and (spec.show or turn.inputs == state.inputs):
        turn.change(visit, asking=replace(asking, digest=fresh.digest, seats=seats))
        return
    if asking.votes:
        turn.move("voided", visit, people=[vote.person for vote in asking.votes])
    if is_same_rule:
        asking = replace(asking, question=fresh.question, shown=fresh.shown, digest=fresh.digest, votes=(), stage=0)
        visit = turn.change(visit, asking=replace(asking, seats=seats))
        turn.move("asked", visit, question=fresh.question, digest=fresh.digest)
        rosters.watch(turn, visit)
        return
    for one in asking.delegations:
        turn.move("undelegated", visit, person=one.by, to=one.to, how="replaced")
    if visit.incident is not None and visit.incident.code in ("roster", "undecided"):
        visit = turn.resolve(visit, "overtaken")
    gates.open_gate(turn, turn.change(visit, asking=None), spec)


def _reseated(seats: tuple[Seat, ...] | None, climbed: Mapping[int, int]) -> tuple[Seat, ...] | None:
    """Return the seats by the rungs of the other ladder; None where it has not the rung that added somebody."""
    if any(one.rung not in climbed for seat in seats or () for one in seat.stands_in):
        return None
    return seats and tuple(
        replace(seat, stands_in=tuple(replace(one, rung=climbed[one.rung]) for one in seat.stands_in)) for seat in seats
    )


def same_rungs(parts: Counterparts, was: StepSpec, spec: StepSpec) -> dict[int, int]:
    """Return which rungs of the one ladder are which of the other: the same act at the same time."""
    if parts.before.calendar != parts.after.calendar and was.escalate:
        return {}
    found: dict[int, int] = {}
    for index, rung in enumerate(was.escalate):
        if rung.before_due is not None and was.due != spec.due:
            continue
        rung = replace(rung, go=rung.go and parts.meant(rung.go))
        free = (nth for nth, one in enumerate(spec.escalate) if one == rung and nth not in found.values())
        if (nth := next(free, None)) is not None:
            found[index] = nth
    return found


def _clocks(turn: Turn, state: State, visit: Visit, parts: Counterparts, climbed: Mapping[int, int]) -> None:
    """Set the clocks of a visit as the other version has them, from its opening on."""
    was, spec = step_of(parts.before, state.visits[visit.number]), turn.spec(visit)
    is_same_time = parts.before.calendar == parts.after.calendar
    timers = [timer for timer in state.timers.values() if timer.visit == visit.number]
    if was.due != spec.due or (spec.due is not None and not is_same_time):
        due_at = None if spec.due is None else later(visit.opened_at, spec.due, turn.definition.calendar)
        is_late = visit.overdue and due_at is not None and due_at <= turn.at
        visit = turn.change(visit, due_at=due_at, overdue=is_late)
        turn.timers.pop(f"{visit.number}:due:0:0", None)
        if due_at is not None and not is_late:
            turn.set_timer(Timer(f"{visit.number}:due:0:0", visit.number, "due", due_at))
    for timer in timers:
        if timer.kind == "rung":
            del turn.timers[timer.key]
    for timer in timers:
        if timer.kind == "rung" and timer.index in climbed:
            index = climbed[timer.index]
            turn.set_timer(replace(timer, key=f"{visit.number}:rung:{index}:{timer.nth}", index=index))
    for index, rung in enumerate(spec.escalate):
        if index not in climbed.values():
            at = ladder.rung_at(turn.definition, visit, rung)
            turn.set_timer(Timer(f"{visit.number}:rung:{index}:0", visit.number, "rung", at, index))
    if isinstance(spec.does, WaitSpec) and (was.does != spec.does or not is_same_time):
        for timer in timers:
            if timer.kind in ("wait", "deadline"):
                del turn.timers[timer.key]
        waits.open_wait(turn, visit, spec.does)


def _run_clock(turn: Turn, before: Definition) -> None:
    """Say by when the run is to end, where the other version says it in another way."""
    sla, calendar = turn.definition.sla, turn.definition.calendar
    if (before.sla, before.calendar) != (sla, calendar):
        turn.sla_at = None if sla is None else later(turn.started_at, sla, calendar)
