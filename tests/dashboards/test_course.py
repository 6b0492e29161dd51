"""The course of a run: its time line, its drawing when it has ended, and a sentence for every kind of move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from dashboards.course import picture, timeline
from dashboards.course.sentences import TELLERS, Told, tell
from dashboards.course.under import Scene
from engine.definition import Definition
from engine.diagrams import words
from engine.diagrams.shapes import NOTE
from runs import definitions
from runs.models import Run, Step
from tests.dashboards import rows
from workflows.models import Person

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 29, 11, 0, tzinfo=UTC)


@pytest.fixture
def ines() -> Person:
    return rows.person("ines", first="Ines", last="Okafor")


def visits(run: Run) -> list[Step]:
    return list(run.steps.select_related("claimed_by", "gate").order_by("number"))


def nowhere(step: Step) -> str:
    return ""


def scene(definition: Definition, run: Run) -> Scene:
    return Scene(definition, definitions.state_of(run), {}, timezone.now())


def test_bars_lie_on_the_track_in_order_and_in_proportion(ines: Person) -> None:
    run = rows.run(rows.version(), ines, started_at=NOON)
    rows.step(
        run, "plan", "task", 1, "completed", claimed_at=NOON + timedelta(hours=1), ended_at=NOON + timedelta(hours=3)
    )
    rows.step(run, "board", "gate", 2, opened_at=NOON + timedelta(hours=3))
    drawn = timeline.of(run, visits(run), (), NOON + timedelta(hours=4))
    wait, work = drawn.tracks[0].bars
    (gate,) = drawn.tracks[1].bars
    assert [bar.kind for bar in (wait, work, gate)] == ["wait", "work", "gate"]
    assert 0 < wait.x < work.x < gate.x < 100
    assert work.width == pytest.approx(2 * wait.width)
    assert gate.x + gate.width == pytest.approx(drawn.now_x)
    assert "waited, " in drawn.tracks[0].says


def test_an_incident_cuts_the_bar(ines: Person) -> None:
    run = rows.run(rows.version(), ines, started_at=NOON)
    step = rows.step(run, "ship", "action")
    stuck = rows.incident(run, step)
    stuck.opened_at = NOON + timedelta(hours=1)
    drawn = timeline.of(run, visits(run), (stuck,), NOON + timedelta(hours=3))
    assert [(bar.kind, round(bar.width)) for bar in drawn.tracks[0].bars] == [("machine", 31), ("failed", 63)]


def test_second_visits_are_numbered_and_old_ones_of_long_runs_left_out(ines: Person) -> None:
    run = rows.run(rows.version(), ines, started_at=NOON)
    for number in range(1, 81):
        at = NOON + timedelta(minutes=number)
        rows.step(run, "plan", "task", number, "completed", title="Plan", opened_at=at, ended_at=at)
    drawn = timeline.of(run, visits(run), (), NOON + timedelta(hours=2))
    assert (len(drawn.tracks), drawn.left_out) == (timeline.SHOWN, 20)
    assert drawn.tracks[0].name == "Plan, 21st"
    assert drawn.tracks[1].name == "Plan, 22nd"
    assert drawn.tracks[-1].name == "Plan, 80th"


def test_days_on_the_axis_are_the_readers_also_when_clocks_change(ines: Person) -> None:
    run = rows.run(rows.version(), ines, started_at=NOON - timedelta(days=3))
    with timezone.override("Europe/Amsterdam"):
        drawn = timeline.of(run, visits(run), (), NOON)
    assert [tick.words for tick in drawn.ticks] == ["Fri 27", "Sat 28", "Sun 29"]
    lengths = [later.x - earlier.x for earlier, later in zip(drawn.ticks, drawn.ticks[1:], strict=False)]
    assert lengths[0] == pytest.approx(lengths[1])  # 28 March has 24 hours; the 29th, of 23, ends after the axis


def test_a_run_of_a_second_and_one_of_a_year_have_readable_axes(ines: Person) -> None:
    for length in (timedelta(seconds=1), timedelta(days=400)):
        run = rows.run(rows.version(status="deprecated"), ines, "completed", started_at=NOON, ended_at=NOON + length)
        drawn = timeline.of(run, visits(run), (), NOON + length)
        assert len(drawn.ticks) <= timeline.TICKS + 1
        assert all(0 <= tick.x <= 100 for tick in drawn.ticks)


def test_a_failed_run_ends_at_its_mark_and_what_was_not_reached_is_dotted(ines: Person) -> None:
    definition = rows.change()
    run = rows.run(rows.version(definition), ines, "failed", ended_at=timezone.now())
    rows.step(run, "plan", "task", 1, "completed", ended_at=timezone.now())
    rows.step(run, "route", "decide", 2, "completed")
    rows.step(run, "ship", "action", 3, "failed", ended_at=timezone.now())
    drawn = picture.of_run(scene(definition, run), run, visits(run), nowhere)
    states = {one.node.step: one.state for one in drawn.nodes if one.node.step}
    assert states == {"plan": "done", "route": "done", "board": "skipped", "ship": "failed", "done": "skipped"}
    ways = {(arrow.edge.source, arrow.edge.target): arrow.state for arrow in drawn.edges}
    assert ways["route", "ship"] == "done"
    assert ways["route", "board"] == "skipped"
    assert ways["", "plan"] == "done"


def test_words_under_a_title_fit_the_node(ines: Person) -> None:
    long = rows.person("long", first="Wilhelmina", last="van Oosterhout-Groenewegen")
    definition = rows.change()
    run = rows.run(rows.version(definition), ines)
    rows.step(run, "plan", "task", 1, claimed_by=long, opened_at=timezone.now() - timedelta(days=3, hours=5))
    drawn = picture.of_run(scene(definition, run), run, visits(run), nowhere)
    for one in drawn.nodes:
        assert words.width(one.sub, NOTE) <= max(one.node.w - 42, 0)


DATA = {
    "by": "ines",
    "person": "ines",
    "to": "ines",
    "opens_at": "2026-03-02T22:00:00+00:00",
    "people": ["ines"],
    "barred": [],
    "roles": [],
    "name": "user:ines",
    "choice": "approve",
    "comment": "fine",
    "status": "approved",
    "outcome": "reject",
    "attempt": 2,
    "error": "broken",
    "code": "failed",
    "message": "it broke",
    "question": "Go on?",
    "text": "A note.",
    "rung": 0,
}


@pytest.mark.parametrize("kind", sorted(TELLERS))
def test_every_kind_of_move_is_told_and_none_breaks(kind: str) -> None:
    told = Told(
        "Ines Okafor", "", "claim", lambda _: "Ines Okafor", {1: "Change board"}, {"board": "task"}, lambda _: "Service"
    )
    data = {**DATA, "status": "completed"} if kind == "ended" else DATA
    data = {**data, "name": "papers"} if kind in ("signalled", "kept") else data
    said = tell([{"kind": kind, "visit": 1, "step": "board", "data": data}], told)
    assert said[0].text
    assert "ines" not in " ".join(sentence.text for sentence in said).replace("Ines", "")
    assert "acted (" not in said[0].text, f"{kind} has no sentence"


def test_the_reason_of_an_operator_is_quoted() -> None:
    told = Told("Olga Oak", "Called off", "cancel", str, {})
    said = tell([{"kind": "ended", "visit": None, "step": None, "data": {"status": "cancelled"}}], told)
    assert (said[0].text, said[0].quote) == ("Olga Oak cancelled the run.", "Called off")
