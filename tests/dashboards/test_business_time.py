"""What pages say of business time: lengths in words, and the dates they come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dashboards import ladders
from dashboards.templatetags.times import span
from engine.compiler import compile_text
from engine.definition import Definition
from engine.durations import BusinessTime
from engine.rehearsal.play import Directory, Play

FRIDAY = datetime(2026, 3, 6, 16, tzinfo=UTC)
TEXT = """\
playbook: sample
title: Sample
kind: sop
owner: team
roles:
  boss: {groups: [bosses]}
steps:
  - id: write
    task: {assign: starter}
    due: 2bd
    escalate:
      - {after: 3bd, go: fail}
      - {after: 1h, remind: starter}
      - {after: 4bh, add: boss}
"""


def definition() -> Definition:
    found = compile_text(TEXT).definition
    assert found is not None
    return found


def test_a_length_is_said_in_words() -> None:
    assert span(BusinessTime(days=2)) == "2 business days"
    assert span(BusinessTime(days=1, hours=4)) == "1 business day 4 business hours"
    assert span(timedelta(days=2)) == "2 d"


def test_the_ladder_of_a_playbook_stands_in_the_order_of_time() -> None:
    said = ladders.ahead(definition(), definition().steps["write"])
    assert [line.split(":")[0] for line in said] == ["After 1 h", "After 4 business hours", "After 3 business days"]
    assert "whoever started it is reminded" in said[0]


def test_the_ladder_of_a_visit_has_its_dates_before_and_after_they_come() -> None:
    play = Play(definition(), Directory(definition(), {"ann": []}), FRIDAY)
    play.start("ann", {})
    play.advance(timedelta(days=2, hours=22))
    visit = play.open_visit("write")
    lines = [(line.when, line.at) for line in ladders.of(play.definition, play.current, visit, play.now)]
    assert lines == [
        ("past", FRIDAY),
        ("past", FRIDAY + timedelta(hours=1)),
        ("past", datetime(2026, 3, 9, 12, tzinfo=UTC)),
        ("now", None),
        ("next", datetime(2026, 3, 10, 16, tzinfo=UTC)),
        ("next", datetime(2026, 3, 11, 16, tzinfo=UTC)),
    ]
