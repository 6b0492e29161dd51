"""Decisions, computed values and guards, and what an evaluation that fails does (semantics [error], [set])."""

from __future__ import annotations

from dataclasses import replace

from engine.definition import Rung, SetSpec
from engine.lifecycles import VisitStatus
from tests.engine.building import compute, decide, playbook, task
from tests.engine.machine.playing import (
    HOUR,
    NAMES,
    N,
    accepted,
    began,
    code,
    data,
    incident,
    open_steps,
    retry,
    skip,
    there,
    with_step,
)

PEOPLE = {"ann": "red", "bo": "red", "cy": "blue"}


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


def test_a_later_visit_that_is_skipped_or_cancelled_unsets_what_an_earlier_one_left() -> None:
    rung = Rung(after=HOUR, go="after")
    built = playbook(
        task("a", outcomes={"again": "a", "on": None}, escalate=(rung,)), task("after", next="a"), names=NAMES
    )
    for leave in ("skip", "cancel"):
        play = began(built)
        accepted(play.complete("a", "sam", {}, outcome="again"))
        assert data(play, "a")["outcome"] == "again"
        if leave == "skip":
            accepted(skip(play, "a"))
        else:
            play.advance(HOUR)
        assert (open_steps(play), data(play, "a")) == (["after"], None)
        assert play.current.counts[""]["a"] == 2
