"""Tasks: whose they are, claiming, what a submission must hold and what it leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import values
from engine.definition import FieldSpec, Rung, TaskSpec
from engine.lifecycles import VisitStatus
from engine.machine.commands import Refusal
from engine.machine.events import Claim, Complete, Release, Tick
from tests.engine.building import playbook, task
from tests.engine.machine.playing import (
    BEGIN,
    HOUR,
    accepted,
    began,
    code,
    data,
    incident,
    retry,
    roles,
    skip,
    there,
    with_step,
)

CHECKED = TaskSpec(assign="red", checklist=("one", "two"), form=(FieldSpec("n", "integer", maximum=5, default=2),))


def checked() -> object:
    return with_step(playbook(task("task", assign="red"), roles=roles("red")), "task", does=CHECKED)


def test_what_a_completed_task_leaves() -> None:
    play = began(checked(), {"ann": "red"})
    at = BEGIN - HOUR
    done = Complete(
        at=play.now,
        actor="ann",
        facts=play.facts("ann", 1),
        visit=1,
        checklist={"one": Tick(by="bo", at=at), "two": Tick(by="ann", at=BEGIN)},
    )
    accepted(play.apply(done))
    assert data(play, "task") == {
        "n": 2,
        "by": "ann",
        "at": values.encode(BEGIN),
        "checklist": {
            "one": {"by": "bo", "at": values.encode(at)},
            "two": {"by": "ann", "at": values.encode(BEGIN)},
        },
    }
    assert play.current.doers == {"task": ("ann",)}


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"form": {"n": 6}}, "field:n"),
        ({"form": {"n": "1"}}, "field:n"),
        ({"form": {"m": 1}}, "field:m"),
        ({"checklist": {"one": Tick(by="ann", at=BEGIN)}}, "field:checklist"),
        ({"outcome": "yes"}, "field:outcome"),
    ],
)
def test_a_submission_that_breaks_something_applies_nothing(fields: dict[str, object], refused: str) -> None:
    play = began(checked(), {"ann": "red"})
    ticks = {item: Tick(by="ann", at=BEGIN) for item in ("one", "two")}
    event = Complete(at=BEGIN, actor="ann", facts=play.facts("ann", 1), visit=1, form={"n": 1}, checklist=ticks)
    before = play.current
    assert code(play.apply(replace(event, **fields))) == refused
    assert play.current is before
    accepted(play.apply(event))


def test_assigned_to_the_starter_to_a_person_to_whom_an_expression_names() -> None:
    names = {"inputs.who": "string"}
    for assign, expected in (("starter", "user:sam"), ("user:zed", "user:zed"), ("${inputs.who}", "user:eve")):
        built = playbook(task("task", assign=assign), inputs=(FieldSpec("who", "user"),), names=names)
        assert there(began(built, who="eve"), "task").assigned == expected


def test_an_assignment_that_cannot_be_evaluated_waits_for_an_operator() -> None:
    built = playbook(task("task", assign="${steps.task.by}"), names={"steps.task.by": "string"})
    play = began(built)
    assert incident(play, "task") == "expression"
    assert code(play.complete("task", "sam", {})) == "not-in-role"
    accepted(retry(play, "task"))
    assert incident(play, "task") == "expression"
    accepted(skip(play, "task"))
    assert play.current.status.value == "completed"


def test_claiming_and_releasing() -> None:
    play = began(playbook(task("task", assign="red"), roles=roles("red")), {"ann": "red", "bo": "red"})

    def claim(person: str) -> object:
        return play.apply(Claim(at=play.now, actor=person, facts=play.facts(person, 1), visit=1))

    def release(person: str) -> object:
        return play.apply(Release(at=play.now, actor=person, facts=play.facts(person, 1), visit=1))

    accepted(claim("ann"))
    assert there(play, "task").status is VisitStatus.ACTIVE
    assert claim("bo") == Refusal("claimed-by", "ann has claimed this task.")
    assert release("bo") == Refusal("claimed-by", "ann has claimed this task.")
    accepted(release("operator"))
    assert there(play, "task").claimed_by is None
    accepted(claim("bo"))
    assert code(play.complete("task", "ann", {})) == "claimed-by"
    accepted(play.complete("task", "bo", {}))


def test_whoever_completes_for_somebody_is_a_doer_too() -> None:
    play = began(playbook(task("task", assign="red"), task("next"), roles=roles("red")), {"ann": "red"})
    accepted(play.complete("task", "operator", {}, on_behalf_of="ann"))
    assert play.current.doers == {"task": ("ann", "operator")}
    assert data(play, "task")["by"] == "ann"


def test_an_outcome_by_a_rule_leaves_the_form_unset_and_names_nobody() -> None:
    built = playbook(
        task("task", outcomes={"yes": None, "no": None}, escalate=(Rung(after=HOUR, outcome="no"),)),
        task("next"),
    )
    play = began(built)
    play.advance(HOUR)
    assert data(play, "task") == {
        "by": "engine",
        "outcome": "no",
        "checklist": {},
        "at": values.encode(BEGIN + HOUR),
    }
    assert play.current.doers == {}
    assert code(play.complete("task", "sam", {}, outcome="yes")) == "not-open"
