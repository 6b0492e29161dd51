"""Decisions in the library: published, pinned by the playbooks that ask them, never started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.lifecycles import VersionStatus
from engine.machine.commands import Refusal
from runs import definitions, guard, start
from tests.workflows.test_commands import run
from tests.workflows.texts import ABSENCE, ASKS_RISK, RISK
from workflows import decisions
from workflows.models import Person, Unit, Version
from workflows.publish import NotPublished, publish

pytestmark = pytest.mark.django_db


def published(text: str, unit: Unit, person: Person) -> Version:
    answer = publish(text, unit, person)
    assert isinstance(answer, Version), answer
    return answer


def codes(answer: Version | NotPublished) -> list[str]:
    assert isinstance(answer, NotPublished)
    return [problem.code for problem in answer.problems]


def test_a_decision_is_published_with_what_was_proven_of_it(people: Unit, author: Person) -> None:
    version = published(RISK, people, author)

    assert (version.artifact.slug, version.number, version.kind, version.title) == ("risk", 1, "decision", "Risk")
    assert version.is_decision
    assert decisions.of_version(version).digest == version.digest
    assert [row["proof"] for row in version.proven["rows"]] == [1, 5, 5]


def test_a_playbook_keeps_the_table_it_was_published_with(people: Unit, author: Person) -> None:
    first = published(RISK, people, author)
    asking = published(ASKS_RISK, people, author)
    second = published(RISK.replace("> 10", "> 20").replace("<= 10", "<= 20"), people, author)

    first.refresh_from_db()
    assert (first.status, second.number, second.status) == (VersionStatus.DEPRECATED, 2, VersionStatus.PUBLISHED)
    assert definitions.of_version(asking).tables["risk"].digest == first.digest
    again = published(ASKS_RISK, people, author)
    assert again.number == 2
    assert definitions.of_version(again).tables["risk"].digest == second.digest
    assert published(ASKS_RISK, people, author) == again


def test_a_decision_that_nobody_published_cannot_be_asked(people: Unit, author: Person) -> None:
    assert codes(publish(ASKS_RISK, people, author)) == ["unknown-name"]


def test_a_table_with_a_gap_is_not_published(people: Unit, author: Person) -> None:
    assert codes(publish(RISK.replace("<= 10", "< 10"), people, author)) == ["gap"]


def test_an_id_is_a_playbook_or_a_decision_never_both(people: Unit, author: Person) -> None:
    published(RISK, people, author)
    published(ABSENCE, people, author)

    assert codes(publish(ABSENCE.replace("absence", "risk"), people, author)) == ["duplicate-id"]
    assert codes(publish(RISK.replace("risk", "absence"), people, author)) == ["duplicate-id"]


def test_a_decision_starts_no_run(people: Unit, author: Person) -> None:
    version = published(RISK, people, author)

    verdict = guard.may(author, "start", version=version)
    assert (verdict.allowed, verdict.code) == (False, "not-published")
    answer = start.start(version, author, {"days": 3})
    assert isinstance(answer, Refusal)
    assert answer.code == "not-published"


class TestCompile:
    @pytest.fixture
    def files(self, tmp_path: Path) -> tuple[str, str]:
        (tmp_path / "asks.yaml").write_text(ASKS_RISK)
        (tmp_path / "risk.yaml").write_text(RISK)
        return str(tmp_path / "asks.yaml"), str(tmp_path / "risk.yaml")

    def test_files_given_together_know_each_other(self, files: tuple[str, str]) -> None:
        code, out, _ = run("compile", *files)

        assert code == 0
        assert f"{files[1]}: ok, 2 rules over 1 input, hit unique, digest " in out
        assert run("compile", files[0])[0] == 1

    def test_json_holds_the_table(self, files: tuple[str, str]) -> None:
        _, out, _ = run("compile", files[1], "--format", "json")
        (found,) = json.loads(out)["files"]

        assert set(found) == {"path", "ok", "problems", "definition"}
        assert found["definition"]["decision"] == "risk"
        assert [rule["cells"]["days"]["text"] for rule in found["definition"]["rules"]] == ["> 10", "<= 10"]

    def test_two_of_one_id_are_told(self, files: tuple[str, str], tmp_path: Path) -> None:
        (tmp_path / "other.yaml").write_text(RISK)

        code, out, _ = run("compile", files[1], str(tmp_path / "other.yaml"))

        assert code == 1
        assert "error duplicate-id: The decision `risk` stands in" in out

    def test_a_decision_with_errors_is_not_there_for_others(self, files: tuple[str, str]) -> None:
        Path(files[1]).write_text(RISK.replace("<= 10", "< 10"))

        code, out, _ = run("compile", *files)

        assert code == 1
        assert "error gap: No rule covers, for example, days = 10." in out
        assert "error unknown-name: There is no decision `risk` here." in out
