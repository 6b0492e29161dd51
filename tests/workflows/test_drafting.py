"""Drafts: kept whether they compile or not, one a person, never overwritten unseen, and nobody else's business."""

from __future__ import annotations

import pytest

from engine.lifecycles import VersionStatus
from tests.workflows.texts import ABSENCE, BROKEN
from workflows import guard
from workflows.drafting import Draft, WrittenMeanwhile, discard, draft_of, write
from workflows.governing import Refused
from workflows.models import Artifact, GovernanceEntry, Part, Person, Unit, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db
SHORTER = ABSENCE.replace("max: 30", "max: 20")


@pytest.fixture
def first(people: Unit, author: Person) -> Version:
    version = publish(ABSENCE, people, author)
    assert isinstance(version, Version)
    return version


def written(answer: object) -> Version:
    assert isinstance(answer, Draft), answer
    return answer.version


def refused(answer: object) -> str:
    assert isinstance(answer, Refused), answer
    return answer.code


def test_a_draft_stands_on_what_is_published_and_changes_nothing_of_it(
    first: Version, people: Unit, author: Person
) -> None:
    draft = written(write(SHORTER, people, author, "Nobody takes thirty."))

    assert (draft.number, draft.status, draft.based_on, draft.author) == (2, VersionStatus.DRAFT, first, author)
    assert (draft.changes, draft.risk, draft.source) == ("Nobody takes thirty.", "low", SHORTER)
    assert Artifact.objects.get().published == first
    assert next(iter(GovernanceEntry.objects.values_list("kind", flat=True))) == "drafted"


def test_what_does_not_compile_is_kept_with_its_problems(people: Unit, author: Person) -> None:
    answer = write(BROKEN, people, author)
    assert isinstance(answer, Draft)

    stored = Version.objects.get()
    assert [(one.code, one.place.line) for one in answer.problems] == [("unknown-name", 11)]
    assert (stored.source, stored.digest, stored.title, stored.kind) == (BROKEN, "", "Broken", "playbook")
    cut = written(write(BROKEN[:40], people, author, draft=stored, seen_at=stored.written_at))
    assert cut.source == BROKEN[:40]


def test_a_second_tab_is_told_and_nothing_is_overwritten(people: Unit, author: Person) -> None:
    draft = written(write(ABSENCE, people, author))
    opened = draft.written_at
    written(write(SHORTER, people, author, draft=draft, seen_at=opened))

    other = write(ABSENCE.replace("max: 30", "max: 9"), people, author, draft=draft, seen_at=opened)

    assert isinstance(other, WrittenMeanwhile)
    assert Version.objects.get().source == SHORTER == other.version.source


def test_a_person_has_one_draft_of_it_and_others_do_not_write_it(first: Version, people: Unit, author: Person) -> None:
    draft = written(write(SHORTER, people, author))
    bea = Person.objects.get(username="bea")
    Part.objects.create(unit=people, person=bea, part=Part.Kind.AUTHOR)

    assert refused(write(ABSENCE.replace("30", "5"), people, author)) == "has-draft"
    assert refused(write("playbook: absence", people, bea, draft=draft)) == "not-yours"
    assert written(write(ABSENCE.replace("30", "5"), people, bea)).number == 3
    assert draft_of(author, first.artifact) == draft
    assert Version.objects.get(pk=draft.pk).source == SHORTER


@pytest.mark.parametrize(
    ("text", "code"),
    [("title: No id", "bad-value"), ("playbook: " + "x" * 65, "bad-value"), ("x" * 300_000, "bad-value")],
)
def test_what_cannot_be_kept_is_refused_at_its_field(text: str, code: str, people: Unit, author: Person) -> None:
    answer = write(text, people, author)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.field) == (code, "text")
    assert not Artifact.objects.exists()


def test_only_authors_write_and_who_tries_stands_in_the_log(people: Unit) -> None:
    answer = write(ABSENCE, people, Person.objects.get(username="bo"))

    assert refused(answer) == "not-in-part"
    assert not Artifact.objects.exists()
    (entry,) = GovernanceEntry.objects.all()
    assert (entry.kind, entry.by, entry.unit) == ("refused", "bo", people)


def test_an_id_of_another_unit_is_taken(first: Version, company: Unit, author: Person) -> None:
    Part.objects.create(unit=company, person=author, part=Part.Kind.AUTHOR)

    assert refused(write(SHORTER, company, author)) == "duplicate-id"


def test_a_text_that_names_something_else_is_a_problem_of_the_draft(people: Unit, author: Person) -> None:
    draft = written(write(ABSENCE, people, author))

    answer = write(ABSENCE.replace("absence", "presence"), people, author, draft=draft, seen_at=draft.written_at)

    assert isinstance(answer, Draft)
    assert any("This is a draft of `absence`" in one.message for one in answer.problems)
    assert not Artifact.objects.filter(slug="presence").exists()


def test_a_draft_is_thrown_away_by_its_author_or_a_process_owner(people: Unit, author: Person) -> None:
    bo, bea = (Person.objects.get(username=name) for name in ("bo", "bea"))
    Part.objects.create(unit=people, person=bo, part=Part.Kind.AUTHOR)
    Part.objects.create(unit=people, person=bea, part=Part.Kind.PROCESS_OWNER)
    draft = written(write(ABSENCE, people, author))

    assert discard(draft, bo) is not None
    assert discard(draft, bea) is None
    assert not Version.objects.exists()
    assert written(write(ABSENCE, people, author)).number == 1


def test_drafts_are_read_by_those_who_keep_the_unit(people: Unit, author: Person) -> None:
    draft = written(write(ABSENCE, people, author))
    bo, bea = (Person.objects.get(username=name) for name in ("bo", "bea"))
    Part.objects.create(unit=people, person=bo, part=Part.Kind.AUDITOR)
    Part.objects.create(unit=people, person=bea, part=Part.Kind.MEMBER)

    assert [guard.may_read_draft(one, draft) for one in (author, bo, bea)] == [True, True, False]
    assert list(Version.objects.visible_to(bea)) == []
