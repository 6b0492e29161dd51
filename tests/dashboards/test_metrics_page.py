"""Metrics: the page with figures, definitions and tables; empty; narrowed; asked for nonsense."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.metrics import cycle, gates, progress, throughput
from tests.dashboards import office, rows
from workflows.models import Part, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines() -> Person:
    return rows.person("ines", zone="Europe/Amsterdam")


@pytest.fixture
def reader(ines: Person) -> Client:
    return office.client(ines)


def words(reader: Client, address: str = "/metrics/") -> str:
    answer = reader.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def fill(ines: Person, count: int = 4) -> None:
    version, now = rows.version(), timezone.now()
    for nth in range(count):
        started_at = now - timedelta(days=nth + 1, hours=2)
        run = rows.run(
            version, ines, "completed", started_at=started_at, ended_at=started_at + timedelta(hours=nth + 1)
        )
        rows.gate(
            rows.step(run, "board", "gate", title="Change board", opened_at=started_at),
            "approved",
            decided_at=started_at + timedelta(minutes=30),
        )
    open_run = rows.run(version, ines)
    rows.gate(rows.step(open_run, "board", "gate", title="Change board", opened_at=now - timedelta(hours=5)))


def test_every_figure_has_its_definition_and_its_table(ines: Person, reader: Client) -> None:
    fill(ines)
    html = reader.get("/metrics/").content.decode()
    said = words(reader)
    for definition in (throughput.DEFINITION, cycle.DEFINITION, progress.DEFINITION, gates.DEFINITION):
        assert definition in said
    assert html.count("Show as a table") == 3
    assert html.count("<figure") == 3
    assert 'style="' not in html
    assert "Cycle time, p50 2 h 30 min half of 4 runs" in said
    assert re.search(r"Change board +Production change +4 30 min 30 min 1 5 h", said)
    assert "Europe/Amsterdam" in said


def test_an_empty_page_says_what_will_be_here(reader: Client) -> None:
    assert "No figures yet" in words(reader)
    assert "<figure" not in reader.get("/metrics/").content.decode()


def test_without_a_completed_run_the_rest_is_shown(ines: Person, reader: Client) -> None:
    rows.run(rows.version(), ines)
    said = words(reader)
    assert "No run completed in the last 30 days" in said
    assert "Work in progress" in said
    assert "No gate was decided in the last 30 days" in said


@pytest.mark.parametrize("days", [7, 30, 90])
def test_the_period_is_cut_into_the_readers_days(ines: Person, reader: Client, days: int) -> None:
    fill(ines)
    html = reader.get(f"/metrics/?days={days}").content.decode()
    table = re.search(r'id="throughput".*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    assert table is not None
    assert table[1].count("<tr>") == days


def test_one_playbook(ines: Person, reader: Client) -> None:
    fill(ines)
    rows.version(slug="other", title="Other")
    Part.objects.create(unit=rows.unit(), person=ines, part=Part.Kind.VIEWER)
    assert "of “Production change”" in words(reader, "/metrics/?playbook=change")
    assert "No figures yet" in words(reader, "/metrics/?playbook=other")


@pytest.mark.parametrize(
    "address", ["days=12", "days=x'--", "playbook=no-such", "days=-7", "days=%00", "playbook=%00x"]
)
def test_nonsense_in_the_address_is_said_and_nothing_breaks(ines: Person, reader: Client, address: str) -> None:
    fill(ines)
    said = words(reader, f"/metrics/?{address}")
    assert "Not everything in the address could be used." in said
    assert "Throughput per day" in said


def test_somebody_elses_runs_are_in_no_figure(ines: Person) -> None:
    fill(ines)
    assert "No figures yet" in words(office.client(rows.person("nora")))


def test_the_number_of_queries_is_fixed(ines: Person, reader: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            reader.get("/metrics/")
        return len(captured)

    fill(ines, 2)
    queries()
    few = queries()
    version = rows.version(slug="more", title="More")
    for nth in range(12):
        run = rows.run(version, ines, "completed", started_at=timezone.now(), ended_at=timezone.now())
        rows.gate(rows.step(run, f"gate-{nth}", "gate"), "approved", decided_at=timezone.now())
    assert queries() == few
    assert few <= 18
