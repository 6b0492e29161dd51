"""What a gate's page is told: how everybody stands, and what the quorum lacks."""

from __future__ import annotations

from engine.definition import FieldSpec, Quorum
from engine.machine import rights
from engine.machine.advance import advance
from engine.machine.events import Cancel, Fire, Start
from tests.engine.building import gate, playbook, task
from tests.engine.machine.playing import (
    BEGIN,
    accepted,
    asking,
    began,
    code,
    fire,
    roles,
    there,
    vote,
    with_gate,
)


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
