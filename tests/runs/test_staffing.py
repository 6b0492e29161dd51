"""Who can still decide: what the operators' board says when people leave, and who would help."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import operate
from runs.models import Incident, Run, Shortage, StaffingCheck
from runs.outcomes import is_accepted
from runs.staffing import check, published
from runs.work.sweep import sweep
from tests.runs import house
from workflows.models import DirectoryEntry, Person, Version

pytestmark = pytest.mark.django_db

People = dict[str, Person]


def leave(person: Person, group: str) -> None:
    """What the directory's verbs leave behind: the change, and its line in the log."""
    person.groups.remove(Group.objects.get(name=group))
    DirectoryEntry.objects.create(at=timezone.now(), by="olga", kind="left", person=person, about=group)


def join(person: Person, group: str) -> None:
    person.groups.add(Group.objects.get(name=group))
    DirectoryEntry.objects.create(at=timezone.now(), by="olga", kind="joined", person=person, about=group)


def publish(slug: str, quorum: int) -> Version:
    return house.publish(house.playbook(slug, [house.gate("board", quorum=quorum), house.end()]))


@pytest.fixture
def asked(people: People) -> Run:
    """A gate that needs three, and three managers."""
    return house.begin(publish("asked", 3), people["ann"])


def open_shortages() -> list[tuple[str, str]]:
    return list(Shortage.objects.filter(run__isnull=False, resolved_at=None).values_list("says", "help"))


def test_a_membership_that_changes_is_on_the_board_within_a_sweep(people: People, asked: Run) -> None:
    sweep()
    assert (open_shortages(), house.now(asked).incident_count) == ([], 0)
    leave(people["mo"], "managers")
    sweep()
    ((says, helps),) = open_shortages()
    assert says == "It still needs 3 approvals, and only Max Mill and Mia Moss may vote now."
    assert "Mo Marsh had been asked and may no longer vote" in helps
    incident = Incident.objects.get(run=asked)
    assert (incident.code, incident.step.name, incident.message) == ("nobody-eligible", "board", f"{says} {helps}")
    assert house.now(asked).incident_count == 1
    join(people["mo"], "managers")
    sweep()
    assert (open_shortages(), house.now(asked).incident_count) == ([], 0)
    assert Incident.objects.get(run=asked).status == "resolved"


def test_a_gate_that_opens_with_too_few_says_who_would_help(people: People) -> None:
    version = publish("four", 4)
    run = house.begin_many(version, people["ann"], 1)[0]
    assert Incident.objects.get(run=run).code == "roster"
    sweep()
    ((says, helps),) = open_shortages()
    assert says == "It still needs 4 approvals, and only Max Mill, Mia Moss and Mo Marsh may vote now."
    assert helps == "One more person in manager, whom an operator's retry then asks."
    assert Incident.objects.filter(run=run).count() == 1
    join(people["zoe"], "managers")
    sweep()
    assert open_shortages() == [(says, "Zoe Zell joined since; an operator's retry asks them.")]
    assert is_accepted(operate.retry(house.now(run), 1, people["olga"], "Zoe is here"))
    check.again()
    sweep()
    assert open_shortages() == []


def test_one_vote_a_person_counts_and_services_never(people: People, asked: Run) -> None:
    people["mo"].is_service = True
    people["mo"].save()
    check.again()
    sweep()
    assert "only Max Mill and Mia Moss" in open_shortages()[0][0]


def test_a_published_gate_that_nobody_can_meet_any_more_is_a_row(people: People) -> None:
    version = publish("asked", 3)
    sweep()
    row = Shortage.objects.get(version=version)
    assert (row.name, row.is_warning) == ("board", True)
    assert row.says == (
        "When Max Mill starts the run, the gate “Board” has only Mia Moss and Mo Marsh left, and it needs 3"
        " approvals of manager."
    )
    leave(people["mo"], "managers")
    sweep()
    row = Shortage.objects.get(version=version)
    assert (row.name, row.is_warning) == ("board", False)
    assert row.says == "The gate “Board” needs 3 approvals of manager, and there is only Max Mill and Mia Moss."
    assert row.help == "One more person in manager would do."
    publish("asked", 2)
    sweep()
    row.refresh_from_db()
    assert row.resolved_at is not None


def statements(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def test_a_quiet_half_second_costs_one_statement(people: People, asked: Run) -> None:
    check.check()
    assert statements(check.check) == 1


def test_the_number_of_statements_is_the_same_for_many_runs_and_playbooks(people: People, change: Version) -> None:
    gate = publish("asked", 1)
    house.begin_many(gate, people["ann"], 2)
    check.check()
    check.again()
    few = statements(check.check)
    house.begin_many(gate, people["ann"], 20)
    for number in range(5):
        publish(f"asked-{number}", 1)
    published.look()
    check.again()
    assert statements(check.check) == few


def test_two_clocks_do_it_once_and_one_that_died_is_followed(people: People) -> None:
    check.check()
    check.again()
    now = timezone.now()
    StaffingCheck.objects.update(claimed_at=now)
    assert statements(check.check) <= 2
    assert StaffingCheck.objects.get().is_due
    StaffingCheck.objects.update(claimed_at=now - timedelta(minutes=2))
    check.check()
    assert (StaffingCheck.objects.get().is_due, StaffingCheck.objects.get().claimed_at) == (False, None)


def test_every_night_it_is_asked_once(people: People) -> None:
    check.check()
    tomorrow = (timezone.now() + timedelta(days=1)).date()
    assert statements(lambda: check.check(tomorrow)) > 1
    assert statements(lambda: check.check(tomorrow)) == 1
