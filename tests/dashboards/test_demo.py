"""The living demo: everybody and everything is there, and its log is as true as any other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db.models import Count, F, Max, Min
from django.test import override_settings

from dashboards.demo import build as demo
from dashboards.demo import organisation
from dashboards.governance import due as due_now
from dashboards.governance import keeping, matrix
from runs import definitions
from runs.clock import database_clock
from runs.ledger import verify_all
from runs.models import Candidate, Entry, Incident, Refused, Run, Step, Ticked, Vote, Work
from runs.staffing import readers
from workflows.models import GovernanceEntry, Part, Person, Review, Rollout, Version

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("demo")]


@dataclass(frozen=True)
class Built:
    """When the building began, and how long it computed: the clock on the wall also counts what others do."""

    at: datetime
    computing_seconds: float


@pytest.fixture(scope="module")
def lindhaven(django_db_setup: None, django_db_blocker: Any) -> Iterator[Built]:
    """The demo, built once for this module."""
    with django_db_blocker.unblock():
        at, began = database_clock(), time.process_time()
        with override_settings(DEMO=True):
            assert demo.build()
        yield Built(at, time.process_time() - began)
        call_command("flush", verbosity=0, interactive=False)


def open_runs(slug: str) -> Any:
    return Run.objects.open().filter(version__artifact__slug=slug)


def test_it_is_there_before_anybody_loses_patience(lindhaven: Built) -> None:
    assert lindhaven.computing_seconds < 55


def test_every_part_and_every_group_has_its_people(lindhaven: Built) -> None:
    assert 8 <= Person.objects.count() <= 12
    assert set(Part.objects.values_list("part", flat=True)) == set(Part.Kind.values)
    assert not Group.objects.filter(user__isnull=True).exists()
    assert set(Person.objects.values_list("time_zone", flat=True)) == {"Europe/Amsterdam"}
    assert all(person.check_password(organisation.PASSWORD) for person in Person.objects.all())


def test_a_month_has_ended_in_every_way(lindhaven: Built) -> None:
    ended = dict(Run.objects.filter(ended_at__isnull=False).values_list("status").annotate(runs=Count("pk")))

    assert 60 <= ended["completed"] <= 100
    assert ended["failed"] >= 3
    assert ended["cancelled"] >= 2
    days = set(Run.objects.filter(status="completed").values_list("ended_at__date", flat=True))
    assert len(days) >= 15
    assert Run.objects.aggregate(first=Min("started_at"))["first"] < database_clock() - timedelta(days=28)


def test_something_is_open_in_every_state(lindhaven: Built) -> None:
    steps = Step.objects.filter(run__ended_at__isnull=True)
    still_open = steps.filter(status__in=["open", "active"])

    assert still_open.filter(kind="task", status="open").exists()
    assert still_open.filter(kind="task", status="active", claimed_by__isnull=False).exists()
    assert still_open.filter(kind="gate").exists()
    assert still_open.filter(kind="wait").exists()
    assert still_open.filter(overdue=True).exists()
    assert Run.objects.open().filter(waiting=False, incident_count=0).exists(), "one that the workers move on"
    assert Ticked.objects.filter(step__in=still_open).exists(), "a checklist half way"
    incident = Incident.objects.get(status="open")
    assert (incident.code, incident.step and incident.step.name) == ("failed", "snapshot")


def test_a_gate_waits_for_every_manager(lindhaven: Built) -> None:
    def waits(username: str) -> set[str]:
        open_gates = Candidate.objects.filter(step__kind="gate", step__status="open")
        return set(open_gates.filter(person__username=username).values_list("step__name", flat=True))

    assert "board" in waits("marit")
    assert "board" in waits("sanjay")
    assert "manager-approval" in waits("hanna")
    assert "chain" in waits("owen")
    assert "chain" in waits("sofia")


def test_the_board_is_asked_for_the_second_time_with_one_vote_in(lindhaven: Built) -> None:
    run = open_runs("production-change").get(title__startswith="Ship tariff-api")
    first, second = run.steps.filter(name="board").order_by("number")

    assert (first.gate.status, second.gate.status) == ("rejected", "open")
    assert first.gate.digest != second.gate.digest
    assert [vote.person.username for vote in second.gate.votes.all()] == ["lucia"]


def test_a_chain_stands_half_way(lindhaven: Built) -> None:
    run = open_runs("purchase-approval").get(title__contains="transformer")

    assert [vote.person.username for vote in Vote.objects.filter(gate__step__run=run)] == ["hanna"]


def test_something_will_happen_within_minutes(lindhaven: Built) -> None:
    soon = database_clock() + timedelta(minutes=4)

    assert Work.objects.filter(status="ready", due_at__lte=soon).count() >= 3


def test_a_rollout_is_in_the_middle_of_its_districts(lindhaven: Built) -> None:
    run = open_runs("meter-rollout").get(title="Roll out 4.2 to the KM-5", status="running")
    still_open = {(step.name, step.scope) for step in run.steps.filter(status__in=["open", "active"])}

    assert still_open == {
        ("districts", ""),
        ("report", "districts[1]"),
        ("switch", "districts[2]"),
    }
    assert [signal.data["district"] for signal in definitions.state_of(run).kept] == ["Oude Stad"]
    assert open_runs("meter-district").get().steps.get(status="active").claimed_by.username == "ines"


def test_others_wait_for_a_place_stand_in_branches_and_are_taken_back(lindhaven: Built) -> None:
    queued = open_runs("meter-rollout").get(status="queued")
    assert queued.title == "Roll out 4.3 to the KM-5"
    branches = open_runs("meter-rollout").get(title__endswith="KM-7")
    assert set(branches.steps.filter(status__in=["open", "active"]).values_list("name", flat=True)) == {
        "prepare",
        "announce",
    }
    back = open_runs("meter-rollout").get(status="rolling_back")
    assert list(back.steps.filter(undoes__isnull=False).values_list("name", "status")) == [
        ("announce", "completed"),
        ("book", "open"),
    ]


def test_every_log_verifies(lindhaven: Built) -> None:
    assert list(verify_all(Run.objects.select_related("version"))) == []


def test_nothing_was_refused_and_nothing_lies_ahead(lindhaven: Built) -> None:
    assert not Refused.objects.exists()
    assert Entry.objects.aggregate(last=Max("at"))["last"] <= database_clock()
    assert not Step.objects.filter(ended_at__lt=F("opened_at")).exists()
    assert not Run.objects.filter(started_at__lt=F("version__published_at")).exists()


def test_nobody_is_left_waiting_for_the_clock(lindhaven: Built) -> None:
    """All that was due while the demo was built has been done, but for what its last seconds brought."""
    late = lindhaven.at - timedelta(seconds=20)

    assert not Work.objects.filter(status="ready", due_at__lt=late).exists()
    assert not Work.objects.filter(status="leased").exists()


def test_a_second_call_changes_nothing(lindhaven: Built) -> None:
    before = (Run.objects.count(), Entry.objects.count(), Person.objects.count(), Version.objects.count())

    with override_settings(DEMO=True):
        assert not demo.build()

    assert (Run.objects.count(), Entry.objects.count(), Person.objects.count(), Version.objects.count()) == before


def test_a_version_is_tried_on_some_of_the_new_runs(lindhaven: Built) -> None:
    rollout = Rollout.objects.get(status="under_way")
    since = Run.objects.filter(version__artifact=rollout.artifact, started_at__gte=rollout.started_at)
    assert {run.version for run in since} == {rollout.version, rollout.before}
    assert since.count() == 3


def test_what_governs_can_be_seen_in_every_state(lindhaven: Built) -> None:
    review = Review.objects.get(status="open")
    assert (review.quorum, [one.person.username for one in review.opinions.all()]) == (2, ["sanjay"])
    assert [remark.by.username for remark in review.version.remarks.filter(resolved_at=None)] == ["priya"]

    now, priya = database_clock(), Person.objects.get(username="priya")
    held = matrix.read(keeping.published(readers.paths(priya)), now)
    assert held.pending == 0
    assert {cell.state for row in held.rows for cell in row.cells} == {"holds", "broken", "excepted", "not-applicable"}
    [broken] = [row for row in held.rows if row.broken]
    assert not broken.version.runs.exists(), "nothing runs on what breaks a policy"

    due = {section.name for section in due_now.read(priya, readers.paths(priya), now).sections}
    assert {"reviews", "exceptions", "rollouts", "behind"} <= due


def test_the_log_of_what_was_decided_is_in_the_order_of_time(lindhaven: Built) -> None:
    told = list(GovernanceEntry.objects.order_by("pk").values_list("at", flat=True))
    assert told == sorted(told)
