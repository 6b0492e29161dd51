"""Row 8 at publishing: an organisation without the people does not publish what needs them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from engine.problems import Severity
from workflows import shipped
from workflows.models import Part, Person, Unit, Version
from workflows.publish import NotPublished, publish

pytestmark = pytest.mark.django_db

TEXT = """\
playbook: holiday
title: Holiday
kind: sop
owner: people
roles:
  boss: {groups: [bosses]}
steps:
  - id: allow
    gate:
      approvers: [boss]
      quorum: QUORUM
"""


def codes(answer: Version | NotPublished) -> list[tuple[str, str]]:
    assert isinstance(answer, NotPublished)
    return [(problem.code, problem.severity.value) for problem in answer.problems]


def test_too_few_people_stop_publishing_at_the_gate(people: Unit, author: Person) -> None:
    answer = publish(TEXT.replace("QUORUM", "3"), people, author)
    assert codes(answer) == [("nobody-eligible", Severity.ERROR)]
    assert isinstance(answer, NotPublished)
    assert answer.problems[0].place.line == 10
    assert answer.problems[0].message == (
        "The gate `allow` needs 3 approvals of `boss`, and there is only `bea` and `bo`."
    )


def test_a_choice_that_leaves_too_few_is_a_warning_that_is_kept(people: Unit, author: Person) -> None:
    version = publish(TEXT.replace("QUORUM", "2"), people, author)
    assert isinstance(version, Version)
    (warning,) = version.proven["warnings"]
    assert "starts the run, the gate `allow` has only" in warning


def test_people_who_left_count_no_more(people: Unit, author: Person) -> None:
    Person.objects.filter(username="bo").update(is_active=False)
    assert codes(publish(TEXT.replace("QUORUM", "2"), people, author)) == [("nobody-eligible", "error")]


def test_only_those_who_may_start_are_thought_to_have_started(people: Unit, author: Person) -> None:
    Group.objects.get(name="bosses").user_set.set([author])
    version = publish(TEXT.replace("QUORUM", "1"), people, author)
    assert codes(version) == [("nobody-eligible", "error")]
    Part.objects.create(unit=people, person=Person.objects.get(username="bo"), part=Part.Kind.MEMBER)
    assert isinstance(publish(TEXT.replace("QUORUM", "1"), people, author), Version)


def test_the_shipped_library_comes_before_its_people(db: None) -> None:
    loaded = list(shipped.load())
    assert loaded
    assert all(one.version is not None for one in loaded)
