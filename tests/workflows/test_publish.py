"""Publishing: who may, what stops it, what becomes of the version before, and what is kept with it."""

from __future__ import annotations

import pytest

from engine import definition as definitions
from engine.lifecycles import VersionStatus
from tests.workflows.texts import ABSENCE, BROKEN
from workflows.models import Artifact, Part, Person, Unit, Version
from workflows.proven import Proven
from workflows.publish import NotPublished, publish

pytestmark = pytest.mark.django_db


def published(text: str, unit: Unit, person: Person | None) -> Version:
    answer = publish(text, unit, person)
    assert isinstance(answer, Version), answer
    return answer


def refused(text: str, unit: Unit, person: Person | None) -> NotPublished:
    answer = publish(text, unit, person)
    assert isinstance(answer, NotPublished)
    return answer


def test_it_publishes_the_first_version(people: Unit, author: Person) -> None:
    version = published(ABSENCE, people, author)

    assert (version.artifact.slug, version.artifact.unit, version.number) == ("absence", people, 1)
    assert (version.status, version.published_by, version.risk) == (VersionStatus.PUBLISHED, author, "low")
    assert version.published_at is not None
    assert version.source == ABSENCE


def test_what_is_stored_is_the_machine_that_its_digest_names(people: Unit, author: Person) -> None:
    version = Version.objects.get(pk=published(ABSENCE, people, author).pk)

    stored = definitions._ADAPTER.validate_json(version.definition)
    assert stored.digest == version.digest
    assert list(stored.lists[""]) == ["allow", "enter", "done"]


def test_a_newer_version_takes_the_place_of_the_one_before(people: Unit, author: Person) -> None:
    first = published(ABSENCE, people, author)
    second = published(ABSENCE.replace("max: 30", "max: 20"), people, author)

    first.refresh_from_db()
    assert second.number == 2
    assert (first.status, second.status) == (VersionStatus.DEPRECATED, VersionStatus.PUBLISHED)
    assert Artifact.objects.get(slug="absence").published == second


def test_what_behaves_the_same_makes_no_new_version(people: Unit, author: Person) -> None:
    first = published(ABSENCE, people, author)

    assert published("# a remark\n" + ABSENCE, people, author) == first
    assert Version.objects.count() == 1


def test_errors_stop_it_and_name_their_line(people: Unit, author: Person) -> None:
    answer = refused(BROKEN, people, author)

    assert ("unknown-name", 11) in [(problem.code, problem.place.line) for problem in answer.problems]
    assert not Version.objects.exists()
    assert not Artifact.objects.exists()


def test_a_group_nobody_knows_stops_it(people: Unit, author: Person) -> None:
    answer = refused(ABSENCE.replace("bosses", "chiefs"), people, author)

    (problem,) = answer.problems
    assert (problem.code, problem.place.line) == ("unknown-role", 10)
    assert "`chiefs`" in problem.message


def test_a_person_nobody_knows_stops_it(people: Unit, author: Person) -> None:
    answer = refused(ABSENCE.replace("{groups: [bosses]}", "{users: [nobody-here]}"), people, author)

    assert [problem.code for problem in answer.problems] == ["unknown-role"]
    assert "`nobody-here`" in answer.problems[0].message


def test_an_owner_nobody_knows_stops_it(people: Unit, author: Person) -> None:
    answer = refused(ABSENCE.replace("owner: people", "owner: persons"), people, author)

    assert [problem.code for problem in answer.problems] == ["bad-value"]


@pytest.mark.parametrize(("key", "line"), [("title", 2), ("domain", 6)])
def test_what_no_list_could_show_stops_it(people: Unit, author: Person, key: str, line: int) -> None:
    text = ABSENCE.replace("risk: low", "domain: people").replace("Leave of absence", "Leave", 1)
    long = (
        text.replace("title: Leave", "title: " + "x" * 201)
        if key == "title"
        else text.replace("domain: people", "domain: " + "x" * 65)
    )

    answer = refused(long, people, author)

    assert [(problem.code, problem.place.line) for problem in answer.problems] == [("bad-value", line)]


