"""Rungs that hand a task on, call an operator or count back from the due time; and one of a role that is picked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.calendars import OFFICE_HOURS
from engine.definition import Quorum, Rung, TaskSpec
from engine.durations import BusinessTime, Length
from engine.machine import ladder, picking
from engine.machine.commands import Refusal
from engine.machine.events import Claim, Load, Pick
from engine.machine.moments import after, before
from tests.engine.building import action, gate, playbook
from tests.engine.machine.playing import (
    BEGIN,
    HOUR,
    accepted,
    answer,
    asking,
    began,
    code,
    data,
    incident,
    kinds,
    laddered,
    open_steps,
    performs,
    retry,
    roles,
    there,
    vote,
    with_step,
)

PEOPLE = {"ann": "red", "bo": "red", "cy": "blue"}


def claim(play, person):
    visit = play.visit("task")
    return play.apply(Claim(at=play.now, actor=person, facts=play.facts(person, visit), visit=visit))


def test_a_reassigned_task_is_taken_from_whoever_has_it() -> None:
    play = began(laddered(Rung(after=HOUR, add="user:zed"), Rung(after=2 * HOUR, reassign="blue")), PEOPLE, n=1)
    accepted(claim(play, "ann"))
    play.advance(2 * HOUR)
    visit = there(play, "task")
    assert (visit.status, visit.assigned, visit.added, visit.claimed_by) == ("open", "blue", (), None)
    moved = next(move for move in play.moves if move.kind == "reassigned")
    assert moved.data == {"to": "blue", "from": "user:ann", "by": "", "reason": "", "rung": 1}
    assert code(play.complete("task", "ann", {}, outcome="yes")) == "not-in-role"
    assert code(play.complete("task", "zed", {}, outcome="yes")) == "not-in-role"
    accepted(play.complete("task", "cy", {}, outcome="yes"))


def test_a_reassigned_task_needs_no_operator_for_whom_it_was_meant() -> None:
    built = laddered(Rung(after=HOUR, reassign="user:cy"))
    play = began(with_step(built, "task", does=TaskSpec(assign="${steps.task.by}")), PEOPLE, n=1)
    assert incident(play, "task") == "expression"
    play.advance(HOUR)
    assert incident(play, "task") is None
    accepted(play.complete("task", "cy", {}))


def test_an_operator_is_called_and_the_step_stays_open() -> None:
    play = began(laddered(Rung(after=HOUR, incident=True), Rung(after=2 * HOUR, reassign="blue")), PEOPLE, n=1)
    play.advance(2 * HOUR)
    assert incident(play, "task") == "escalated"
    answered = accepted(retry(play, "task"))
    assert kinds(answered) == ["resolved"]
    assert there(play, "task").assigned == "blue", "answering the call changes nothing at the step"
    accepted(play.complete("task", "cy", {}, outcome="yes"))


def test_a_call_at_a_gate_keeps_its_votes() -> None:
    rungs = (Rung(after=HOUR, incident=True),)
    built = playbook(
        gate("gate", approvers=("red",), quorum=Quorum(everyone=True), escalate=rungs), roles=roles("red", "blue")
    )
    play = began(built, PEOPLE)
    accepted(vote(play, "ann"))
    play.advance(HOUR)
    accepted(retry(play, "gate"))
    assert [one.person for one in asking(play).votes] == ["ann"]
    accepted(vote(play, "bo"))
    assert data(play, "gate")["decision"] == "approved"


def test_what_goes_wrong_takes_the_place_of_a_call() -> None:
    play = began(playbook(action("ship", escalate=(Rung(after=HOUR, incident=True),))))
    play.advance(HOUR)
    assert incident(play, "ship") == "escalated"
    assert kinds(accepted(answer(play, "ship", "error")))[-2:] == ["resolved", "incident"]
    assert incident(play, "ship") == "failed"
    (again,) = performs(accepted(retry(play, "ship")))
    assert again.attempt == 2


def test_a_call_makes_way_for_too_few_people_and_is_no_second_incident() -> None:
    rungs = (Rung(after=HOUR, incident=True),)
    built = playbook(gate("gate", approvers=("red",), quorum=Quorum(count=3), escalate=rungs), roles=roles("red"))
    play = began(built, PEOPLE)
    play.advance(HOUR)
    assert incident(play, "gate") == "roster"


def test_rungs_count_back_from_the_due_time() -> None:
    rungs = (Rung(before_due=HOUR, remind=("assigned",)), Rung(before_due=9 * HOUR, add="blue"))
    play = began(laddered(*rungs, due=8 * HOUR), PEOPLE, n=1)
    coming = ladder.future(play.definition, play.current)
    assert [(str(one), one.at - BEGIN) for one in coming] == [
        ("add blue", timedelta(0)),
        ("remind assigned", 7 * HOUR),
        ("due", 8 * HOUR),
    ]


def test_a_repeated_reminder_before_the_due_time_keeps_its_beat_after_it() -> None:
    play = began(laddered(Rung(before_due=HOUR, remind=("red",), every=HOUR), due=3 * HOUR), PEOPLE, n=1)
    play.advance(timedelta(hours=4, minutes=30))
    (timer,) = play.current.timers.values()
    assert (timer.due_at, timer.nth) == (BEGIN + 5 * HOUR, 3)


FRIDAY = datetime(2026, 3, 6, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "length", "wanted"),
    [
        (datetime(2026, 3, 9, 10, tzinfo=UTC), BusinessTime(hours=1), datetime(2026, 3, 9, 9, tzinfo=UTC)),
        (datetime(2026, 3, 9, 10, tzinfo=UTC), BusinessTime(hours=2), datetime(2026, 3, 6, 16, tzinfo=UTC)),
        (datetime(2026, 3, 9, 20, tzinfo=UTC), BusinessTime(hours=1), datetime(2026, 3, 9, 16, tzinfo=UTC)),
        (
            datetime(2026, 3, 9, 10, 0, 0, 7, tzinfo=UTC),
            BusinessTime(days=1),
            datetime(2026, 3, 6, 10, 0, 0, 7, tzinfo=UTC),
        ),
        (datetime(2026, 3, 9, 10, tzinfo=UTC), BusinessTime(days=3), FRIDAY),
        (datetime(2026, 3, 9, 10, tzinfo=UTC), 2 * HOUR, datetime(2026, 3, 9, 8, tzinfo=UTC)),
        (datetime(2026, 3, 9, 10, tzinfo=UTC), timedelta.max, FRIDAY),
    ],
)
def test_so_much_time_before(due: datetime, length: Length, wanted: datetime) -> None:
    found = before(due, length, FRIDAY, OFFICE_HOURS)
    assert found == wanted
    if found > FRIDAY:
        assert after(found, length, OFFICE_HOURS) <= due < after(found + HOUR, length, OFFICE_HOURS)


def picked(how: str):
    return with_step(laddered(), "task", does=TaskSpec(assign="red", pick=how))


def test_one_of_the_role_is_picked_and_only_that_one_may() -> None:
    play = began(picked("round-robin"), PEOPLE, n=1)
    assert there(play, "task").assigned == "user:ann"
    assert code(play.complete("task", "bo", {})) == "not-in-role"
    (event,) = [event for event in play.events if isinstance(event, Pick)]
    assert event.people == {"ann": Load(), "bo": Load()}
    late = play.apply(Pick(at=play.now, visit=1, people={"bo": Load()}))
    assert code(late) == "not-open"
    accepted(play.complete("task", "ann", {}))
    assert isinstance(play.apply(event), Refusal)


def test_nobody_to_pick_from_is_an_incident_and_a_retry_asks_again() -> None:
    play = began(picked("least-busy"), {}, n=1)
    assert (incident(play, "task"), there(play, "task").assigned) == ("roster", "red")
    play.directory.join("bo", ["red"])
    accepted(retry(play, "task"))
    assert (incident(play, "task"), there(play, "task").assigned) == (None, "user:bo")


def test_a_reassigned_task_of_nobody_needs_no_pick() -> None:
    built = with_step(picked("round-robin"), "task", escalate=(Rung(after=HOUR, reassign="blue"),))
    play = began(built, {"cy": "blue"}, n=1)
    play.advance(HOUR)
    assert (incident(play, "task"), open_steps(play)) == (None, ["task"])
    accepted(play.complete("task", "cy", {}))


@pytest.mark.parametrize(
    ("loads", "in_turn", "least_busy"),
    [
        ({}, None, None),
        ({"bo": Load(), "ann": Load()}, "ann", "ann"),
        ({"ann": Load(0, 2), "bo": Load(5, 1)}, "bo", "ann"),
        ({"ann": Load(1, 2), "bo": Load(1, 1), "cy": Load(9)}, "cy", "bo"),
    ],
)
def test_who_is_picked(loads: dict[str, Load], in_turn: str | None, least_busy: str | None) -> None:
    assert picking.choose(loads, "round-robin") == in_turn
    assert picking.choose(loads, "least-busy") == least_busy


def test_of_two_rungs_at_once_the_call_comes_in_the_place_it_has() -> None:
    rungs = (Rung(after=HOUR, incident=True), Rung(after=HOUR, outcome="no"))
    play = began(laddered(*rungs), PEOPLE, n=1)
    play.advance(HOUR)
    assert data(play, "task")["outcome"] == "no"
    told = ("escalated", "incident", "completed", "resolved")
    found = [move.kind for move in play.moves if move.kind in told and move.step == "task"]
    assert found == ["escalated", "incident", "escalated", "completed", "resolved"]
