"""The laws of the machine (guarantees T1): each takes a run by chance that has been played, and asserts.

They hold for every playbook that can be compiled, for those the proofs find fault with as well, and for events that
are illegal, late or doubled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from itertools import pairwise

from engine import definition as definitions_
from engine.calendars import OFFICE_HOURS
from engine.definition import Definition, EachSpec, GateSpec, ParallelSpec, TaskSpec, WaitSpec, owner_of
from engine.durations import BusinessTime, Length
from engine.lifecycles import (
    GATE_MOVES,
    RUN_ENDED,
    RUN_MOVES,
    VISIT_ENDED,
    VISIT_MOVES,
    GateStatus,
    RunStatus,
    VisitStatus,
)
from engine.machine import clocks, events, exclusion, limits, quorum, scopes, voting
from engine.machine.advance import advance
from engine.machine.commands import Advance, Perform, Refusal, StartChild, TellChild, TellParent
from engine.machine.events import Cancel, Facts, Fire, Pause, Resume
from engine.machine.state import State, Timer, Visit, dump, load, step_of
from tests.engine.chance import Chance

Law = Callable[[Chance], None]


def an_event_is_one_entry_or_changes_nothing(run: Chance) -> None:
    for event, before, answer in run.history:
        assert before is None or dump(before.state) == before.bytes, f"{event} has changed the state that was given"
        if isinstance(answer, Refusal):
            assert answer.sentence
            continue
        assert answer.state.seq == (before.state.seq if before else 0) + 1
        assert answer.moves, "an entry without a move"
        assert before is None or answer.state.at >= before.state.at


def what_has_ended_stays_as_it_is(run: Chance) -> None:
    for _, before, answer in run.history:
        if before is not None and before.state.status in RUN_ENDED:
            assert isinstance(answer, Refusal)
            assert answer.code in ("already-ended", "not-open")


def cancel_ends_every_open_state_and_leaves_nothing_behind(run: Chance) -> None:
    for state in run.states:
        event = Cancel(at=state.at, actor="ed", facts=Facts(operator=True), reason="stop")
        answer = advance(run.definition, state, event)
        if state.status in RUN_ENDED:
            assert isinstance(answer, Refusal)
            continue
        assert isinstance(answer, Advance)
        after = answer.state
        assert (after.status, after.visits, after.timers) == (RunStatus.CANCELLED, {}, {})
        assert (after.draining, after.done, after.kept, after.held, after.back) == ({}, (), (), (), None)
        assert {visit.number for visit in answer.touched} >= state.visits.keys()
        told = {command.run for command in answer.commands if isinstance(command, TellChild)}
        assert told == {visit.called.run for visit in state.visits.values() if visit.called and visit.called.run}
        up = [command for command in answer.commands if isinstance(command, TellParent)]
        assert len(answer.commands) == len(told) + len(up)
        assert len(up) == (state.parent is not None)


def no_open_state_is_stuck(run: Chance) -> None:
    for state in run.states:
        for timer in state.timers.values():
            assert timer.visit in (state.draining if timer.kind == "drain" else state.visits)
        if state.status in RUN_ENDED:
            assert not state.visits
            assert not state.timers
            assert not state.draining
            continue
        if state.status is RunStatus.QUEUED:
            assert not state.visits
            continue
        assert state.visits or state.draining
        for number in state.draining:
            assert any(timer.visit == number and timer.kind == "drain" for timer in state.timers.values()) or (
                state.seq >= limits.ENTRIES
            )
        for visit in state.visits.values():
            assert visit.incident is not None or goes_on(run.definition, state, visit), visit


def goes_on(definition: Definition, state: State, visit: Visit) -> bool:
    """Whether something but an operator can move this visit on."""
    spec = step_of(definition, visit)
    waits = {timer.kind for timer in state.timers.values() if timer.visit == visit.number}
    if visit.status is VisitStatus.WAITING:
        return "window" in waits
    match spec.does:
        case TaskSpec():
            return bool(visit.assigned) or visit.needs_pick
        case WaitSpec(signal=signal, deadline=deadline):
            return "wait" in waits if signal is None else deadline is None or "deadline" in waits
        case GateSpec() as gate:
            asking = visit.asking
            assert asking is not None
            # who voted for somebody and was added in their own right afterwards may still use that one instead
            voted = {vote.right for vote in asking.votes}
            silent = [seat for seat in asking.seats or () if seat.person not in voted]
            return bool(asking.needs) or any(quorum.may_speak(gate, seat, asking.stage) for seat in silent)
        case ParallelSpec() | EachSpec():
            return any(
                owner_of(inner.within) == visit.step and scopes.is_within(inner.scope, visit.scope)
                for inner in state.visits.values()
            ) or _is_behind(definition, state, visit)
    if spec.kind == "action":
        return visit.attempt is not None and (visit.attempt.in_hand or bool(waits & {"retry", "window"}))
    return visit.called is not None and bool(visit.called.run)


def _is_behind(definition: Definition, state: State, visit: Visit) -> bool:
    """Whether a jump into this region waits until something is undone."""
    inside = definition.inside(visit.step)
    return state.back is not None and definition.steps[state.back.to].within in inside


def every_move_of_a_status_is_in_the_tables(run: Chance) -> None:
    decided: Counter[int | None] = Counter()
    stood: dict[int, tuple[VisitStatus, GateStatus | None]] = {}
    status: RunStatus | None = None
    for answer in run.accepted:
        now = answer.state.status
        if status is not None or now is not RunStatus.QUEUED:
            through = [RunStatus.RUNNING] if any(move.kind == "started" for move in answer.moves) else []
            through += [RunStatus.ROLLING_BACK for move in answer.moves if move.kind == "rolling_back"]
            for was, then in pairwise([*([status] if status else []), *through, now]):
                assert was is then or (was, then) in RUN_MOVES, (was, then)
        status = now
        decided.update(move.visit for move in answer.moves if move.kind == "decided")
        opened = {move.visit for move in answer.moves if move.kind == "opened"}
        for visit in answer.touched:
            gate = None if visit.asking is None else visit.asking.status
            if visit.number in stood:
                was, gate_was = stood[visit.number]
                assert was not in VISIT_ENDED
                if was is VisitStatus.WAITING and visit.number in opened:
                    assert (was, VisitStatus.OPEN) in VISIT_MOVES
                    was = VisitStatus.OPEN
                assert was is visit.status or (was, visit.status) in VISIT_MOVES
                assert gate_was in (None, gate) or (gate_was, gate) in GATE_MOVES
            stood[visit.number] = visit.status, gate
        assert {number for number, (was, _) in stood.items() if was not in VISIT_ENDED} == answer.state.visits.keys()
    assert all(count == 1 for count in decided.values()), "a gate is decided once"


def every_incident_is_opened_and_resolved_in_turn(run: Chance) -> None:
    open_now: set[int | None] = set()
    for answer in run.accepted:
        for move in answer.moves:
            if move.kind == "incident":
                open_now.add(move.visit)
            elif move.kind == "resolved":
                assert move.visit in open_now
                open_now.remove(move.visit)
        assert open_now == {number for number, visit in answer.state.visits.items() if visit.incident is not None}


def the_fold_of_the_stored_log_is_the_state(run: Chance) -> None:
    stored = definitions_.from_json(definitions_.to_json(run.definition))
    assert stored.digest == run.definition.digest
    state: State | None = None
    for event, expected in zip(run.log, run.states, strict=True):
        again = events.from_json(events.to_json(event))
        answer = advance(stored, state, again)
        assert isinstance(answer, Advance)
        assert dump(answer.state) == dump(expected)
        state = load(dump(answer.state))
        assert state == expected


def a_list_has_one_token(run: Chance) -> None:
    """An ordinary list one or none, a list with needs one at each step; none outside a region that is open."""
    for state in run.states:
        seen: Counter[tuple[str, str, str]] = Counter()
        for visit in state.visits.values():
            if visit.undoes is not None:
                continue
            is_graph = run.definition.is_graph(visit.within)
            seen[visit.within, visit.scope, visit.step if is_graph else ""] += 1
            if not visit.within:
                continue
            region = _region(run.definition, state, visit)
            assert region is not None, visit
            assert region.region is not None
            assert _name(run.definition, visit) in region.region.open, visit
        assert all(count == 1 for count in seen.values()), seen
        for visit in state.visits.values():
            if visit.region is not None and state.back is None:
                _every_list_has_its_token(run.definition, state, visit)
        assert set(state.items) >= {visit.scope for visit in state.visits.values() if visit.scope and not visit.undoes}


def _region(definition: Definition, state: State, visit: Visit) -> Visit | None:
    owner = owner_of(visit.within)
    is_each = isinstance(definition.steps[owner].does, EachSpec)
    scope = scopes.around(visit.scope) if is_each else visit.scope
    found = [
        one for one in state.visits.values() if one.step == owner and one.scope == scope and one.region is not None
    ]
    assert len(found) <= 1
    return found[0] if found else None


def _name(definition: Definition, visit: Visit) -> str:
    if definition.is_graph(visit.within):
        return visit.step
    return visit.within.partition("/")[2] or str(scopes.index(visit.scope))


def _every_list_has_its_token(definition: Definition, state: State, visit: Visit) -> None:
    assert visit.region is not None
    inside = [one for one in state.visits.values() if owner_of(one.within) == visit.step and one.undoes is None]
    inside = [one for one in inside if _region(definition, state, one) is visit]
    names = {_name(definition, one) for one in inside}
    if definition.is_graph(visit.step):
        assert names <= set(visit.region.open)
        assert names or visit.incident is not None
    else:
        assert names == set(visit.region.open), visit


def steps_hold_the_data_of_their_last_visit(run: Chance) -> None:
    """Completed sets it, failed leaves the error, all else unsets; visits only rise."""
    counts: dict[str, int] = {}
    for answer in run.accepted:
        state = answer.state
        now = state.counts.get("", {})
        assert all(now.get(step, 0) >= count for step, count in counts.items())
        counts = dict(now)
        for scope, held in state.values.items():
            assert not scope or scope in state.items
            for step, left in held.items():
                line = state.ended[f"{step}@{scope}" if scope else step]
                if isinstance(left, dict) and set(left) == {"error"}:
                    assert line.status is VisitStatus.FAILED
                else:
                    assert line.status is VisitStatus.COMPLETED
                    assert isinstance(left, list) or "at" in left
        inside = {
            step
            for owner in run.definition.steps
            for body in run.definition.inside(owner)
            for step in run.definition.lists[body]
        }
        for key, line in state.ended.items():
            step, _, scope = key.partition("@")
            undone = any(move.kind == "undone" for one in run.accepted for move in one.moves if move.step == step)
            if (
                line.status is VisitStatus.COMPLETED
                and step in run.definition.steps
                and step not in inside
                and not undone
            ):
                assert step in state.values.get(scope, {}), key


def a_pause_moves_every_clock_by_its_length_and_nothing_else(run: Chance) -> None:
    definition, facts = run.definition, Facts(operator=True)
    for state in run.states:
        seconds = 1 + state.seq * 7919 % 100_000
        pause = timedelta(seconds=seconds)
        if state.status in RUN_ENDED | {RunStatus.QUEUED} or state.paused or state.seq + 2 >= limits.ENTRIES:
            continue
        paused = advance(definition, state, Pause(at=state.at, actor="ed", facts=facts, reason="stop"))
        assert isinstance(paused, Advance)
        for timer in paused.state.timers.values():
            fired = advance(definition, paused.state, Fire(at=state.at + 9 * pause, timer=timer.key))
            if timer.kind != "drain":
                assert isinstance(fired, Refusal)
                assert fired.code == "paused"
        resumed = advance(definition, load(dump(paused.state)), Resume(at=state.at + pause, actor="ed", facts=facts))
        assert isinstance(resumed, Advance)
        after = resumed.state
        assert (after.paused, after.paused_at, after.paused_seconds) == (False, None, state.paused_seconds + seconds)
        assert after.timers.keys() == state.timers.keys()
        for key, timer in state.timers.items():
            length = clocks.length_of(definition, state.visits.get(timer.visit), timer)
            assert _moved(length, state.at, timer.due_at, after.at, after.timers[key].due_at)
            assert after.timers[key].remaining_seconds is None
        if state.sla_at is not None and state.sla_at > state.at:
            assert after.sla_at is not None
            assert _moved(definition.sla, state.at, state.sla_at, after.at, after.sla_at)
        else:
            assert after.sla_at == state.sla_at
        moved = {"timers", "visits", "seq", "at", "paused_seconds", "sla_at"}
        assert all(
            getattr(after, one.name) == getattr(state, one.name) for one in fields(State) if one.name not in moved
        )
        for number, visit in state.visits.items():
            due = after.timers.get(f"{number}:due:0:0")
            expected = replace(visit, due_at=due.due_at if due else visit.due_at, has_stood=True)
            assert replace(after.visits[number], has_stood=True) == expected


def _moved(length: Length | None, paused: datetime, due: datetime, resumed: datetime, now_due: datetime) -> bool:
    """Whether as much is left after the pause as before it, in the unit of the length; a point in time stays."""
    if length is None:
        return now_due == due
    if isinstance(length, BusinessTime):
        nothing = timedelta(0)
        return OFFICE_HOURS.between(resumed, now_due) == max(nothing, OFFICE_HOURS.between(paused, due))
    return now_due - resumed == max(due, paused) - paused


def _is_point(definition: Definition, state: State, timer: Timer) -> bool:
    if timer.kind in ("window", "drain"):
        return True
    spec = step_of(definition, state.visits[timer.visit]).does
    return timer.kind == "wait" and isinstance(spec, WaitSpec) and spec.length is None


def in_a_pause_only_operators_act_and_what_comes_is_held(run: Chance) -> None:
    state: State | None = None
    for event, after in zip(run.log, run.states, strict=True):
        if state is not None and state.paused:
            comes_in = ("roster", "pick", "result", "child", "signal", "timer", "comment")
            assert event.kind in comes_in or event.facts.operator
            comes = isinstance(event, events.Result | events.Child | events.Signal)
            if comes and getattr(event, "visit", 0) not in state.draining and after.seq < limits.ENTRIES:
                assert (after.held, after.visits, after.values) == ((*state.held, event), state.visits, state.values)
            if isinstance(event, Fire):
                assert state.timers[event.timer].kind == "drain"
        if after.paused:
            assert all(
                timer.remaining_seconds is not None or _is_point(run.definition, after, timer)
                for timer in after.timers.values()
            )
        held = {held.visit for held in after.held if not isinstance(held, events.Signal)}
        assert held <= after.visits.keys() | after.draining.keys()
        assert after.paused or not after.held
        state = after


def nobody_passes_a_gate_without_a_decision_or_an_override(run: Chance) -> None:
    """No jump or skip carries a run past a gate without its permission, and the log names every gate that is passed."""
    for event, _, answer in run.history:
        if isinstance(answer, Refusal):
            continue
        overridden = [
            move.step for move in answer.moves if move.kind == "decided" and move.data["status"] == "overridden"
        ]
        if isinstance(event, events.Jump):
            jumped = next(move for move in answer.moves if move.kind == "jumped")
            assert set(overridden) == set(jumped.data["over"])
            assert event.to not in overridden
        else:
            assert not overridden or isinstance(event, events.SkipStep)
        assert not overridden or event.facts.breaks_glass


def a_timer_fires_once_and_never_early(run: Chance) -> None:
    fired: Counter[str] = Counter()
    state: State | None = None
    for event, after in zip(run.log, run.states, strict=True):
        if isinstance(event, Fire):
            assert state is not None
            assert state.timers[event.timer].due_at <= after.at
            fired[event.timer] += 1
            assert event.timer not in after.timers
        state = after
    assert all(count == 1 for count in fired.values())


def nobody_who_is_excluded_counts(run: Chance) -> None:
    """Guarantee G8: whoever started the run, or did the step, has no vote in what an approval rests on."""
    for answer in run.accepted:
        for visit in answer.touched:
            if visit.asking is None or visit.asking.status is not GateStatus.APPROVED or not visit.by:
                continue
            spec = run.definition.steps[visit.step].does
            assert isinstance(spec, GateSpec)
            left = answer.state.values.get(visit.scope, {}).get(visit.step)
            votes = left["votes"] if left else []
            barred = {"ann"} if "starter" in spec.exclude else set()
            barred |= {"cy"} if "user:cy" in spec.exclude or "blue" in spec.exclude else set()
            barred |= {"di"} if "blue" in spec.exclude else set()
            assert not barred.intersection(name for vote in votes for name in (vote["by"], vote.get("on_behalf_of")))
            assert len({vote.get("on_behalf_of") or vote["by"] for vote in votes}) == len(votes)
            if votes:
                assert len({vote["by"] for vote in votes if vote["choice"] == "approve"}) >= visit.asking.bar.total


def a_vote_is_one_persons_by_one_right(run: Chance) -> None:
    """No vote by whom the gate excludes or for one, by a program, without what is required, or by a right not lent."""
    for event, before, answer in run.history:
        if before is None or isinstance(answer, Refusal):
            continue
        if isinstance(event, events.CastVote | events.Withdraw | events.Delegate | events.Claim | events.Complete):
            assert not event.facts.service, event
        if isinstance(event, events.CastVote):
            _is_cast_by_right(run.definition, before.state, event)
        if isinstance(event, events.Claim | events.Complete) and event.on_behalf_of not in (None, event.actor):
            lent = event.on_behalf_of in event.facts.delegators
            assert lent or (isinstance(event, events.Complete) and event.facts.operator)
            step = before.state.visits[event.visit].step
            if isinstance(event, events.Complete):
                assert {event.actor, event.on_behalf_of} <= set(answer.state.doers[step])
        for visit in answer.touched:
            votes = visit.asking.votes if visit.asking is not None else ()
            assert len({vote.person for vote in votes}) == len(votes), "a person votes once"
            assert len({vote.right for vote in votes}) == len(votes), "a right is used once"


def _is_cast_by_right(definition: Definition, state: State, event: events.CastVote) -> None:
    visit, facts = state.visits[event.visit], event.facts
    spec, asking = step_of(definition, visit).does, visit.asking
    assert isinstance(spec, GateSpec)
    assert asking is not None
    assert event.evidence or "evidence" not in spec.require
    assert facts.reauthenticated or "reauthenticate" not in spec.require
    assert event.comment or "comment" not in spec.require
    right = event.on_behalf_of or event.actor
    for person in {event.actor, right}:
        holds = facts.voters[person]
        did = exclusion.doers(state.doers, state.visits, event.visit)
        barred = exclusion.excluded_by(definition, spec, state.started_by, did, person, holds)
        assert barred is None, (person, barred)
    assert voting.seat_of(asking, right, facts.voters[right]) is not None
    if event.on_behalf_of is not None:
        handed = {one.by: one.to for one in asking.delegations}
        assert handed.get(right) == event.actor or (right in facts.delegators and right not in handed)
        assert voting.seat_of(asking, event.actor, facts.roles) is None
        assert voting.vote_of(asking, right) is None


def work_is_asked_for_once_and_only_where_it_stands(run: Chance) -> None:
    """Every attempt and every child is sent for once; a child whose call ends before it is told so."""
    asked: Counter[tuple[int, int]] = Counter()
    children: dict[str, int] = {}
    for event, _, answer in run.history:
        if isinstance(answer, Refusal):
            continue
        for command in answer.commands:
            if isinstance(command, Perform):
                asked[command.visit, command.attempt] += 1
                attempt = answer.state.visits[command.visit].attempt
                assert attempt is not None
                assert (attempt.number, attempt.in_hand) == (command.attempt, True)
            elif isinstance(command, StartChild):
                assert command.run not in children
                children[command.run] = command.visit
                called = answer.state.visits[command.visit].called
                assert called is not None
                assert (called.run, called.nth) == (command.run, command.nth)
            elif isinstance(command, TellChild) and command.act == "cancel":
                children.pop(command.run)
            elif isinstance(command, TellChild):
                assert command.run in children
        for move in answer.moves:
            if move.kind == "returned":
                gone = [one for one, visit in children.items() if visit == move.visit]
                assert len(gone) == 1
                del children[gone[0]]
        waiting = {visit.called.run for visit in answer.state.visits.values() if visit.called and visit.called.run}
        assert waiting == set(children), event
    assert all(count == 1 for count in asked.values())


def what_was_done_is_undone_in_reverse_and_once(run: Chance) -> None:
    undone: Counter[int] = Counter()
    completed: list[int] = []
    for answer in run.accepted:
        for move in answer.moves:
            if move.kind == "completed" and move.visit is not None:
                completed.append(move.visit)
            elif move.kind == "undone":
                undone[move.data["of"]] += 1
        assert sum(visit.undoes is not None for visit in answer.state.visits.values()) <= 1, "one at a time"
        numbers = [done.visit for done in answer.state.done]
        assert len(set(numbers)) == len(numbers)
        for visit in answer.state.visits.values():
            if visit.undoes is not None:
                assert visit.undoes in numbers
                if answer.state.status is RunStatus.ROLLING_BACK:
                    assert numbers[-1] == visit.undoes
        if answer.state.status is RunStatus.ROLLED_BACK:
            with_undo = {
                one.visit for one in _completed(run, answer) if run.definition.steps[one.step].undo is not None
            }
            assert with_undo <= set(undone)
    assert all(count == 1 for count in undone.values())


def _completed(run: Chance, until: Advance) -> list[events.Result]:
    found = []
    for answer in run.accepted:
        found += [move for move in answer.moves if move.kind == "completed"]
        if answer is until:
            break
    return found


LAWS: tuple[Law, ...] = (
    an_event_is_one_entry_or_changes_nothing,
    what_has_ended_stays_as_it_is,
    cancel_ends_every_open_state_and_leaves_nothing_behind,
    no_open_state_is_stuck,
    every_move_of_a_status_is_in_the_tables,
    every_incident_is_opened_and_resolved_in_turn,
    the_fold_of_the_stored_log_is_the_state,
    a_list_has_one_token,
    steps_hold_the_data_of_their_last_visit,
    a_pause_moves_every_clock_by_its_length_and_nothing_else,
    in_a_pause_only_operators_act_and_what_comes_is_held,
    nobody_passes_a_gate_without_a_decision_or_an_override,
    a_timer_fires_once_and_never_early,
    nobody_who_is_excluded_counts,
    a_vote_is_one_persons_by_one_right,
    work_is_asked_for_once_and_only_where_it_stands,
    what_was_done_is_undone_in_reverse_and_once,
)
