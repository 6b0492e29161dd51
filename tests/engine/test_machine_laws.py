"""The laws of the machine, on playbooks and events by chance (guarantees T1).

Limits are set low so that chance reaches them. A failure prints how to repeat it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import definition as definitions_
from engine.calendars import OFFICE_HOURS
from engine.definition import Definition
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
from engine.machine import clocks, events, limits, quorum
from engine.machine.advance import advance
from engine.machine.commands import Advance, Refusal
from engine.machine.events import Cancel, Facts, Fire, Pause, Resume
from engine.machine.state import State, Timer, dump, load
from tests.engine.chance import Chance, Numbers, scripts
from tests.engine.chance_bytes import samples
from tests.engine.playbooks_by_chance import definitions

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "200"))
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def _near_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOVES", 20)
    monkeypatch.setattr(limits, "ENTRIES", 15)


class Watched(Chance):
    """A run by chance that looks at every answer before it goes on."""

    def apply(self, event: events.Event) -> Advance | Refusal:
        before = self.state
        stored = None if before is None else dump(before)
        answer = advance(self.definition, before, event)
        assert before is None or dump(before) == stored, "the state that was given has changed"
        if isinstance(answer, Advance):
            assert answer.state.seq == (before.seq if before else 0) + 1
            assert answer.moves, "an entry without a move"
            assert before is None or answer.state.at >= before.at
        else:
            assert answer.sentence
        if before is not None and before.status in RUN_ENDED:
            assert isinstance(answer, Refusal)
            assert answer.code in ("already-ended", "not-open")
        return super().apply(event)


@law
@given(definitions(), scripts())
def test_an_event_is_one_entry_or_changes_nothing_and_what_has_ended_stays(
    definition: Definition, script: list[Numbers]
) -> None:
    Watched(definition).play(script)


@law
@given(definitions(), scripts())
def test_cancel_ends_every_open_state_and_leaves_nothing_behind(definition: Definition, script: list[Numbers]) -> None:
    run = Chance(definition).play(script)
    for state in run.states:
        answer = advance(definition, state, Cancel(at=state.at, actor="ed", facts=Facts(operator=True), reason="stop"))
        if state.status in RUN_ENDED:
            assert isinstance(answer, Refusal)
            continue
        assert isinstance(answer, Advance)
        after = answer.state
        assert (after.status, after.visits, after.timers) == (RunStatus.CANCELLED, {}, {})
        assert answer.commands == ()
        assert {visit.number for visit in answer.touched} >= state.visits.keys()


@law
@given(definitions(), scripts())
def test_no_open_state_is_stuck(definition: Definition, script: list[Numbers]) -> None:
    for state in Chance(definition).play(script).states:
        for timer in state.timers.values():
            assert timer.visit in state.visits
        if state.status in RUN_ENDED:
            assert not state.visits
            assert not state.timers
            continue
        assert state.visits
        for visit in state.visits.values():
            assert visit.incident is not None or _goes_on(definition, state, visit.number), visit


def _goes_on(definition: Definition, state: State, number: int) -> bool:
    """Whether something but an operator can move this visit on."""
    visit = state.visits[number]
    spec = definition.steps[visit.step].does
    waits = {timer.kind for timer in state.timers.values() if timer.visit == number}
    if visit.status is VisitStatus.WAITING:
        return False
    match spec.kind:
        case "task":
            return bool(visit.assigned) or visit.needs_pick
        case "wait":
            return "wait" in waits
        case "action":
            return visit.attempt is not None and (visit.attempt.in_hand or "retry" in waits)
        case "gate":
            asking = visit.asking
            assert asking is not None
            assert isinstance(spec, definitions_.GateSpec)
            voted = asking.spoke
            silent = [seat for seat in asking.seats or () if seat.person not in voted]
            return bool(asking.needs) or any(quorum.may_speak(spec, seat, asking.stage) for seat in silent)
    return False


@law
@given(definitions(), scripts())
def test_every_move_of_a_status_is_in_the_tables_and_a_gate_is_decided_once(
    definition: Definition, script: list[Numbers]
) -> None:
    run = Chance(definition).play(script)
    decided: Counter[int | None] = Counter()
    stood: dict[int, tuple[VisitStatus, GateStatus | None]] = {}
    status = RunStatus.RUNNING
    for answer in run.answers:
        if isinstance(answer, Refusal):
            continue
        assert status is answer.state.status or (status, answer.state.status) in RUN_MOVES
        status = answer.state.status
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
    assert all(count == 1 for count in decided.values())


@law
@given(definitions(), scripts())
def test_the_fold_of_the_stored_log_is_the_state_byte_for_byte(definition: Definition, script: list[Numbers]) -> None:
    run = Chance(definition).play(script)
    stored = definitions_.from_json(definitions_.to_json(definition))
    assert stored.digest == definition.digest
    state: State | None = None
    for event, expected in zip(run.log, run.states, strict=True):
        again = events.from_json(events.to_json(event))
        assert again == event
        answer = advance(stored, state, again)
        assert isinstance(answer, Advance)
        assert dump(answer.state) == dump(expected)
        state = load(dump(answer.state))
        assert state == answer.state


@law
@given(definitions(), scripts())
def test_steps_hold_the_data_of_their_last_visit(definition: Definition, script: list[Numbers]) -> None:
    """Semantics [set]: completed sets, failed leaves the error, all else unsets; visits only rise."""
    counts: dict[str, int] = {}
    for answer in Chance(definition).play(script).answers:
        if isinstance(answer, Refusal):
            continue
        state = answer.state
        values, now = state.values.get("", {}), state.counts.get("", {})
        assert all(now.get(step, 0) >= count for step, count in counts.items())
        counts = dict(now)
        for step, line in state.ended.items():
            if line.status is VisitStatus.COMPLETED:
                assert "at" in values[step]
            elif line.status is VisitStatus.FAILED:
                assert set(values[step]) == {"error"}
            else:
                assert step not in values


@law
@given(definitions(), scripts(), st.integers(1, 100_000))
def test_a_pause_moves_every_clock_by_its_length_and_nothing_else(
    definition: Definition, script: list[Numbers], seconds: int
) -> None:
    facts, pause = Facts(operator=True), timedelta(seconds=seconds)
    for state in Chance(definition).play(script).states:
        if state.status in RUN_ENDED or state.paused or state.seq + 2 >= limits.ENTRIES:
            continue
        paused = advance(definition, state, Pause(at=state.at, actor="ed", facts=facts, reason="stop"))
        assert isinstance(paused, Advance)
        for timer in paused.state.timers.values():
            fired = advance(definition, paused.state, Fire(at=state.at + 9 * pause, timer=timer.key))
            assert isinstance(fired, Refusal)
            assert fired.code == "paused"
        resumed = advance(definition, load(dump(paused.state)), Resume(at=state.at + pause, actor="ed", facts=facts))
        assert isinstance(resumed, Advance)
        after = resumed.state
        assert (after.paused, after.paused_at, after.paused_seconds) == (False, None, state.paused_seconds + seconds)
        assert after.timers.keys() == state.timers.keys()
        for key, timer in state.timers.items():
            length = clocks.length_of(definition, state.visits[timer.visit], timer)
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
    spec = definition.steps[state.visits[timer.visit].step].does
    return timer.kind == "wait" and isinstance(spec, definitions_.WaitSpec) and spec.length is None


@law
@given(definitions(), scripts())
def test_in_a_pause_only_operators_act_and_what_comes_is_held(definition: Definition, script: list[Numbers]) -> None:
    state: State | None = None
    run = Chance(definition).play(script)
    for event, after in zip(run.log, run.states, strict=True):
        if state is not None and state.paused:
            assert event.kind in ("roster", "result") or event.facts.operator
            if isinstance(event, events.Result) and after.seq < limits.ENTRIES:
                assert (after.held, after.visits, after.values) == ((*state.held, event), state.visits, state.values)
            if after.paused:
                assert all(
                    timer.remaining_seconds is not None or _is_point(definition, after, timer)
                    for timer in after.timers.values()
                )
        assert {held.visit for held in after.held} <= after.visits.keys()
        assert after.paused or not after.held
        state = after


@law
@given(definitions(), scripts())
def test_nobody_passes_a_gate_without_a_decision_or_an_override(definition: Definition, script: list[Numbers]) -> None:
    """A jump never carries a run past a gate without its permission, and the log names every gate that it passes."""
    run = Chance(definition).play(script)
    for answer, event in zip((one for one in run.answers if isinstance(one, Advance)), run.log, strict=True):
        if not isinstance(event, events.Jump):
            continue
        jumped = next(move for move in answer.moves if move.kind == "jumped")
        overridden = {
            move.step for move in answer.moves if move.kind == "decided" and move.data["status"] == "overridden"
        }
        assert overridden == set(jumped.data["over"])
        assert event.to not in overridden
        assert not overridden or event.facts.breaks_glass
        for gate in overridden:
            assert gate not in answer.state.values.get("", {})


@law
@given(definitions(), scripts())
def test_a_timer_fires_once_and_never_early(definition: Definition, script: list[Numbers]) -> None:
    run = Chance(definition).play(script)
    fired: Counter[str] = Counter()
    state: State | None = None
    for event, after in zip(run.log, run.states, strict=True):
        if isinstance(event, events.Fire):
            assert state is not None
            assert state.timers[event.timer].due_at <= after.at
            fired[event.timer] += 1
            assert event.timer not in after.timers
        state = after
    assert all(count == 1 for count in fired.values())


@law
@given(definitions(), scripts())
def test_nobody_who_is_excluded_counts(definition: Definition, script: list[Numbers]) -> None:
    """Guarantee G8: whoever started the run, or did the step, has no vote in what an approval rests on."""
    run = Chance(definition).play(script)
    for answer in run.answers:
        for visit in answer.touched if isinstance(answer, Advance) else ():
            if visit.asking is None or visit.asking.status is not GateStatus.APPROVED or not visit.by:
                continue
            spec = definition.steps[visit.step].does
            assert isinstance(spec, definitions_.GateSpec)
            votes = (
                answer.state.values[""][visit.step]["votes"] if visit.step in answer.state.values.get("", {}) else []
            )
            barred = {"ann"} if "starter" in spec.exclude else set()
            barred |= {"cy"} if "user:cy" in spec.exclude or "blue" in spec.exclude else set()
            barred |= {"di"} if "blue" in spec.exclude else set()
            assert not barred.intersection(name for vote in votes for name in (vote["by"], vote.get("on_behalf_of")))
            assert len({vote.get("on_behalf_of") or vote["by"] for vote in votes}) == len(votes)
            assert len({vote["by"] for vote in votes if vote["choice"] == "approve"}) >= visit.asking.bar.total


def test_the_same_input_gives_the_same_bytes_in_processes_that_hash_differently() -> None:
    outputs = set()
    for seed in ("0", "1", "4711"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.engine.chance_bytes"],
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == 40


def test_runs_by_chance_reach_what_they_should() -> None:
    """The generator is worth its name: every kind of event is accepted and refused, every incident and status met."""
    accepted: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    moves: Counter[str] = Counter()
    incidents: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    for run in samples(500):
        accepted.update(event.kind for event in run.log)
        accepted.update(f"{event.kind} for somebody" for event in run.log if event.on_behalf_of is not None)
        refused.update(answer.code.split(":")[0] for answer in run.answers if isinstance(answer, Refusal))
        for answer in run.answers:
            if isinstance(answer, Advance):
                moves.update(move.kind for move in answer.moves)
                incidents.update(move.data["code"] for move in answer.moves if move.kind == "incident")
        assert run.state is not None
        statuses[run.state.status.value] += 1
    wanted = {"start", "roster", "complete", "claim", "release", "vote", "withdraw", "result", "timer", "cancel"}
    assert accepted.keys() >= wanted | {"retry", "skip", "pause", "resume", "reassign", "jump", "change", "pick"}
    assert accepted.keys() >= {"delegate", "vote for somebody"}
    assert incidents.keys() >= {
        "expression",
        "no-match",
        "failed",
        "timed-out",
        "lost",
        "runaway",
        "roster",
        "undecided",
        "escalated",
    }
    assert statuses.keys() >= {"running", "completed", "failed", "cancelled"}
    assert refused.keys() >= {"already-ended", "already-decided", "not-open", "excluded", "not-in-role", "field"}
    assert refused.keys() >= {"comment-required", "abstain-under-all", "return-not-offered", "old-digest", "claimed-by"}
    assert refused.keys() >= {"not-your-turn", "too-long", "paused"}
    assert moves.keys() >= {"voided", "escalated", "reminded", "added", "overdue", "attempt_failed", "decided"}
    assert moves.keys() >= {"held", "paused", "resumed", "reassigned", "jumped", "changed"}
    assert moves.keys() >= {"picked", "delegated", "undelegated"}
