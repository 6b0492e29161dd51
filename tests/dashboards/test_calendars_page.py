"""Calendars: what the week is like, which days differ, and who counts by it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.shelf import openings
from dashboards.shelf.openings import Day, Kept
from engine.language.calendar import read_document
from runs import definitions
from tests.dashboards import office, rows
from workflows.keep_calendar import count_by, keep
from workflows.models import Calendar, Part, Person, Unit
from workflows.publish import publish

pytestmark = pytest.mark.django_db

SHOP = """\
calendar: shop-hours
title: The shop
timezone: Europe/Amsterdam
country: NL
hours:
  mon: "10:00-18:00"
  tue: "10:00-18:00"
  thu: ["10:00-12:00", "13:00-18:00"]
  sat: "10:00-24:00"
holidays: [2026-12-24]
working_days: {2026-12-20: "11:00-15:00", 2026-12-25: "10:00-12:00"}
"""
PLAYBOOK = """\
playbook: stock-count
title: Count the stock
kind: sop
owner: platform
calendar: shop-hours
steps:
  - id: count
    task: {assign: starter}
    due: 2bd
"""


@pytest.fixture
def ines() -> Person:
    definitions.by_digest.cache_clear()
    return rows.person("ines")


@pytest.fixture
def reader(ines: Person) -> Client:
    return office.client(ines)


@pytest.fixture
def shop(ines: Person) -> Calendar:
    kept = keep(SHOP, rows.unit(), None)
    assert isinstance(kept, Calendar)
    return kept


def words(reader: Client, address: str) -> str:
    answer = reader.get(address)
    assert answer.status_code == 200, address
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_list_names_the_shipped_and_the_kept(reader: Client, shop: Calendar) -> None:
    said = words(reader, "/calendars/")
    assert "Office hours in the Netherlands" in said
    assert "Mon–Fri 09:00–17:00 Europe/Amsterdam Penstock" in said
    hours = "Mon–Tue 10:00–18:00, Thu 10:00–12:00, 13:00–18:00, Sat 10:00–24:00"
    assert f"{hours} Europe/Amsterdam Platform" in said
    assert "2 calendars that a playbook may name" in said


def test_a_calendar_shows_its_week_and_its_days(reader: Client, shop: Calendar) -> None:
    said = words(reader, "/calendars/shop-hours/")
    assert "Monday 10:00–18:00 Tuesday 10:00–18:00 Wednesday closed Thursday 10:00–12:00, 13:00–18:00" in said
    assert "Playbooks call it shop-hours" in said
    assert "No playbook that is published now, and no unit." in said
    assert "11 lines of YAML" in said


def test_the_days_of_the_next_twelve_months_have_names_where_they_are_known() -> None:
    calendar, problems = read_document(SHOP)
    assert calendar is not None, problems
    days = openings.days_ahead(Kept("shop-hours", calendar, SHOP), datetime(2026, 12, 19, 23, 30, tzinfo=UTC))
    assert days[:4] == (
        Day(date(2026, 12, 20), "", "11:00–15:00"),
        Day(date(2026, 12, 24), ""),
        Day(date(2026, 12, 25), "Christmas Day", "10:00–12:00"),
        Day(date(2026, 12, 26), "Second Day of Christmas"),
    )
    kings = next(day for day in days if day.on == date(2027, 4, 27))
    assert (kings.name, kings.changes) == ("King's Day", True)
    easter = next(day for day in days if day.on == date(2027, 3, 28))
    assert (easter.name, easter.changes) == ("Easter Sunday", False)
    assert days[-1].on < date(2027, 12, 20)


def test_it_says_who_counts_by_it_and_what_was_published_with_an_older_one(
    ines: Person, reader: Client, shop: Calendar
) -> None:
    publish(PLAYBOOK, rows.unit(), None)
    Part.objects.create(unit=rows.unit(), person=ines, part=Part.Kind.VIEWER)
    assert count_by(rows.unit(), "shop-hours", None) == ""
    said = words(reader, "/calendars/shop-hours/")
    assert "Platform and the units below it, where a playbook names no calendar" in said
    assert "Count the stock" in said
    assert "until it is published again" not in said
    assert "Count the stock" not in words(reader, "/calendars/office-hours-eu/")
    keep(SHOP.replace("2026-12-24", "2026-12-23"), rows.unit(), None)
    assert "Count the stock as the calendar was when it was published" in words(reader, "/calendars/shop-hours/")
    playbook = reader.get("/library/stock-count/").content.decode()
    assert '<dt>Counts by</dt><dd><a href="/calendars/shop-hours/">The shop</a></dd>' in playbook


def test_it_is_there_for_every_active_person_and_for_nobody_else(ines: Person, client: Client, shop: Calendar) -> None:
    for address in ("/calendars/", "/calendars/shop-hours/"):
        assert client.get(address).status_code == 302
    assert office.client(ines).get("/calendars/no-such/").status_code == 404
    assert Unit.objects.get(slug="platform").calendar == ""


def test_however_many_calendars_the_list_asks_the_same(reader: Client, shop: Calendar) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            reader.get("/calendars/")
        return len(captured)

    statements()
    few = statements()
    for number in range(5):
        keep(SHOP.replace("shop-hours", f"shop-{number}"), rows.unit(), None)
    statements()
    assert statements() == few


def test_open_or_closed_is_said_with_the_next_opening(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 6, 17, 10, tzinfo=UTC))
    assert "Open now" in words(reader, "/calendars/office-hours-eu/")
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 6, 19, 16, tzinfo=UTC))
    said = words(reader, "/calendars/office-hours-eu/")
    assert "Closed now" in said
    assert "Opens Mon 22 Jun, 07:00" in said
