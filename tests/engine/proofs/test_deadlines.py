"""Row 9: the longest way by due times, followed step by step, and lengths compared only where that is certain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings

from engine.calendars import OFFICE_HOURS
from engine.compiler import compile_text
from engine.definition import Definition, Rung, StepSpec, TaskSpec
from engine.durations import BusinessTime, Length
from engine.language.places import Places
from engine.problems import Problem
from engine.proofs import deadlines, ladders, lengths
from engine.proofs.finding import Case
from tests.engine.playbooks_by_chance import definitions

HEAD = "playbook: sample\ntitle: Sample\nkind: runbook\nowner: platform\n"
HOUR = timedelta(hours=1)


def overrun(text: str) -> Problem | None:
    found = [problem for problem in compile_text(HEAD + text).problems if problem.code == "sla-overrun"]
    assert len(found) <= 1
    return found[0] if found else None


LOOP = """\
sla: {sla}
steps:
  - id: plan
    task: {{assign: starter}}
    due: 1d
  - id: board
    gate: {{approvers: [user:dana], exclude: []}}
    due: 1d
    on_reject: plan
  - id: rest
    wait: 2d
  - id: short
    task: {{assign: starter, outcomes: [again, enough]}}
    due: 2h
    on_outcome: {{again: rest}}
"""


@pytest.mark.parametrize(("sla", "fits"), [("4d2h", True), ("4d1h", False), ("2d", False)])
def test_each_loop_counts_once_and_waits_count(sla: str, fits: bool) -> None:
    found = overrun(LOOP.format(sla=sla))
    assert (found is None) is fits
    if found is not None:
        assert found.example == ("plan", "board", "rest", "short")
        assert found.message.startswith("By their due times the steps on the longest way take 4 d 2 h")


def test_the_longest_of_two_ways_is_shown() -> None:
    text = """\
sla: 1d
inputs: {n: {type: integer}}
steps:
  - id: route
    decide:
      - {when: inputs.n > 1, go: long}
      - {otherwise: short}
  - id: short
    task: {assign: starter}
    due: 1h
    next: done
  - id: long
    task: {assign: starter}
    due: 25h
  - id: done
    end: completed
"""
    found = overrun(text)
    assert found is not None
    assert found.example == ("route", "long")


def test_business_time_is_added_up_before_it_is_compared() -> None:
    two = "steps:\n  - {id: a, task: {assign: starter}, due: 1bd}\n  - {id: b, task: {assign: starter}, due: 1bd}\n"
    assert overrun(f"sla: 2bd\n{two}") is None
    assert overrun(f"sla: 1bd4bh\n{two}") is not None
    assert overrun(f"sla: 5d\n{two}") is None
    worst = overrun(f"sla: 4d\n{two}")
    assert worst is not None, "from a Friday's closing on, two working days end on Wednesday morning"


@pytest.mark.parametrize(
    ("one", "other", "shorter"),
    [
        (HOUR, 2 * HOUR, True),
        (HOUR, HOUR, False),
        (BusinessTime(days=1), BusinessTime(days=2), True),
        (BusinessTime(days=1, hours=3), BusinessTime(days=2), False),
        (BusinessTime(hours=1), timedelta(days=2), False),
        (BusinessTime(hours=1), timedelta(days=4), True),
        (timedelta(days=1), BusinessTime(days=2), False),
        (timedelta(days=1), BusinessTime(days=3), True),
    ],
)
def test_one_length_is_shorter_for_certain(one: Length, other: Length, shorter: bool) -> None:
    assert lengths.is_shorter(one, other, OFFICE_HOURS) is shorter


def test_the_worst_week_has_the_days_off_in_it() -> None:
    day = BusinessTime(days=1)
    assert OFFICE_HOURS.slowest(day) == timedelta(days=3, hours=16)
    without_a_monday = replace(OFFICE_HOURS, closed=(date(2026, 3, 9), date(2026, 3, 10)))
    assert without_a_monday.slowest(BusinessTime(hours=1)) == timedelta(days=4, hours=17)
    before_it = replace(OFFICE_HOURS, closed=(date(2026, 3, 6),))
    assert before_it.slowest(BusinessTime(hours=1)) == timedelta(days=3, hours=17)


@settings(max_examples=150, deadline=None)
@given(definitions())
def test_the_way_that_is_shown_can_be_followed_and_passes_what_it_counts(definition: Definition) -> None:
    case = Case(replace(definition, sla=timedelta(0)), Places({}))
    deadlines.prove(case)
    ladders.prove(case)
    for problem in case.found:
        assert problem.code in ("sla-overrun", "ladder-order")
        if not problem.example:
            continue
        assert problem.example[0] == case.moves.onward[""][0]
        assert all(there in case.moves.onward[here] for here, there in pairwise(problem.example))


def test_a_rung_behind_a_closing_one_with_a_condition_is_climbed() -> None:
    closing = Rung(after=HOUR, outcome="no", when="inputs.n > 1")
    step = StepSpec("a", "A", TaskSpec(outcomes=("no",)), escalate=(closing, Rung(after=2 * HOUR, incident=True)))
    built = Definition("sample", "Sample", "sop", "team", steps={"a": step}, lists={"": ("a",)})
    case = Case(built, Places({}))
    ladders.prove(case)
    assert case.found == []
    never = replace(step, escalate=(replace(closing, when=None), step.escalate[1]))
    case = Case(replace(built, steps={"a": never}), Places({}))
    ladders.prove(case)
    assert [problem.code for problem in case.found] == ["ladder-order"]
