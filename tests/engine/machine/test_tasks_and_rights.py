"""Tasks and who may do what with them; the sentences people read; the order in which refusals are tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine import values
from engine.definition import FieldSpec, Quorum, Rung, TaskSpec
from engine.lifecycles import REFUSALS, Choice, VisitStatus
from engine.machine import rights
from engine.machine.advance import advance
from engine.machine.commands import Refusal
from engine.machine.events import Cancel, CastVote, Claim, Complete, Facts, Fire, Release, Start, Tick
from tests.engine.building import gate, playbook, task
from tests.engine.machine.playing import (
    BEGIN,
    HOUR,
    OPERATOR,
    accepted,
    asking,
    began,
    code,
    data,
    fire,
    incident,
    open_steps,
    retry,
    roles,
    skip,
    there,
    vote,
    with_gate,
    with_step,
    withdraw,
)

CHECKED = TaskSpec(assign="red", checklist=("one", "two"), form=(FieldSpec("n", "integer", maximum=5, default=2),))


def checked() -> object:
    return with_step(playbook(task("task", assign="red"), roles=roles("red")), "task", does=CHECKED)


def test_what_a_completed_task_leaves() -> None:
    play = began(checked(), {"ann": "red"})  # type: ignore[arg-type]
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
    play = began(checked(), {"ann": "red"})  # type: ignore[arg-type]
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

    accepted(claim("ann"))  # type: ignore[arg-type]
    assert there(play, "task").status is VisitStatus.ACTIVE
    assert claim("bo") == Refusal("claimed-by", "ann has claimed this task.")
    assert release("bo") == Refusal("claimed-by", "ann has claimed this task.")
    accepted(release("operator"))  # type: ignore[arg-type]
    assert there(play, "task").claimed_by is None
    accepted(claim("bo"))  # type: ignore[arg-type]
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


def test_the_codes_are_tried_in_their_order() -> None:
    """Semantics [refusals]: of everything that is wrong at once, the first of the table is given."""
    built = with_gate(
        playbook(
            gate("gate", approvers=("red", "green"), quorum=Quorum(everyone=True), exclude=("starter",)),
            roles=roles("red", "green", "blue"),
        ),
        require=("comment",),
        order="sequential",
    )
    play = began(built, {"sam": "red", "ann": "red", "cy": "green"})

    def ask(person: str, choice: str, comment: str = "", digest: str = "wrong") -> str:
        return code(vote(play, person, choice, comment=comment, digest=digest))

    assert ask("sam", "return") == "excluded"
    assert ask("eve", "return") == "not-in-role"
    assert ask("cy", "return") == "not-your-turn"
    assert ask("ann", "abstain") == "comment-required"
    assert ask("ann", "abstain", "x") == "abstain-under-all"
    assert ask("ann", "return", "x") == "return-not-offered"
    assert ask("ann", "approve", "x") == "old-digest"
    assert code(play.apply(_vote(play.current.at, 7))) == "not-open"
    play.state = replace(play.current, paused=True)
    assert ask("sam", "return") == "paused"
    assert code(play.complete("gate", "sam", {})) == "paused"
    play.state = replace(play.current, seq=20_000)
    assert ask("sam", "return") == "too-long"
    accepted(play.apply(Cancel(at=play.now, actor="operator", facts=OPERATOR)))
    assert ask("sam", "return") == "already-ended"
    codes = list(REFUSALS)
    wanted = ["already-ended", "too-long", "paused", "already-decided", "not-open", "excluded", "not-in-role"]
    wanted += ["not-your-turn", "claimed-by", "comment-required", "evidence-required", "reauthenticate"]
    assert codes == [*wanted, "abstain-under-all", "return-not-offered", "old-digest"]


def _vote(at: object, visit: int) -> CastVote:
    return CastVote(at=at, actor="ann", visit=visit, choice=Choice.APPROVE, digest="x")  # type: ignore[arg-type]


def test_whoever_comes_too_late_is_told_who_was_first() -> None:
    built = playbook(gate("gate", approvers=("red",)), task("after"), roles=roles("red"))
    play = began(built, {"ann": "red", "bo": "red"})
    play.advance(timedelta(minutes=12))
    accepted(vote(play, "ann"))
    assert vote(play, "bo") == Refusal("already-decided", "Already approved by ann at 09:12.")
    assert withdraw(play, "ann") == Refusal("already-decided", "Already approved by ann at 09:12.")
    accepted(play.complete("after", "sam", {}))
    assert vote(play, "bo") == Refusal("already-ended", "This run has ended. Already approved by ann at 09:12.")
    assert play.complete("after", "sam", {}) == Refusal("already-ended", "This run has ended: it is completed.")


def test_a_lost_role_is_named_as_such() -> None:
    play = began(playbook(gate("gate", approvers=("red",)), roles=roles("red")), {"ann": "red", "bo": "red"})
    play.directory.leave("ann", ["red"])
    assert vote(play, "ann") == Refusal("not-in-role", "You no longer have the role that you were asked in.")
    play.directory.join("cy", ["red"])
    assert vote(play, "cy") == Refusal(
        "not-in-role", "You joined after this gate had opened; its roster does not change."
    )
    assert vote(play, "eve") == Refusal("not-in-role", "Only red decide here, and you are not among them.")


def test_operators_and_nobody_else_operate() -> None:
    play = began(playbook(task("task")), {})
    nobody = Facts(roles=("user:sam",))
    assert code(skip(play, "task", "sam", nobody)) == "not-in-role"
    assert code(retry(play, "task", nobody)) == "not-open", "there is nothing to retry"
    assert code(play.apply(Cancel(at=play.now, actor="sam", facts=nobody))) == "not-in-role"
    assert code(retry(play, "task")) == "not-open"
    assert open_steps(play) == ["task"]


def test_only_whom_the_gate_does_not_exclude_may_skip_it() -> None:
    play = began(playbook(gate("gate", approvers=("red",)), roles=roles("red")), {"ann": "red"})
    assert code(skip(play, "gate", "sam", replace(OPERATOR, roles=("user:sam",)))) == "excluded"
    accepted(skip(play, "gate"))


def test_events_out_of_place_are_refused() -> None:
    built = playbook(task("task"), inputs=(FieldSpec("n", "integer"),))
    assert code(advance(built, None, Cancel(at=BEGIN))) == "not-open"
    assert code(advance(built, None, Start(at=BEGIN, run="r"))) == "field:n"
    assert code(advance(built, None, Start(at=BEGIN, run="r", inputs={"n": "x"}))) == "field:n"
    assert code(advance(built, None, Start(at=BEGIN, run="r", inputs={"n": 1, "m": 1}))) == "field:m"
    play = began(built, n=1)
    assert code(play.apply(Start(at=BEGIN, run="r", inputs={"n": 1}))) == "not-open"
    assert code(fire(play, "1:due:0:0")) == "not-open"
    assert code(play.apply(Fire(at=BEGIN, timer=""))) == "not-open"


def test_a_gate_page_is_told_how_everybody_stands_and_what_is_missing() -> None:
    built = with_gate(
        playbook(
            task("plan", assign="blue"),
            gate("gate", approvers=("red", "green"), quorum=Quorum(per_role={"red": 2, "green": 1})),
            roles=roles("red", "green", "blue"),
        ),
        exclude=("starter", "plan"),
    )
    people = {"ann": "red", "bo": "red", "cy": "green", "di": "blue red", "sam": "green"}
    play = began(built, people)
    accepted(play.complete("plan", "di", {}))
    accepted(vote(play, "ann"))
    held = {person: play.directory.roles_of(person) for person in people}
    held["bo"] = ()
    found = {one.person: one for one in rights.standing(built, play.current, there(play, "gate"), held)}
    assert [(one.person, one.may, one.code, one.why) for one in found.values()] == [
        ("ann", True, "", ""),
        ("bo", False, "not-in-role", "no longer has the role"),
        ("cy", True, "", ""),
        ("di", False, "excluded", "did Plan"),
        ("sam", False, "excluded", "started this run"),
    ]
    assert found["ann"].counts
    assert found["ann"].vote == asking(play).votes[0]
    lacks = rights.missing(built, play.current, there(play, "gate"))
    assert sorted(map(str, lacks)) == ["1 approval of green", "1 approval of red"]


def test_missing_in_words() -> None:
    for quorum, words in (
        (Quorum(count=2), ["2 approvals"]),
        (Quorum(count=1), ["1 approval"]),
        (Quorum(everyone=True), ["the approval of ann or of a stand-in", "the approval of bo or of a stand-in"]),
        (Quorum(per_role={"red": 2}), ["2 approvals of red"]),
    ):
        built = playbook(gate("gate", approvers=("red",), quorum=quorum), roles=roles("red"))
        play = began(built, {"ann": "red", "bo": "red"})
        assert [str(lack) for lack in rights.missing(built, play.current, there(play, "gate"))] == words
