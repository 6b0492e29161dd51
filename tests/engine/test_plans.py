"""Plans: written down and read back, what of them fits a playbook, and how far they have come."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import values
from engine.compiler import compile_text
from engine.fieldspec import FieldSpec
from engine.language.plan import Delivery, Milestone, Plan, from_json, to_json
from engine.lifecycles import RunStatus
from engine.plan_inputs import fitting, misfits
from engine.progress import Going, Outlook, Why, end_of, follow

TEXT = """
plan: eu-expansion
objective: Open two regions
owner: growth
milestones:
  - {id: second, due: 2026-09-30, runs: [{playbook: region-launch@^1, with: {region: be, people: 12, fast: true}}]}
  - id: pilot
    title: Pilot live
    owner: ops
    due: 2026-06-30
    runs: [{playbook: region-launch, with: {region: nl}}, {playbook: hire@2}]
"""
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LAUNCH, HIRE = Delivery("region-launch"), Delivery("hire")


def plan(*runs: Delivery, due: date = date(2026, 6, 30)) -> Plan:
    return Plan("p", "P", "O", "growth", milestones=(Milestone("pilot", "Pilot", "growth", due, runs),))


def run(
    key: int, status: RunStatus = RunStatus.RUNNING, nth: int = 0, of: str = "region-launch", **more: object
) -> Going:
    return Going(key, "pilot", nth, of, status, **more)


def test_a_plan_is_the_same_once_written_down_and_read_back() -> None:
    read = compile_text(TEXT, "plan.yaml").document
    assert isinstance(read, Plan)
    written = values.canonical(to_json(read))
    assert from_json(json.loads(written)) == read
    assert read.digest == values.digest(json.loads(written))
    assert read.milestones[0].runs[0].given == {"region": "be", "people": "12", "fast": True}


def test_what_a_plan_gives_is_held_against_the_inputs() -> None:
    inputs = (
        FieldSpec("region", "choice", options=("nl", "be")),
        FieldSpec("people", "integer", maximum=10),
        FieldSpec("key", "text", secret=True),
        FieldSpec("contract", "file"),
        FieldSpec("owner", "user"),
    )
    of = Delivery("region-launch", "", {"region": "be", "people": "12", "key": "k", "contract": "c", "regoin": "nl"})
    found = {one.name: (one.code, one.message) for one in misfits(of, inputs)}
    assert list(found) == ["people", "key", "contract", "regoin"]
    assert found["people"] == ("type-mismatch", "`people`: This must be at most 10.")
    assert found["regoin"][0] == "unknown-key"
    assert fitting(of, inputs) == {"region": "be"}, "what is open, like the owner, is asked for at the start"


def test_done_counts_what_completed_and_all_counts_what_the_plan_names() -> None:
    stand = follow(plan(LAUNCH, HIRE), [run(1, RunStatus.COMPLETED, ended_at=NOW)], NOW, UTC).milestones[0]
    assert (stand.done, stand.total, stand.outlook) == (1, 2, Outlook.ON_TIME)
    assert [slot.is_startable for slot in stand.slots] == [False, True]


def test_all_done_is_reached_and_says_when() -> None:
    ended = [
        run(1, RunStatus.COMPLETED, ended_at=NOW - timedelta(days=2)),
        run(2, RunStatus.COMPLETED, 1, "hire", ended_at=NOW),
    ]
    progress = follow(plan(LAUNCH, HIRE), ended, NOW + timedelta(days=90), UTC)
    assert (progress.outlook, progress.next, progress.done) == (Outlook.REACHED, None, 2)
    assert progress.milestones[0].reached_at == NOW


@pytest.mark.parametrize(
    ("going", "why"),
    [
        (run(1, needs_help=True), Why.NEEDS_HELP),
        (run(1, due_at=NOW - timedelta(hours=1)), Why.OVERDUE),
        (run(1, due_at=datetime(2026, 7, 1, 0, 0, 1, tzinfo=UTC)), Why.DUE_TOO_LATE),
        (run(1, RunStatus.FAILED), Why.TO_REPEAT),
        (run(1, RunStatus.CANCELLED), Why.TO_REPEAT),
    ],
)
def test_what_puts_a_milestone_at_risk(going: Going, why: Why) -> None:
    stand = follow(plan(LAUNCH), [going], NOW, UTC).milestones[0]
    assert (stand.outlook, [risk.why for risk in stand.risks]) == (Outlook.AT_RISK, [why])


def test_a_run_due_within_the_milestones_day_is_on_time() -> None:
    ends = run(1, due_at=datetime(2026, 6, 30, 23, 59, tzinfo=UTC))
    assert follow(plan(LAUNCH), [ends], NOW, UTC).outlook is Outlook.ON_TIME


def test_the_day_ends_where_the_plan_lives() -> None:
    amsterdam = ZoneInfo("Europe/Amsterdam")
    assert end_of(date(2026, 6, 30), amsterdam) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    just_over = datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert follow(plan(LAUNCH), [run(1)], just_over, amsterdam).outlook is Outlook.LATE
    assert follow(plan(LAUNCH), [run(1)], just_over, UTC).outlook is Outlook.ON_TIME


def test_a_repeat_takes_the_place_of_what_was_cancelled() -> None:
    stand = follow(plan(LAUNCH), [run(1, RunStatus.CANCELLED), run(2)], NOW, UTC).milestones[0]
    assert stand.slots[0].run == run(2)
    assert (stand.total, stand.risks, stand.slots[0].is_startable) == (1, (), False)


def test_a_plan_without_runs_is_never_reached_by_itself_but_by_those_linked_to_it() -> None:
    stand = follow(plan(), [], NOW, UTC).milestones[0]
    assert (stand.outlook, stand.risks[0].why) == (Outlook.AT_RISK, Why.NOTHING_DELIVERS)
    linked = follow(plan(), [run(1, RunStatus.COMPLETED, ended_at=NOW)], NOW, UTC).milestones[0]
    assert (linked.outlook, linked.done, linked.total) == (Outlook.REACHED, 1, 1)


def test_runs_keep_their_place_where_a_newer_version_names_them_in_another_order() -> None:
    stand = follow(plan(HIRE, LAUNCH), [run(1, RunStatus.CANCELLED, 0), run(2, nth=0)], NOW, UTC).milestones[0]
    assert [slot.run and slot.run.key for slot in stand.slots] == [None, 2]
    assert stand.besides == ()


def test_runs_of_a_milestone_that_is_gone_are_told_apart() -> None:
    lost = Going(9, "cut", 0, "hire", RunStatus.RUNNING)
    progress = follow(plan(LAUNCH), [lost], NOW, UTC)
    assert (progress.strays, progress.total) == ((lost,), 1)


GOING = st.builds(
    Going,
    key=st.integers(),
    milestone=st.sampled_from(["pilot", "cut"]),
    nth=st.integers(0, 4),
    playbook=st.sampled_from(["region-launch", "hire"]),
    status=st.sampled_from(RunStatus),
)


@given(st.lists(st.sampled_from([LAUNCH, HIRE]), max_size=3), st.lists(GOING, max_size=8))
def test_no_run_is_lost_or_counted_twice_and_done_is_never_more_than_all(
    runs: list[Delivery], going: list[Going]
) -> None:
    progress = follow(plan(*runs), going, NOW, UTC)
    shown = [one for stand in progress.milestones for slot in stand.slots for one in slot.runs]
    shown += [one for stand in progress.milestones for one in stand.besides] + list(progress.strays)
    assert sorted(map(repr, shown)) == sorted(map(repr, going))
    assert 0 <= progress.done <= progress.total
    assert (progress.outlook is Outlook.REACHED) == (0 < progress.done == progress.total)
