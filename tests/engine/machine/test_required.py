"""What a gate requires of every vote and a task of whoever hands it in; and that digests know files by their bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.attachments import MOST, Attachment, trouble, written
from engine.definition import Definition, FieldSpec, Quorum, TaskSpec, to_json
from engine.lifecycles import REFUSALS
from engine.machine.commands import Advance, Refusal
from engine.machine.events import ChangeData, Complete
from engine.machine.state import dump
from engine.rehearsal.attaching import attached, file
from engine.rehearsal.play import Play
from tests.engine.building import end, gate, playbook, task
from tests.engine.machine.playing import (
    OPERATOR,
    PEOPLE,
    accepted,
    asking,
    began,
    code,
    data,
    one_gate,
    roles,
    vote,
    with_gate,
    with_step,
    withdraw,
)

ALL = ("comment", "evidence", "reauthenticate")
PLAN = Attachment("plan.pdf", 3, "application/pdf", "a" * 64)
OTHER = replace(PLAN, sha256="b" * 64)


def required(*names: str) -> Definition:
    return with_gate(one_gate(Quorum(count=2), on_return="gate"), require=names)


@pytest.mark.parametrize("choice", ["approve", "reject", "return", "abstain"])
def test_every_choice_needs_it_in_the_order_of_the_refusals(choice: str) -> None:
    play = began(required(*ALL), PEOPLE)
    asked = [
        code(vote(play, "ann", choice)),
        code(vote(play, "ann", choice, comment="so")),
        code(vote(play, "ann", choice, comment="so", evidence=("https://example.org/1",))),
    ]
    assert asked == ["comment-required", "evidence-required", "reauthenticate"]
    assert sorted(asked, key=list(REFUSALS).index) == asked
    accepted(vote(play, "ann", choice, comment="so", evidence=("https://example.org/1",), reauthenticated=True))


def test_nothing_is_needed_to_withdraw_and_all_of_it_to_change_a_vote() -> None:
    play = began(required("evidence", "reauthenticate"), PEOPLE)
    accepted(vote(play, "ann", evidence=("minutes.pdf",), reauthenticated=True))
    assert code(vote(play, "ann", "reject", evidence=("minutes.pdf",))) == "reauthenticate"
    assert code(vote(play, "ann", "reject", reauthenticated=True)) == "evidence-required"
    assert [one.name for one in asking(play).votes[0].evidence] == ["minutes.pdf"]
    accepted(withdraw(play, "ann"))


def test_what_a_vote_comes_with_is_kept_with_it() -> None:
    play = began(required(), PEOPLE)
    voted = accepted(vote(play, "ann", evidence=("minutes.pdf", "https://example.org/1")))
    files = written(attached(("minutes.pdf", "https://example.org/1")))
    assert voted.moves[0].data["evidence"] == files
    accepted(vote(play, "cy"))
    assert [one.get("evidence") for one in data(play, "gate")["votes"]] == [files, None]


@pytest.mark.parametrize(
    "file",
    [
        Attachment("ftp://example.org/x"),
        Attachment("javascript://example.org/%0aalert(1)"),
        Attachment("http://"),
        Attachment("https://example.org/" + "x" * 2_000),
        Attachment("plan.pdf"),
        replace(PLAN, sha256="A" * 64),
        replace(PLAN, size=-1),
        replace(PLAN, name=" "),
        replace(PLAN, name="a\nb"),
        replace(PLAN, type="pdf"),
    ],
)
def test_only_what_was_uploaded_and_links_of_the_web_are_evidence(file: Attachment) -> None:
    assert trouble([file])
    assert not trouble([PLAN] * MOST)
    assert trouble([PLAN] * (MOST + 1))


def with_task(*require: str, form: tuple[FieldSpec, ...] = (), show: tuple[str, ...] = ()) -> Definition:
    built = playbook(
        task("plan", assign="red", form=form),
        gate("gate", on_reject="plan", approvers=("green",), show=show),
        end("done"),
        roles=roles("red", "green", "blue"),
    )
    does = built.steps["plan"].does
    assert isinstance(does, TaskSpec)
    return with_step(built, "plan", does=replace(does, require=require))


def handed_in(play: Play, *files: Attachment, **form: Any) -> Advance | Refusal:
    visit = play.visit("plan")
    facts = play.facts("ann", visit)
    return play.apply(Complete(at=play.now, actor="ann", facts=facts, visit=visit, form=form, files=files))


def test_a_task_needs_a_file_or_link_beside_its_form() -> None:
    play = began(with_task("evidence", form=(FieldSpec("drawing", "file"),)), PEOPLE)
    drawing = written([PLAN])[0]
    assert code(handed_in(play, drawing=drawing)) == "evidence-required"
    assert code(handed_in(play, PLAN)) == "field:drawing"
    assert code(handed_in(play, PLAN, drawing="plan.pdf")) == "field:drawing"
    assert code(handed_in(play, Attachment("ftp://example.org"), drawing=drawing)) == "field:files"
    accepted(handed_in(play, PLAN, drawing=drawing))
    assert (data(play, "plan")["files"], data(play, "plan")["drawing"]) == (written([PLAN]), drawing)


@pytest.mark.parametrize("show", [("steps.plan",), ("steps.plan.files",), ("steps.plan.drawing",)])
def test_the_digest_of_what_is_shown_knows_a_file_by_its_bytes(show: tuple[str, ...]) -> None:
    found = set()
    for one in (PLAN, OTHER, PLAN):
        play = began(with_task(form=(FieldSpec("drawing", "file"),), show=show), PEOPLE)
        accepted(handed_in(play, one, drawing=written([one])[0]))
        found.add(asking(play).digest)
    assert len(found) == 2


def test_nothing_is_said_of_what_is_not_used() -> None:
    """A definition keeps its digest, and a state its bytes, where nothing is required and nothing attached."""
    definition = with_task(show=("steps.plan",))
    assert "require" not in to_json(definition)["steps"]["plan"]["does"]
    assert not any(name.endswith(".files") for name in to_json(definition)["names"])
    play = began(definition, PEOPLE)
    accepted(handed_in(play))
    assert b"files" not in dump(play.current)
    accepted(vote(play, "cy"))
    assert b"evidence" not in dump(play.current)


def test_another_file_is_no_correction_of_one() -> None:
    play = began(with_task(form=(FieldSpec("drawing", "file"),)), PEOPLE)
    accepted(handed_in(play, drawing=written([file("a.svg")])[0]))
    change = ChangeData(
        at=play.now, actor="operator", facts=OPERATOR, values={"steps.plan.drawing": written([PLAN])[0]}, reason="no"
    )
    assert code(play.apply(change)) == "field:steps.plan.drawing"
