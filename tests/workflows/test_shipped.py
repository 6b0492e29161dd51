"""Loading the shipped library: all of it once, and never again what is there."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from engine.lifecycles import VersionStatus
from runs import definitions
from tests.workflows.texts import ABSENCE, ASKS_RISK, FAILS, HOLDS, RISK
from workflows import shipped
from workflows.models import Artifact, Unit, Version

pytestmark = pytest.mark.django_db

PLAYBOOKS = {
    *("production-change", "purchase-approval", "django-security-release", "ransomware-response"),
    *("meter-rollout", "meter-district", "payment-release"),
}
DECISIONS = {"change-risk"}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of one playbook and one scenario, in the place of the shipped one."""
    folder = tmp_path / "library" / "absence"
    folder.mkdir(parents=True)
    (folder / "absence.yaml").write_text(ABSENCE)
    (folder / "scenarios.yaml").write_text(HOLDS)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "library")
    return folder


def load() -> str:
    out = io.StringIO()
    call_command("load_library", stdout=out)
    return out.getvalue()


def test_the_whole_library_is_published_by_the_installation() -> None:
    load()

    versions = Version.objects.filter(status=VersionStatus.PUBLISHED)
    assert {version.artifact.slug for version in versions.playbooks()} == PLAYBOOKS
    assert {version.artifact.slug for version in versions.decisions()} == DECISIONS
    assert {version.published_by for version in versions} == {None}
    assert all(version.proven["scenarios_passed"] >= 3 for version in versions.playbooks())
    assert not any(version.proven["warnings"] for version in versions)
    assert set(Unit.objects.values_list("slug", flat=True)) == {"platform", "finance", "security", "grid"}
    assert not Group.objects.filter(user__isnull=False).exists()


def test_a_second_call_changes_nothing_and_only_looks(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    load()
    before = list(Version.objects.order_by("pk").values())

    # one more for the tables that the one playbook carries
    with django_assert_num_queries(len(PLAYBOOKS) + len(DECISIONS) + 1):
        said = load()

    assert said.count("unchanged") == len(PLAYBOOKS) + len(DECISIONS)
    assert list(Version.objects.order_by("pk").values()) == before


def test_a_playbook_that_changed_gets_a_new_version(library: Path) -> None:
    load()
    (library / "absence.yaml").write_text(ABSENCE.replace("max: 30", "max: 20"))

    assert load() == "absence 2: published\n"
    assert Artifact.objects.get().published.number == 2


def test_a_decision_that_changed_takes_the_playbooks_that_ask_it_along(library: Path) -> None:
    risk = library.parent / "risk"
    risk.mkdir()
    (risk / "risk.yaml").write_text(RISK)
    (library / "absence.yaml").write_text(ASKS_RISK)
    (library / "scenarios.yaml").unlink()
    assert load() == "risk 1: published\nabsence 1: published\n"
    assert load() == "risk 1: unchanged\nabsence 1: unchanged\n"

    (risk / "risk.yaml").write_text(RISK.replace("> 10", "> 20").replace("<= 10", "<= 20"))

    assert load() == "risk 2: published\nabsence 2: published\n"
    first, second = Version.objects.filter(artifact__slug="absence").order_by("number")
    carried = [definitions.of_version(version).tables["risk"] for version in (first, second)]
    assert [table.rules[0].cells["days"].text for table in carried] == ["> 10", "> 20"]


def test_units_that_are_there_keep_their_names(library: Path) -> None:
    Unit.objects.create(slug="people", title="People and culture")

    load()

    assert Unit.objects.get().title == "People and culture"


def test_a_scenario_that_fails_stops_the_loading(library: Path) -> None:
    (library / "scenarios.yaml").write_text(FAILS)

    with pytest.raises(CommandError, match=r"scenarios\.yaml, line 7, it ends by itself: "):
        load()
    assert not Version.objects.exists()


def test_a_playbook_with_errors_is_named_and_the_others_are_loaded(library: Path) -> None:
    other = library.parent / "other"
    other.mkdir()
    (other / "other.yaml").write_text(ABSENCE.replace("absence", "other").replace("starter", "stater"))
    err = io.StringIO()

    with pytest.raises(SystemExit) as exit:
        call_command("load_library", stdout=io.StringIO(), stderr=err)

    assert exit.value.code == 1
    assert "other: not published." in err.getvalue()
    assert [artifact.slug for artifact in Artifact.objects.all()] == ["absence"]
