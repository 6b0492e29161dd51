"""Library: found by words and facets; a playbook in prose, in a picture, with its proofs and its practice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import definitions
from tests.dashboards import office, rows
from workflows import shipped
from workflows.models import Artifact, Person, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db
TEXT = (shipped.FOLDER / "production-change" / "production-change.yaml").read_text()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    definitions.by_digest.cache_clear()


@pytest.fixture
def ines() -> Person:
    return rows.person("ines", "engineers", first="Ines", last="Okafor")


@pytest.fixture
def reader(ines: Person) -> Client:
    return office.client(ines)


def words(reader: Client, address: str) -> str:
    answer = reader.get(address)
    assert answer.status_code == 200, address
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def found(reader: Client, address: str = "/library/") -> list[str]:
    return re.findall(r'<h3><a href="/library/([\w-]+)/"', reader.get(address).content.decode())


@pytest.fixture
def three() -> None:
    rows.version()
    rows.version(
        slug="offboarding", title="Supplier offboarding", summary="Take back access", risk="low", domain="finance"
    )
    rows.version(slug="access", title="Emergency access", summary="Break the glass", kind="sop", domain="security")


def test_an_empty_library_says_how_it_is_filled(reader: Client) -> None:
    assert "No playbook has been published yet" in words(reader, "/library/")


def test_words_find_the_best_match_first(three: None, reader: Client) -> None:
    assert found(reader, "/library/?q=access") == ["access", "offboarding"]
    assert found(reader, "/library/?q=access+glass") == ["access"]
    assert set(found(reader, "/library/?q=write+the+change+plan")) == {"change", "offboarding", "access"}
    assert "No playbook fits" in words(reader, "/library/?q=submarine")


def test_facets_narrow_and_count_what_they_would_leave(three: None, reader: Client) -> None:
    assert found(reader, "/library/?risk=low") == ["offboarding"]
    assert found(reader, "/library/?kind=sop&q=access") == ["access"]
    assert set(found(reader, "/library/?tag=production")) == {"change", "offboarding", "access"}
    html = reader.get("/library/?kind=runbook").content.decode()
    assert re.search(r'href="/library/\?kind=sop"><span>SOP</span><small>1</small>', html)
    assert re.search(r'href="/library/\?" aria-current="true"><span>Runbook</span><small>2</small>', html)
    assert re.search(r'kind=runbook&amp;risk=low"><span>Low</span><small>1</small>', html)
    assert "No playbook fits" in words(reader, "/library/?risk=made-up")
    assert reader.get("/library/?q=" + "x" * 900 + "&risk=%00").status_code == 200


def test_each_says_how_it_does(ines: Person, reader: Client) -> None:
    version, now = rows.version(), timezone.now()
    for hours in (2, 4):
        rows.run(version, ines, "completed", started_at=now - timedelta(hours=hours), ended_at=now)
    rows.run(version, ines, incident_count=1)
    rows.run(version, rows.person("nora"))
    said = words(reader, "/library/")
    assert "1 of 2 need attention" in said
    assert "4 started in 90 d, p85 3 h 42 min" in said


def test_drafts_are_nobodys(ines: Person, reader: Client) -> None:
    rows.version(slug="draft", status="draft")
    assert found(reader) == []
    assert reader.get("/library/draft/").status_code == 404
    assert reader.get("/library/draft/start/").status_code == 404
    assert reader.get("/library/no-such/").status_code == 404


def test_a_playbook_in_prose(reader: Client) -> None:
    rows.version()
    said = words(reader, "/library/change/")
    assert "Write the change plan engineer, 1 d Say what changes." in said
    assert "To tick off: Rollback rehearsed." in said
    assert "When risk score ≥ 7: opens Change board." in said
    assert "Change board 1 manager, 8 h “Approve [change ref]?”" in said
    assert "May not vote: whoever started the run, whoever did Write the change plan." in said
    assert "Rejected: opens Write the change plan." in said
    assert "After 2 d: a rule of the playbook rejects it, which opens Write the change plan." in said
    assert "By machine: debug.echo. Tried once" in said
    assert "The run ends as completed." in said


def test_the_picture_has_every_step(reader: Client) -> None:
    rows.version()
    html = reader.get("/library/change/").content.decode()
    assert html.count('class="node is-next"') >= 5
    assert 'style="' not in html
    assert "1 manager" in html


def test_what_was_proven_of_a_real_playbook(ines: Person, reader: Client) -> None:
    for name in re.findall(r"groups: \[([\w-]+)\]", TEXT):
        Group.objects.get_or_create(name=name)
    publish((shipped.FOLDER / "change-risk" / "change-risk.yaml").read_text(), rows.unit(), None)
    version = publish(TEXT, rows.unit(), None, scenarios_passed=4)
    assert isinstance(version, Version), version
    said = words(reader, "/library/production-change/")
    assert "From every step the run can end." in said
    assert "4 scenarios pass" in said
    assert version.digest[:12] in said
    html = reader.get("/library/production-change/").content.decode()
    assert html.count('<li id="L') == len(TEXT.splitlines())
    assert "${" not in re.sub(r"<ol class=\"source__lines\">.*?</ol>", "", html, flags=re.DOTALL)


def test_a_version_without_kept_proofs_says_so(reader: Client) -> None:
    rows.version()
    assert "Nothing is kept about the proofs of this version." in words(reader, "/library/change/")
    Version.objects.filter(pk=rows.version(slug="odd", status="draft").pk).update(proven={"odd": 1})
    assert Artifact.objects.filter(slug="odd").exists()


def test_versions_are_listed_and_each_can_be_read(ines: Person, reader: Client) -> None:
    old = rows.version(status="deprecated", summary="As it was")
    new = rows.version(summary="As it is")
    rows.run(old, ines)
    assert "As it is" in words(reader, "/library/change/")
    said = words(reader, f"/library/change/?version={old.number}")
    assert "As it was" in said
    assert "To the version that runs start on" in said
    for wrong in ("99", "abc", "9" * 30):
        assert reader.get(f"/library/change/?version={wrong}").status_code == 404
    assert f">{new.number}</a>" in reader.get("/library/change/").content.decode()


def test_who_may_not_start_reads_why(reader: Client) -> None:
    rows.version()
    assert "Start a run" in words(reader, "/library/change/")
    assert office.client(rows.person("otto")).get("/library/change/").status_code == 404, "nothing to do with it"
    viewer = office.client(rows.viewer("nora"))
    said = words(viewer, "/library/change/")
    assert "Only people of Platform, or in one of the playbook's roles, may start it." in said.replace("&#x27;", "'")
    assert "Start a run" not in said


def test_the_number_of_queries_does_not_grow(ines: Person, reader: Client) -> None:
    def queries(address: str) -> int:
        reader.get(address)
        with CaptureQueriesContext(connection) as captured:
            reader.get(address)
        return len(captured)

    rows.version()
    few = queries("/library/"), queries("/library/change/")
    for nth in range(8):
        version = rows.version(slug=f"other-{nth}", title=f"Other {nth}")
        rows.run(version, ines)
        rows.version(status="deprecated")
    assert (queries("/library/"), queries("/library/change/")) == few
    assert max(few) <= 24


def test_a_decision_has_a_page_with_its_table_and_who_asks_it() -> None:
    reader, unit = office.client(rows.viewer("nora")), rows.unit()
    for name in re.findall(r"groups: \[([\w-]+)\]", TEXT):
        Group.objects.get_or_create(name=name)
    risk = (shipped.FOLDER / "change-risk" / "change-risk.yaml").read_text()
    assert isinstance(publish(risk, unit, None), Version)
    assert isinstance(publish(TEXT, unit, None), Version)

    said = words(reader, "/library/change-risk/")
    assert "Hit policy unique" in said
    assert "Exactly one rule fits." in said
    assert "Risk score whole number, 1 to 10" in said
    assert "Level one of low, high" in said
    assert "There is no overlap: never do two rules cover the same inputs." in said
    assert "Production change with another version" not in said
    assert reader.get("/library/change-risk/start/").status_code == 404

    publish(risk.replace("[5..6]", "[4..6]").replace("< 5", "< 4"), unit, None)
    assert "Production change with another version of this table" in words(reader, "/library/change-risk/")
    assert "To the version that playbooks ask" in words(reader, "/library/change-risk/?version=1")


def test_decisions_stand_in_the_list_and_are_not_started() -> None:
    reader = office.client(rows.viewer("nora"))
    publish((shipped.FOLDER / "change-risk" / "change-risk.yaml").read_text(), rows.unit(), None)

    assert found(reader) == ["change-risk"]
    assert found(reader, "/library/?q=downtime&kind=decision") == ["change-risk"]
    said = words(reader, "/library/")
    assert "Decision table" in said
    assert "5 rules, 3 inputs" in said
    assert "/library/change-risk/start/" not in reader.get("/library/").content.decode()


def test_a_playbook_says_which_table_it_asks(reader: Client) -> None:
    unit = rows.unit()
    for name in re.findall(r"groups: \[([\w-]+)\]", TEXT):
        Group.objects.get_or_create(name=name)
    publish((shipped.FOLDER / "change-risk" / "change-risk.yaml").read_text(), unit, None)
    publish(TEXT, unit, None)

    said = words(reader, "/library/production-change/")
    assert "Asks the decision table change-risk for level." in said
    assert "Where it gives high: opens Change board." in said
