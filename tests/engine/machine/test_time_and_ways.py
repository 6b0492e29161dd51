"""Ladders, waits, guards, decisions, computed values, limits: everything that moves a run without people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine import values
from engine.definition import Definition, FieldSpec, Quorum, Rung, SetSpec, WaitSpec
from engine.lifecycles import VisitStatus
from engine.machine import ladder, settling
from engine.machine.advance import advance
from engine.machine.events import Cancel, Fire, Start
from tests.engine.building import action, compute, decide, end, gate, playbook, task, wait
from tests.engine.machine.playing import (
    BEGIN,
    HOUR,
    OPERATOR,
    accepted,
    answer,
    began,
    code,
    data,
    fire,
    incident,
    kinds,
    open_steps,
    retry,
    roles,
    skip,
    there,
    vote,
    with_step,
)

N = (FieldSpec("n", "integer"),)
NAMES = {"inputs.n": "int", "now": "timestamp"}


def laddered(*rungs: Rung, **common: object) -> Definition:
    built = playbook(
        task("task", assign="red", outcomes={"yes": None, "no": None}, escalate=rungs, **common),
        end("done"),
        inputs=N,
        names=NAMES,
        roles=roles("red", "blue"),
    )
    return built


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


@pytest.mark.parametrize(
    ("spec", "hours"),
    [
        (WaitSpec(length=HOUR), 1),
        (WaitSpec(until="timestamp('2026-03-02T11:00:00Z')"), 2),
        (WaitSpec(until="timestamp('2026-03-02T09:00:00Z')"), 0),
        (WaitSpec(until="timestamp('2020-03-02T11:00:00Z')"), 0),
        (WaitSpec(length=timedelta(0)), 0),
    ],
)
def test_a_wait_ends_at_its_time_and_at_once_in_the_past(spec: WaitSpec, hours: int) -> None:
    built = with_step(playbook(wait("hold", HOUR), task("after"), names=NAMES), "hold", does=spec)
    play = began(built)
    if hours:
        play.advance(hours * HOUR - timedelta(seconds=1))
        assert open_steps(play) == ["hold"]
        play.advance(timedelta(seconds=1))
    assert open_steps(play) == ["after"]
    assert data(play, "hold") == {"at": values.encode(BEGIN + hours * HOUR)}


def test_a_wait_for_what_is_no_time_is_an_incident() -> None:
    built = with_step(playbook(wait("hold", HOUR), task("after"), names=NAMES), "hold", does=WaitSpec(until="1 + 1"))
    play = began(built)
    assert incident(play, "hold") == "expression"
    accepted(skip(play, "hold"))
    assert open_steps(play) == ["after"]


def test_the_first_rule_that_holds_wins_and_an_error_before_it_stops() -> None:
    built = playbook(
        decide("way", ("10 / inputs.n > 4", "a"), ("inputs.n < 100", "b"), otherwise="c"),
        task("a"),
        task("b"),
        task("c"),
        inputs=N,
        names=NAMES,
    )
    for n, step in ((2, "a"), (9, "b"), (100, "c"), (0, "way")):
        assert open_steps(began(built, n=n)) == [step]
    assert incident(began(built, n=0), "way") == "expression"


def test_no_rule_that_fits_is_an_incident() -> None:
    play = began(playbook(decide("way", ("inputs.n > 1", "a")), task("a"), inputs=N, names=NAMES), n=1)
    assert incident(play, "way") == "no-match"
    play.state = replace(play.current, inputs={"n": 2})
    accepted(retry(play, "way"))
    assert open_steps(play) == ["a"]


def test_all_values_are_computed_from_what_was_there_before() -> None:
    names = {**NAMES, "steps.sum.a": "int", "steps.sum": "dyn"}
    built = playbook(
        compute("sum", a="inputs.n + 1", b="has(steps.sum.a) ? steps.sum.a : 0"),
        task("ask", outcomes={"more": "sum", "enough": "leave"}),
        inputs=N,
        names=names,
    )
    play = began(built, n=1)
    assert data(play, "sum")["b"] == 0
    accepted(play.complete("ask", "sam", {}, outcome="more"))
    assert (data(play, "sum")["a"], data(play, "sum")["b"]) == (2, 2)


def test_one_value_that_fails_sets_none() -> None:
    built = with_step(
        playbook(compute("sum", a="1"), task("after"), inputs=N, names=NAMES),
        "sum",
        does=SetSpec(assign={"a": "1", "b": "1 / inputs.n"}),
    )
    play = began(built, n=0)
    assert (data(play, "sum"), incident(play, "sum")) == (None, "expression")


def test_a_guard_skips_or_keeps_shut_but_is_no_visit() -> None:
    built = playbook(
        task("a", when="1 / inputs.n > 0"),
        task("b", next="d", when="inputs.n > 5"),
        task("c"),
        task("d"),
        inputs=N,
        names=NAMES,
    )
    play = began(built, n=0)
    assert there(play, "a").status is VisitStatus.WAITING
    assert play.current.counts == {}
    assert code(play.complete("a", "sam", {})) == "not-open"
    play.state = replace(play.current, inputs={"n": 1})
    accepted(retry(play, "a"))
    assert there(play, "a").status is VisitStatus.OPEN
    accepted(play.complete("a", "sam", {}))
    assert open_steps(play) == ["d"], "a skipped step leaves by its next"
    assert play.current.counts == {"": {"a": 1, "d": 1}}


def endless() -> Definition:
    return playbook(compute("a", n="1"), compute("b", next="a", n="2"), names=NAMES)


def test_a_thousand_steps_in_one_go_stop_before_the_next() -> None:
    play = began(endless())
    (visit,) = play.current.visits.values()
    assert (visit.step, visit.status, incident(play, "a")) == ("a", VisitStatus.WAITING, "runaway")
    assert sum(play.current.counts[""].values()) == settling.MOVES == 1_000
    accepted(retry(play, "a"))
    assert sum(play.current.counts[""].values()) == 2_001, "the one that waited, and a thousand more"
    accepted(play.apply(Cancel(at=play.now, actor="operator", facts=OPERATOR)))


def test_a_run_is_as_long_as_a_run_may_be_and_can_then_only_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "ENTRIES", 4)
    play = began(laddered(Rung(after=HOUR, remind=("red",), every=HOUR)), PEOPLE, n=1)
    play.advance(10 * HOUR)
    assert (play.current.seq, play.current.timers, incident(play, "task")) == (4, {}, "runaway")
    assert code(play.complete("task", "ann", {}, outcome="yes")) == "too-long"
    assert code(retry(play, "task")) == "too-long"
    accepted(play.apply(Cancel(at=play.now, actor="operator", facts=OPERATOR)))


def test_time_never_runs_backwards_in_a_run() -> None:
    play = began(laddered(Rung(after=HOUR, remind=("red",))), PEOPLE, n=1)
    play.now = BEGIN + HOUR
    accepted(fire(play, "1:rung:0:0"))
    earlier = advance(play.definition, play.current, Cancel(at=BEGIN, actor="operator", facts=OPERATOR))
    assert accepted(earlier).state.at == BEGIN + HOUR


def test_times_past_the_end_of_the_calendar_stay_at_its_end() -> None:
    late = datetime(9999, 12, 31, tzinfo=UTC)
    built = laddered(Rung(after=10 * HOUR, remind=("red",)), due=timedelta(days=300))
    answered = accepted(advance(built, None, Start(at=late, actor="sam", run="r", inputs={"n": 1})))
    assert max(timer.due_at for timer in answered.state.timers.values()).year == 9999
    assert code(advance(built, answered.state, Fire(at=late, timer="1:due:0:0"))) == "not-open"


def test_a_run_that_ends_evaluates_its_outputs_and_an_error_leaves_one_unset() -> None:
    built = playbook(end("done"), inputs=N, names=NAMES, outputs={"a": "inputs.n + 1", "b": "1 / inputs.n"})
    play = began(built, n=0)
    assert play.current.outputs == {"a": 1}
    assert [move.kind for move in play.moves][-2:] == ["note", "ended"]
    failed = began(playbook(end("done", "failed"), inputs=N, names=NAMES, outputs={"a": "1"}), n=0)
    assert (failed.current.outputs, failed.current.status.value) == ({}, "failed")


def test_texts_that_cannot_be_filled_in_say_so_and_go_on() -> None:
    built = playbook(task("task", instructions="So ${1 / inputs.n}."), inputs=N, names=NAMES)
    built = replace(built, run_title="Run ${inputs.n / 0}")
    play = began(with_step(built, "task", title="Task ${inputs.n}"), n=0)
    assert (play.current.title, there(play, "task").title, there(play, "task").instructions) == (
        "Run [?]",
        "Task 0",
        "So [?].",
    )
    assert [move.kind for move in play.moves].count("note") == 2


def test_infinite_numbers_survive_their_bytes() -> None:
    built = playbook(compute("sum", a="1.0 / 0.0"), task("after"), names=NAMES)
    play = began(built)
    assert open_steps(play) in (["after"], ["sum"])
