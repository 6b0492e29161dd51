"""What becomes of what is published: retired, found still right, handed over; and units keep somebody who answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from engine.lifecycles import VersionStatus
from tests.workflows.test_playbooks import CALLS
from tests.workflows.texts import ABSENCE, ASKS_RISK, RISK
from workflows.confirming import confirm, due_at, hand_over
from workflows.directory import accounts, parts
from workflows.directory.changing import NotChanged
from workflows.governing import Refused
from workflows.models import Artifact, GovernanceEntry, Part, Person, Unit, Version
from workflows.publish import publish
from workflows.retiring import retire

pytestmark = pytest.mark.django_db


@pytest.fixture
def priya(people: Unit) -> Person:
    priya = Person.objects.create(username="priya", first_name="Priya")
    Part.objects.create(unit=people, person=priya, part=Part.Kind.PROCESS_OWNER)
    return priya


@pytest.fixture
def root(db: None) -> Person:
    return Person.objects.create(username="root", is_superuser=True)


def published(text: str, unit: Unit, person: Person) -> Version:
    answer = publish(text, unit, person)
    assert isinstance(answer, Version), answer
    return answer


def nothing(_: Version) -> int:
    return 0


def refused(answer: object) -> Refused:
    assert isinstance(answer, Refused), answer
    return answer


def test_a_playbook_that_nobody_uses_is_retired(people: Unit, author: Person, priya: Person) -> None:
    version = published(ABSENCE, people, author)

    assert refused(retire(version, author, "Old", nothing)).code == "not-in-part"
    assert refused(retire(version, priya, " ", nothing)).field == "reason"
    assert isinstance(retire(version, priya, "Payroll does it now.", nothing), Version)

    assert (version.artifact.published, Version.objects.get().status) == (None, VersionStatus.RETIRED)
    entry = GovernanceEntry.objects.filter(kind="retired").get()
    assert (entry.by, entry.detail, entry.number) == ("priya", "Payroll does it now.", 1)
    assert refused(retire(version, priya, "Again", nothing)).code == "not-published"


def test_open_runs_keep_their_version(people: Unit, author: Person, priya: Person) -> None:
    version = published(ABSENCE, people, author)

    answer = refused(retire(version, priya, "Old", lambda _: 3))

    assert answer.sentence == "3 runs are open on version 1: let them end, or move them, first."
    assert Version.objects.get().status == VersionStatus.PUBLISHED


@pytest.mark.parametrize(("used", "user"), [(ABSENCE, CALLS), (RISK, ASKS_RISK)])
def test_what_others_use_stays_and_they_are_named(
    used: str, user: str, people: Unit, author: Person, priya: Person
) -> None:
    version, by = published(used, people, author), published(user, people, author)

    answer = refused(retire(version, priya, "Old", nothing))

    assert answer.code == "in-use"
    assert f"{by.title} ({by.artifact.slug} 1)" in answer.sentence


def test_an_older_version_is_retired_while_others_use_the_newer(people: Unit, author: Person, priya: Person) -> None:
    first = published(ABSENCE, people, author)
    published(ABSENCE.replace("max: 30", "max: 40"), people, author)
    published(CALLS, people, author)

    assert isinstance(retire(Version.objects.get(pk=first.pk), priya, "Old", nothing), Version)
    assert first.artifact.published is not None


def test_what_is_published_keeps_what_its_head_says(people: Unit, author: Person) -> None:
    head = "kind: sop\ntags: [people, leave]\nreview_every: 90d\n"
    version = published(ABSENCE.replace("kind: sop\n", head), people, author)

    assert (version.tags, version.review_days, version.semantic) == (" people leave ", 90, "1.0.0")
    assert (version.author, version.artifact.owner) == (author, author)


def test_its_owner_finds_it_still_right(people: Unit, author: Person, priya: Person) -> None:
    version = published(ABSENCE.replace("kind: sop\n", "kind: sop\nreview_every: 90d\n"), people, author)
    artifact, now = version.artifact, timezone.now()
    assert version.published_at is not None
    assert due_at(artifact, version) == version.published_at + timedelta(days=90)

    later = now + timedelta(days=80)
    answer = confirm(artifact, author, "Read it with Bo.", at=later)

    assert isinstance(answer, Artifact)
    assert due_at(answer, version) == later + timedelta(days=90)
    assert GovernanceEntry.objects.filter(kind="confirmed", by="aiko", detail="Read it with Bo.").exists()
    assert refused(confirm(artifact, Person.objects.get(username="bo"))).code == "not-in-part"
    assert isinstance(confirm(artifact, priya), Artifact), "process owners answer for all of their unit"


def test_it_is_handed_to_whoever_may_write_it(people: Unit, author: Person, priya: Person) -> None:
    artifact = published(ABSENCE, people, author).artifact

    assert refused(hand_over(artifact, Person.objects.get(username="bo"), priya)).field == "owner"
    assert refused(hand_over(artifact, priya, Person.objects.get(username="bo"))).code == "not-in-part"
    assert isinstance(hand_over(artifact, priya, priya), Artifact)
    assert GovernanceEntry.objects.get(kind="owner").detail == "priya (was aiko)"


def test_the_last_process_owner_of_what_a_unit_keeps_stays(
    people: Unit, company: Unit, author: Person, priya: Person, root: Person
) -> None:
    published(ABSENCE, people, author)

    taken = parts.take(priya, Part.Kind.PROCESS_OWNER, people, root)
    shut_out = accounts.deactivate(priya, root)

    for answer in (taken, shut_out):
        assert isinstance(answer, NotChanged)
        assert answer.code == "last-process-owner"
        assert answer.sentence.startswith("Priya is the last process owner of People")
    # somebody in a unit above answers too
    Part.objects.create(unit=company, person=Person.objects.get(username="bo"), part=Part.Kind.PROCESS_OWNER)
    assert not isinstance(parts.take(priya, Part.Kind.PROCESS_OWNER, people, root), NotChanged)


def test_where_nothing_is_kept_a_process_owner_may_go(people: Unit, priya: Person, root: Person) -> None:
    assert not isinstance(accounts.deactivate(priya, root), NotChanged)
