"""Who can still decide: what the operators' board says when people leave, and who would help."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engine.machine.commands import Refusal
from runs import operate, start
from runs.be_away import Away, be_away, come_back
from runs.models import Incident, Notice, Run, Shortage, StaffingCheck
from runs.outcomes import is_accepted
from runs.staffing import check, published, starting, words
from runs.work.audit import audit
from runs.work.sweep import sweep
from tests.runs import house
from workflows.models import DirectoryEntry, Part, Person, Unit, Version

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


def something_changes() -> None:
    DirectoryEntry.objects.create(
        at=timezone.now(), by="olga", kind="changed", person=Person.objects.get(username="ann")
    )


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
    audit()
    assert open_shortages() == []


def test_one_vote_a_person_counts_and_services_never(people: People, asked: Run) -> None:
    people["mo"].is_service = True
    people["mo"].save()
    DirectoryEntry.objects.create(at=timezone.now(), by="olga", kind="changed", person=people["mo"])
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
    something_changes()
    few = statements(check.check)
    house.begin_many(gate, people["ann"], 20)
    for number in range(5):
        publish(f"asked-{number}", 1)
    published.look()
    something_changes()
    assert statements(check.check) == few


def test_two_clocks_do_it_once_and_one_that_died_is_followed(people: People) -> None:
    check.check()
    something_changes()
    now = timezone.now()
    StaffingCheck.objects.update(claimed_at=now)
    assert statements(check.check) <= 2
    assert StaffingCheck.objects.get().entry == 0
    StaffingCheck.objects.update(claimed_at=now - timedelta(minutes=2))
    check.check()
    assert StaffingCheck.objects.get().claimed_at is None
    assert StaffingCheck.objects.get().entry > 0


def test_every_night_it_is_asked_once(people: People) -> None:
    check.check()
    tomorrow = (timezone.now() + timedelta(days=1)).date()
    assert statements(lambda: check.check(tomorrow)) > 1
    assert statements(lambda: check.check(tomorrow)) == 1


def test_who_is_away_does_not_count_until_they_are_back_or_somebody_acts_for_them(people: People, asked: Run) -> None:
    now = timezone.now()
    away = be_away(people["mo"], now, now + timedelta(days=3), people["mo"])
    assert isinstance(away, Away)
    sweep()
    ((says, helps),) = open_shortages()
    assert says == "It still needs 3 approvals, and only Max Mill and Mia Moss may vote now."
    assert helps == f"Mo Marsh is back on {words.day(now + timedelta(days=3))}."
    come_back(away.absence, people["mo"])
    be_away(people["mo"], now, now + timedelta(days=3), people["mo"], substitute=people["zoe"])
    sweep()
    assert open_shortages() == []


def test_process_owners_and_operators_are_told_once(people: People, asked: Run) -> None:
    Part.objects.create(unit=Unit.objects.get(slug="company"), person=people["zoe"], part=Part.Kind.PROCESS_OWNER)
    sweep()
    leave(people["mo"], "managers")
    for _ in range(3):
        sweep()
        something_changes()
    told = Notice.objects.filter(kind="staffing")
    assert told.get(person=people["zoe"], title__contains="of run").url == "/gates/asked/board/"
    assert set(told.values_list("person__username", flat=True)) == {"olga", "zoe"}
    assert sorted(told.filter(person=people["zoe"]).values_list("title", flat=True)) == [
        "A published step has too few people",
        f"Too few people at “Board” of run {asked.number}",
    ]


def test_a_start_that_nobody_could_decide_is_refused_with_who_would_help(people: People) -> None:
    version = publish("asked", 3)
    assert starting.outlook(version, "ann") == starting.Outlook()
    (warning,) = published_warnings(version)
    assert "When Max Mill starts the run" in warning
    refusal = start.start(version, people["mia"], {})
    assert isinstance(refusal, Refusal)
    assert refusal.code == "nobody-eligible"
    assert refusal.sentence == (
        "The gate “Board” needs 3 approvals of manager, and there is only Max Mill, Mia Moss and Mo Marsh. Whoever"
        " starts the run is left out, so that too few are left, whoever it is. One more person in manager would do."
    )
    assert statements(lambda: starting.outlook(version, "ann")) == 1
    leave(people["mo"], "managers")
    assert isinstance(start.start(version, people["ann"], {}), Refusal)
    assert is_accepted(start.start(version, people["ann"], {}, is_by_hand=False))
    sweep()
    assert Incident.objects.get(code="roster").step.name == "board"


def published_warnings(version: Version) -> list[str]:
    published.look()
    return list(Shortage.objects.filter(version=version, is_warning=True).values_list("says", flat=True))


def test_the_board_keeps_saying_it_whatever_happens_in_the_run(people: People, asked: Run) -> None:
    sweep()
    leave(people["mo"], "managers")
    sweep()
    assert is_accepted(operate.pause(house.now(asked), people["olga"], "let us see"))
    assert house.now(asked).incident_count == 0, "apply counts the machine's own"
    audit()
    assert house.now(asked).incident_count == 1
    assert Incident.objects.filter(run=asked).count() == 1
