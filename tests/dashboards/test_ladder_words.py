"""What pages say of each rung of a ladder, beforehand, ahead with dates, and afterwards; and of whoever is picked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboards import ladders
from dashboards.course.sentences import Told, tell
from dashboards.shelf import prose
from engine.compiler import compile_text
from engine.definition import Definition
from engine.diagrams import words
from engine.rehearsal.play import Directory, Play

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEXT = """\
playbook: sample
title: Sample
kind: sop
owner: team
inputs:
  grave: {type: boolean}
roles:
  agent: {groups: [agents]}
  boss: {groups: [bosses]}
steps:
  - id: write
    task: {assign: {role: agent, pick: round-robin}}
    due: 2d
    escalate:
      - {after: 4h, remind: assigned, every: 4h}
      - {after: 1d, remind: boss, when: inputs.grave}
      - {before_due: 8h, reassign: boss}
      - {before_due: 2h, go: check}
      - {after: 3d, incident: true}
  - id: check
    gate: {approvers: [boss, agent], quorum: {boss: 1, agent: 1}}
    escalate:
      - {after: 1h, add: "user:zed", for: boss}
  - id: file
    task: {assign: {role: agent, pick: least-busy}}
"""


@pytest.fixture(scope="module")
def definition() -> Definition:
    compiled = compile_text(TEXT)
    assert [problem.code for problem in compiled.problems] == ["ladder-order"]
    assert compiled.definition is not None
    return compiled.definition


@pytest.fixture
def play(definition: Definition) -> Play:
    play = Play(definition, Directory(definition, {"ann": ["agents"], "bob": ["bosses"]}), MONDAY)
    play.start("sam", {"grave": False})
    return play


def lines(play: Play) -> list[tuple[str, datetime | None, str]]:
    visit = play.open_visit("write")
    return [(line.when, line.at, line.words) for line in ladders.of(play.definition, play.current, visit, play.now)]


def test_the_ladder_of_a_playbook_says_every_rung(definition: Definition) -> None:
    assert ladders.ahead(definition, definition.steps["write"]) == [
        "After 4 h: whoever it is assigned to is reminded, and again every 4 h.",
        "After 1 d: everybody in the role boss is reminded if the playbook's condition holds.",
        "8 h before it is due: it is taken from whoever has it and given to everybody in the role boss.",
        "2 h before it is due: it is taken from whoever has it, which opens Check.",
        "After 3 d: an operator is called; it stays open.",
    ]
    (added,) = ladders.ahead(definition, definition.steps["check"])
    assert added.endswith("may vote too, for boss.")
    way = next(way for way in definition.ways["write"] if way.trigger == "rung:3")
    assert words.label(definition, way) == "2 h before it is due"


def test_the_future_has_the_date_of_every_rung(play: Play) -> None:
    hour = timedelta(hours=1)
    assert [(at - MONDAY) / hour for when, at, _ in lines(play) if when == "next" and at] == [4, 24, 40, 46, 48, 72]
    play.advance(5 * hour)
    assert [(at - MONDAY) / hour for when, at, _ in lines(play) if when == "next" and at] == [8, 24, 40, 46, 48, 72]


def test_what_has_passed_is_said_as_far_as_it_is_known(play: Play) -> None:
    play.advance(timedelta(hours=41))
    past = [said for when, _, said in lines(play) if when == "past"]
    assert past == [
        "Opened",
        "Everybody in the role boss was reminded if the playbook's condition held",
        "It was taken from whoever had it and given to everybody in the role boss",
    ]


def test_the_log_says_who_was_picked_who_has_it_now_and_that_an_operator_was_called(play: Play) -> None:
    play.advance(timedelta(hours=41))
    told = Told("The machine", "", "timer", lambda name: name.removeprefix("user:").capitalize(), {1: "Write it"})
    moves = [{"kind": move.kind, "visit": 1, "step": "write", "data": move.data} for move in play.moves]
    said = [sentence.text for move in moves for sentence in tell([move], told)]
    assert "Write it is for Ann, who of the role Agent is next in turn." in said
    assert "Write it got no answer: the playbook gives it from Ann to everybody in the role Boss." in said
    (called,) = tell([{"kind": "escalated", "visit": 1, "step": "write", "data": {"rung": 4, "incident": True}}], told)
    assert called.text == "Write it got no answer: the playbook calls an operator."


def test_the_prose_says_how_one_is_picked(definition: Definition) -> None:
    whom = {told.step.id: told.who for told in prose.tell(definition)}
    assert whom["write"] == "one of agent in turn, 2 d"
    assert whom["file"] == "one of agent with the fewest open tasks"
