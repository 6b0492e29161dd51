"""Playbooks that call published ones: which version a call means, and what is there to be called."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definition import CallSpec
from tests.workflows.test_commands import run
from tests.workflows.texts import ABSENCE
from workflows.models import Person, Unit, Version
from workflows.playbooks import AtHand, Published
from workflows.publish import NotPublished, publish

pytestmark = pytest.mark.django_db

CALLS = """\
playbook: sabbatical
title: Sabbatical
kind: sop
owner: people
steps:
  - {id: ask, call: absence, with: {days: 30}}
"""
WITH_REASON = ABSENCE.replace("inputs:\n", "inputs:\n  reason: {type: text}\n")


def published(text: str, unit: Unit, person: Person) -> Version:
    answer = publish(text, unit, person)
    assert isinstance(answer, Version), answer
    return answer


def codes(answer: Version | NotPublished) -> list[str]:
    assert isinstance(answer, NotPublished)
    return [problem.code for problem in answer.problems]


def test_what_is_called_is_published_first(people: Unit, author: Person) -> None:
    assert codes(publish(CALLS, people, author)) == ["unknown-playbook"]

    published(ABSENCE, people, author)
    assert published(CALLS, people, author).number == 1


def test_a_call_is_checked_against_what_is_published_now(people: Unit, author: Person) -> None:
    published(ABSENCE, people, author)
    published(WITH_REASON, people, author)

    assert codes(publish(CALLS, people, author)) == ["missing-key"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("@1", []),
        ("@2", ["missing-key"]),
        ("@^1", ["missing-key"]),
        ("@^3", ["unknown-playbook"]),
        ("@3", ["unknown-playbook"]),
    ],
)
def test_a_call_may_name_a_version(people: Unit, author: Person, version: str, expected: list[str]) -> None:
    published(ABSENCE, people, author)
    published(WITH_REASON, people, author)

    answer = publish(CALLS.replace("call: absence", f"call: absence{version}"), people, author)

    assert (codes(answer) if expected else isinstance(answer, Version)) == (expected or True)


def test_a_circle_through_what_is_published_is_not(people: Unit, author: Person) -> None:
    published(ABSENCE, people, author)
    published(CALLS, people, author)
    back = ABSENCE.replace("    task: {assign: starter}\n", "    call: sabbatical\n")

    answer = publish(back, people, author)

    assert isinstance(answer, NotPublished)
    assert [problem.message for problem in answer.problems] == [
        "This calls in a circle: absence → sabbatical → absence."
    ]


def test_a_library_is_one_query_and_one_for_each_new_definition(
    people: Unit, author: Person, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    version = published(ABSENCE.replace("Leave of", "Another leave of"), people, author)
    library = Published()

    with django_assert_num_queries(2):
        assert list(library) == ["absence"]
        assert library["absence"].digest == version.digest
        assert library.at("absence", "^1") is library["absence"]
        assert library.at("leave", "") is None
        assert "leave" not in library


def test_the_command_knows_what_is_published_and_what_is_given_with_it(
    people: Unit, author: Person, tmp_path: Path
) -> None:
    (tmp_path / "calls.yaml").write_text(CALLS)
    (tmp_path / "absence.yaml").write_text(WITH_REASON)

    assert run("compile", str(tmp_path / "calls.yaml"))[0] == 1
    published(ABSENCE, people, author)
    assert run("compile", str(tmp_path / "calls.yaml"))[0] == 0
    code, out, _ = run("compile", str(tmp_path / "calls.yaml"), str(tmp_path / "absence.yaml"))

    assert code == 1
    assert "missing-key: `absence` needs `reason` in `with`." in out


def test_without_a_database_nothing_is_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Version._meta, "db_table", "no_such_table")

    assert list(AtHand()) == []


def test_a_call_is_kept_as_it_was_written(people: Unit, author: Person) -> None:
    published(ABSENCE, people, author)
    published(CALLS.replace("call: absence", "call: absence@^1"), people, author)

    assert Published()["sabbatical"].steps["ask"].does == CallSpec("call", "absence", "^1", {"days": 30})
