"""The past is folded, not stored: the log folded to any entry gives what the tables held when that was the newest."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.lifecycles import RunStatus
from engine.rehearsal import play
from engine.rehearsal.world import World
from runs import claim, complete, operate, past
from runs.models import Run, Step
from runs.outcomes import is_accepted
from runs.rehearsal import Live
from tests.dashboards import office
from tests.runs import house, rows_then
from tests.runs.test_live_rehearsal import named
from workflows.models import Part, Person, Unit

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def run(people: People) -> Run:
    """A board's run, started by somebody in no role of it."""
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["zoe"], part=Part.Kind.MEMBER)
    return house.begin(house.publish(office.board()), people["zoe"], service="shop")


class Watched(Live):
    """Real runs that are folded anew after everything that happens to any of them."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.looked: dict[Any, int] = {}

    def start(self, *told: Any) -> None:
        super().start(*told)
        self.look()

    def deliver(self, *told: Any) -> None:
        super().deliver(*told)
        self.look()

    def look(self) -> None:
        for run in Run.objects.all():
            if self.looked.get(run.pk) != run.seq:
                rows_then.hold(run)
                self.looked[run.pk] = run.seq


@pytest.mark.parametrize(
    "scenario",
    [
        "cancel, pause and resume go down",
        "the first item ends the others",
        "in the exact reverse order, each with the data of its time",
        "a join that can no longer be met is an operator's, who may begin it again or go on without",
        "a vote is handed to somebody, who votes with that right as it is then",
        "a delegate claims and hands in tasks as whoever delegated could, and both have done it",
    ],
)
def test_at_every_moment_it_is_what_the_tables_held(scenario: str) -> None:
    assert play(named(scenario), Watched).passed
    assert Run.objects.exists()


def test_pauses_repairs_votes_and_escalations_too(people: People, run: Run) -> None:
    """One run through what operators do, looked at after each act."""
    olga = people["olga"]

    def ok(outcome: object) -> None:
        assert is_accepted(outcome), outcome
        rows_then.hold(run)

    def now() -> Run:
        return Run.objects.get(pk=run.pk)

    ok(claim.claim(now(), 1, people["ann"]))
    ok(claim.release(now(), 1, people["ann"]))
    ok(operate.reassign(now(), 1, olga, "user:ben", "ann is away"))
    ok(operate.pause(now(), olga, "exercise"))
    ok(operate.resume(now(), olga, "go on"))
    office.plan(run, people["ben"])
    rows_then.hold(run)
    office.cast(run, people["mia"], "approve", "go")
    rows_then.hold(run)
    office.cast(run, people["max"], "reject", "not so fast")
    then = rows_then.hold(run)
    assert [step.gate.status for step in then.steps if step.kind == "gate"] == ["rejected"]
    assert [end is not None for _, end in then.pauses] == [True]
    ok(operate.cancel(now(), olga, "enough"))
    assert then.run.status == RunStatus.RUNNING


def test_an_earlier_entry_is_as_it_was_and_reads_as_much(people: People, run: Run) -> None:
    complete_board(run, people)
    run = Run.objects.select_related("version", "unit", "started_by").get(pk=run.pk)
    assert run.status == RunStatus.COMPLETED
    with CaptureQueriesContext(connection) as few:
        first = past.after(run, 1)
    assert (first.run.status, first.run.seq, first.run.ended_at) == (RunStatus.RUNNING, 1, None)
    assert [(step.name, step.status) for step in first.steps] == [("plan", "open")]
    with CaptureQueriesContext(connection) as many:
        last = past.after(run, run.seq)
    assert len(few) <= 3
    assert len(many) == 3
    assert last.run.head == run.head


def test_nothing_of_it_is_saved(run: Run) -> None:
    before = (Run.objects.count(), Step.objects.count())
    then = past.after(run, 1)
    assert (Run.objects.count(), Step.objects.count()) == before
    assert then.steps[0].pk is None


def complete_board(run: Run, people: People) -> None:
    office.plan(run, people["ann"])
    for username in ("mia", "max"):
        office.cast(run, people[username], "approve")
    tell = office.at(run, "tell")
    complete.complete(Run.objects.get(pk=run.pk), tell.number, people["ben"], {})
