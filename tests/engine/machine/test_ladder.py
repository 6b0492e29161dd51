"""Due times and the rungs of a ladder: when, in which order, how often, to whom (semantics [ladder])."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.definition import Quorum, Rung
from engine.machine import ladder
from tests.engine.building import action, gate, playbook, task
from tests.engine.machine.playing import (
    BEGIN,
    HOUR,
    NAMES,
    N,
    accepted,
    answer,
    began,
    code,
    data,
    fire,
    incident,
    kinds,
    laddered,
    open_steps,
    retry,
    roles,
    there,
    vote,
)

PEOPLE = {"ann": "red", "bo": "red", "cy": "blue"}


def test_due_marks_and_rungs_fire_in_their_order_once_each() -> None:
    rungs = (
        Rung(after=HOUR, remind=("blue",)),
        Rung(after=HOUR, remind=("assigned", "user:zed")),
        Rung(after=HOUR, add="blue"),
    )
    play = began(laddered(*rungs, due=HOUR), PEOPLE, n=1)
    assert [timer.key for timer in ladder.due(play.current.timers.values(), BEGIN + HOUR)] == [
        "1:due:0:0",
        "1:rung:0:0",
        "1:rung:1:0",
        "1:rung:2:0",
    ]
    play.advance(HOUR - timedelta(seconds=1))
    assert code(fire(play, "1:rung:0:0")) == "not-open"
    play.advance(timedelta(seconds=1))
    assert there(play, "task").overdue
    assert play.reminded == {"ann", "bo", "cy", "zed"}
    assert there(play, "task").added == ("blue",)
    assert code(fire(play, "1:rung:0:0")) == "not-open"
    accepted(play.complete("task", "cy", {}, outcome="yes"))
    assert play.current.timers == {}


def test_a_condition_is_asked_once_at_firing_and_false_spends_the_rung() -> None:
    rungs = (Rung(after=HOUR, when="inputs.n > 1", remind=("red",), every=HOUR),)
    play = began(laddered(*rungs), PEOPLE, n=1)
    play.advance(5 * HOUR)
    assert (play.reminded, play.current.timers) == (set(), {})
    play = began(laddered(*rungs), PEOPLE, n=2)
    play.advance(HOUR)
    assert play.reminded == {"ann", "bo"}
    assert [timer.key for timer in play.current.timers.values()] == ["1:rung:0:1"]


def test_a_repeated_rung_does_not_ask_again() -> None:
    play = began(laddered(Rung(after=HOUR, when="inputs.n > 1", remind=("red",), every=HOUR)), PEOPLE, n=2)
    play.advance(HOUR)
    play.reminded.clear()
    play.state = replace(play.current, inputs={"n": 1})
    play.advance(HOUR)
    assert play.reminded == {"ann", "bo"}


def test_a_repeated_reminder_that_missed_many_fires_once_and_keeps_its_beat() -> None:
    play = began(laddered(Rung(after=HOUR, remind=("red",), every=HOUR)), PEOPLE, n=1)
    play.now = BEGIN + 5 * HOUR + timedelta(minutes=30)
    accepted(fire(play, "1:rung:0:0"))
    (timer,) = play.current.timers.values()
    assert (timer.due_at, timer.nth) == (BEGIN + 6 * HOUR, 1)


def test_a_condition_that_fails_is_an_incident_and_a_retry_asks_it_again() -> None:
    rungs = (
        Rung(after=HOUR, when="1 / inputs.n > 0", add="blue"),
        Rung(after=HOUR, when="2 / inputs.n > 0", outcome="no"),
    )
    play = began(laddered(*rungs), PEOPLE, n=0)
    play.advance(HOUR)
    found = there(play, "task").incident
    assert found is not None
    assert (found.code, found.rungs, found.of_rungs) == ("expression", (0, 1), True)
    accepted(retry(play, "task"))
    assert incident(play, "task") == "expression"
    play.state = replace(play.current, inputs={"n": 1})
    asked = accepted(retry(play, "task"))
    assert kinds(asked)[0] == "resolved"
    assert data(play, "task")["outcome"] == "no"


def test_a_failed_rung_joins_an_incident_that_is_there() -> None:
    built = playbook(
        action("ship", escalate=(Rung(after=HOUR, when="1 / inputs.n > 0", go="after"),)),
        task("after"),
        inputs=N,
        names=NAMES,
    )
    play = began(built, n=0)
    accepted(answer(play, "ship", "error"))
    play.advance(HOUR)
    found = there(play, "ship").incident
    assert found is not None
    assert (found.code, found.rungs, found.of_rungs) == ("failed", (0,), False)
    play.state = replace(play.current, inputs={"n": 1})
    accepted(retry(play, "ship"))
    assert open_steps(play) == ["after"]


def test_what_closes_at_the_same_moment_sends_no_reminder() -> None:
    rungs = (Rung(after=HOUR, remind=("red",)), Rung(after=2 * HOUR, outcome="no"))
    play = began(laddered(*rungs), PEOPLE, n=1)
    play.now = BEGIN + 3 * HOUR
    answered = accepted(fire(play, "1:rung:0:0"))
    assert kinds(answered) == ["note"]
    play = began(laddered(rungs[0], replace(rungs[1], when="inputs.n > 1")), PEOPLE, n=1)
    play.now = BEGIN + 3 * HOUR
    assert kinds(accepted(fire(play, "1:rung:0:0"))) == ["reminded"], "the rule does not close it after all"


def test_a_rung_goes_elsewhere() -> None:
    built = playbook(gate("gate", approvers=("red",), escalate=(Rung(after=HOUR, go="b"),)), task("a"), task("b"))
    play = began(built, PEOPLE)
    play.advance(HOUR)
    assert (open_steps(play), play.path, data(play, "gate")) == (["b"], [], None)
    assert code(vote(play, "ann")) == "not-open"


def test_pending_and_approvers_are_whom_the_gate_waits_for_and_all_on_its_roster() -> None:
    rungs = (Rung(after=HOUR, remind=("pending",)), Rung(after=2 * HOUR, remind=("approvers",)))
    built = playbook(
        gate("gate", approvers=("red", "blue"), escalate=rungs, quorum=Quorum(everyone=True)),
        roles=roles("red", "blue"),
    )
    play = began(built, PEOPLE)
    accepted(vote(play, "ann"))
    play.advance(HOUR)
    assert play.reminded == {"bo", "cy"}
    play.advance(HOUR)
    assert play.reminded == {"ann", "bo", "cy"}


def test_the_future_of_a_step() -> None:
    rungs = (
        Rung(after=2 * HOUR, remind=("assigned",), every=HOUR),
        Rung(after=HOUR, when="inputs.n > 1", add="blue"),
        Rung(after=3 * HOUR, outcome="no"),
        Rung(after=3 * HOUR, go="done"),
    )
    built = laddered(*rungs, due=2 * HOUR)
    play = began(built, PEOPLE, n=1)
    coming = ladder.future(built, play.current, 1)
    assert [(str(one), (one.at - BEGIN) / HOUR, one.when, one.rung) for one in coming] == [
        ("add blue", 1, "inputs.n > 1", 1),
        ("due", 2, None, None),
        ("remind assigned", 2, None, 0),
        ("outcome no", 3, None, 2),
        ("go done", 3, None, 3),
    ]
    assert coming[2].every_seconds == 3600
    assert ladder.future(built, play.current, 99) == []
    assert ladder.future(built, play.current) == coming