def test_an_id_that_another_unit_keeps_is_taken(people: Unit, author: Person, company: Unit) -> None:
    published(ABSENCE, people, author)
    Part.objects.create(unit=company, person=author, part=Part.Kind.AUTHOR)

    answer = refused(ABSENCE.replace("max: 30", "max: 9"), company, author)

    assert [problem.code for problem in answer.problems] == ["duplicate-id"]


@pytest.mark.parametrize("part", [Part.Kind.VIEWER, Part.Kind.MEMBER, Part.Kind.OPERATOR, Part.Kind.AUDITOR])
def test_other_parts_do_not_publish(people: Unit, part: str) -> None:
    person = Person.objects.create(username="ines")
    Part.objects.create(unit=people, person=person, part=part)

    answer = refused(ABSENCE, people, person)

    assert "authors and process owners of People" in answer.sentence
    assert not Version.objects.exists()


def test_an_administrator_without_a_part_does_not_publish(people: Unit) -> None:
    assert refused(ABSENCE, people, Person.objects.create(username="root", is_superuser=True)).sentence


def test_a_part_in_a_unit_above_is_enough(people: Unit, company: Unit) -> None:
    priya = Person.objects.create(username="priya")
    Part.objects.create(unit=company, person=priya, part=Part.Kind.PROCESS_OWNER)

    assert published(ABSENCE, people, priya).published_by == priya


def test_a_part_beside_or_below_is_not(people: Unit, company: Unit, author: Person) -> None:
    # `people-2` begins with the letters of `people` and is no part of it
    beside = Unit.objects.create(slug="people-2", title="People 2", parent=company)

    assert refused(ABSENCE.replace("owner: people", "owner: people-2"), beside, author).sentence
    assert refused(ABSENCE, company, author).sentence


def test_whoever_has_left_does_not_publish(people: Unit, author: Person) -> None:
    author.is_active = False
    author.save()

    assert refused(ABSENCE, people, author).sentence == "This account is not active."


def test_roles_become_the_people_who_see_its_runs(people: Unit, author: Person) -> None:
    dana = Person.objects.create(username="dana")
    text = ABSENCE.replace("boss: {groups: [bosses]}", "boss: {groups: [bosses], users: [dana]}")

    version = published(text, people, author)

    assert [group.name for group in version.role_groups.all()] == ["bosses"]
    assert list(version.role_people.all()) == [dana]


def test_what_was_proven_is_kept_in_words(people: Unit, author: Person) -> None:
    proven = Proven.from_json(Version.objects.get(pk=published(ABSENCE, people, author).pk).proven)

    assert [row.proof for row in proven.rows] == [1, 2, 3, 4, 6, 7, 8]
    assert (proven.step_count, proven.gate_count, proven.warnings) == (3, 1, ())
    assert proven.rows[-2].sentence == "The approvers named can meet the quorum of 1 gate."
    assert proven.rows[-1].sentence == "There were people enough for 2 tasks and gates."


def test_warnings_do_not_stop_it_and_are_kept(people: Unit, author: Person) -> None:
    rules = """\
  - id: route
    decide:
      - {when: inputs.days > 5, go: allow}
      - {when: inputs.days > 9, go: done}
      - {otherwise: allow}
"""
    version = published(ABSENCE.replace("steps:\n", "steps:\n" + rules), people, author)

    (warning,) = version.proven["warnings"]
    assert warning.startswith("Line 15: ")


def test_what_is_published_is_found_by_whoever_is_active_and_has_to_do_with_it(people: Unit, author: Person) -> None:
    version = published(ABSENCE, people, author)
    stranger = Person.objects.create(username="stranger")
    for person, finds in ((author, [version]), (stranger, [])):
        assert list(Artifact.objects.visible_to(person)) == [one.artifact for one in finds]
        assert list(Version.objects.visible_to(person)) == finds
    author.is_active = False
    assert not Artifact.objects.visible_to(author).exists()
    assert not Version.objects.visible_to(author).exists()
