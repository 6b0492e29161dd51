"""The organisation's own calendars: kept by whoever may, named by playbooks, usual in a unit and those below."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engine import definition as definitions
from engine.calendars import OFFICE_HOURS
from engine.definition import Definition
from workflows import calendars, scenarios
from workflows.keep_calendar import count_by, keep
from workflows.models import Calendar, Part, Person, Unit, Version
from workflows.publish import NotPublished, publish

pytestmark = pytest.mark.django_db

SHOP = """\
calendar: shop-hours
title: The shop, six days a week
timezone: Europe/Amsterdam
days: [mon, tue, wed, thu, fri, sat]
hours: "10:00-18:00"
holidays: [2026-12-25]
"""
PLAYBOOK = """\
playbook: stock-count
title: Count the stock
kind: sop
owner: people
calendar: shop-hours
steps:
  - id: count
    task: {assign: starter}
    due: 2bd
"""
UNNAMED = PLAYBOOK.replace("calendar: shop-hours\n", "")


def definition(version: Version | NotPublished) -> Definition:
    assert isinstance(version, Version), version
    return definitions.from_json(json.loads(version.definition))


def kept(unit: Unit, person: Person | None, text: str = SHOP) -> Calendar:
    calendar = keep(text, unit, person)
    assert isinstance(calendar, Calendar), calendar
    return calendar


def refused(answer: object) -> str:
    assert isinstance(answer, NotPublished), answer
    return answer.sentence or " ".join(problem.message for problem in answer.problems)


def test_a_playbook_names_it_and_carries_it_as_it_was(people: Unit, author: Person) -> None:
    assert "There is no calendar `shop-hours`" in refused(publish(PLAYBOOK, people, author))
    calendar = kept(people, author)
    assert (calendar.number, calendar.changed_by, calendar.title) == (1, author, "The shop, six days a week")
    first = definition(publish(PLAYBOOK, people, author))
    assert first.calendar is not None
    assert first.calendar.digest == calendar.digest
    assert first.calendar.is_open(datetime(2026, 3, 7, 12, tzinfo=UTC))

    changed = kept(people, author, SHOP.replace("2026-12-25", "2026-12-26"))
    assert (changed.pk, changed.number) == (calendar.pk, 2)
    stored = Version.objects.get(artifact__slug="stock-count")
    assert date(2026, 12, 25) in definition(stored).calendar.closed
    second = publish(PLAYBOOK, people, author)
    assert definition(second).calendar.closed == (date(2026, 12, 26),)
    assert second.number == 2


def test_what_has_not_changed_stays_as_it_is(people: Unit, author: Person) -> None:
    first, again = kept(people, author), kept(people, author)
    assert (again.number, again.changed_at) == (1, first.changed_at)


def test_only_who_may_keeps_a_calendar(people: Unit, author: Person) -> None:
    stranger = Person.objects.create(username="mallory")
    assert "may keep its calendars" in refused(keep(SHOP, people, stranger))
    Part.objects.create(unit=people, person=stranger, part=Part.Kind.MEMBER)
    assert "may keep its calendars" in refused(keep(SHOP, people, stranger))
    assert not Calendar.objects.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SHOP.replace("shop-hours", "office-hours-eu"), "A calendar called `office-hours-eu` is shipped."),
        (SHOP.replace("The shop", "The shop " * 30), "`title` has more than 200 characters."),
        (SHOP.replace("10:00-18:00", "10-18"), "`10-18` are no hours."),
        (SHOP.replace("[mon, tue, wed, thu, fri, sat]", "[]"), "never opens"),
        ("- what", "calendar"),
    ],
)
def test_what_is_no_calendar_is_told(people: Unit, author: Person, text: str, says: str) -> None:
    assert says in refused(keep(text, people, author))
    assert not Calendar.objects.exists()


def test_a_name_belongs_to_one_unit(company: Unit, people: Unit, author: Person) -> None:
    kept(people, author)
    assert refused(keep(SHOP, company, None)) == "People already keeps a calendar called `shop-hours`."


def test_files_that_are_compiled_together_know_the_calendars_among_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    playbook, calendar, again = tmp_path / "p.yaml", tmp_path / "shop.yaml", tmp_path / "again.yaml"
    playbook.write_text(PLAYBOOK)
    calendar.write_text("# ours\n\n" + SHOP)
    with pytest.raises(SystemExit):
        call_command("compile", str(playbook))
    assert "There is no calendar `shop-hours`" in capsys.readouterr().out
    call_command("compile", str(playbook), str(calendar))
    said = capsys.readouterr().out
    assert f"{calendar}: ok, the calendar shop-hours, digest " in said
    assert f"{playbook}: ok, 1 step" in said
    again.write_text(SHOP)
    with pytest.raises(SystemExit):
        call_command("compile", str(playbook), str(calendar), str(again))
    assert f"The calendar `shop-hours` stands in {calendar} too." in capsys.readouterr().out
    calendar.write_text(SHOP.replace("10:00-18:00", "10-18"))
    with pytest.raises(SystemExit):
        call_command("compile", str(calendar))
    assert "5:8: error bad-value: `10-18` are no hours." in capsys.readouterr().out


def test_a_scenario_knows_the_calendars_of_its_library(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PLAYBOOK)
    (tmp_path / "shop.yaml").write_text(SHOP)
    text = """\
scenario: over a Sunday
playbook: p.yaml
library: [shop.yaml]
start: {by: ann, at: "2026-03-06T11:00:00Z"}
script:
  - expect: {future: [{step: count, what: due, at: "2026-03-09T11:00:00Z"}]}
"""
    (one,) = scenarios.rehearse_text(text, tmp_path / "s.yaml")
    assert (one.problems, one.failures) == ((), ())


def test_the_calendar_of_the_how_to_can_be_kept(people: Unit, author: Person) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "keep-a-calendar.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    calendar = kept(people, author, text)
    shop = calendars.by_digest(calendar.digest)
    assert shop.is_open(datetime(2026, 12, 20, 11, tzinfo=UTC))
    assert not shop.is_open(datetime(2026, 12, 24, 11, tzinfo=UTC))
    assert not shop.is_open(datetime(2026, 12, 26, 11, tzinfo=UTC))


def test_a_unit_counts_by_its_own_calendar_or_the_nearest_above(company: Unit, people: Unit, author: Person) -> None:
    team = Unit.objects.create(slug="team", title="Team", parent=people)
    # a path that is no unit above, though it begins alike
    Unit.objects.create(slug="peopl", title="Peopl", parent=company, calendar="office-hours-eu")
    kept(people, author)
    assert calendars.usual(team) == OFFICE_HOURS
    assert count_by(company, "office-hours-eu", None) == ""
    assert calendars.usual(team).name == "office-hours-eu"
    assert count_by(people, "shop-hours", author) == ""
    assert calendars.usual(team).name == calendars.usual(people).name == "shop-hours"
    assert calendars.usual(company).name == "office-hours-eu"

    found = definition(publish(UNNAMED, people, author))
    assert found.calendar is not None
    assert found.calendar.name == "shop-hours"
    assert count_by(people, "", author) == ""
    assert definition(publish(UNNAMED, people, author)).calendar.name == "office-hours-eu"


def test_a_unit_counts_by_no_calendar_that_is_not_there(people: Unit, author: Person) -> None:
    kept(people, author)
    assert count_by(people, "shop-hour", author) == "There is no calendar `shop-hour`. Did you mean `shop-hours`?"
    assert "may keep its calendars" in count_by(people, "shop-hours", Person.objects.create(username="mallory"))
    people.refresh_from_db()
    assert people.calendar == ""
    Unit.objects.filter(pk=people.pk).update(calendar="gone")
    with pytest.raises(calendars.BrokenCalendar, match="People counts by the calendar `gone`"):
        calendars.usual(people)


def test_known_are_the_shipped_and_the_kept_in_one_query(people: Unit, author: Person) -> None:
    kept(people, author)
    with CaptureQueriesContext(connection) as captured:
        known = calendars.Known()
        assert list(known) == ["office-hours-eu", "shop-hours"]
        assert len(known) == 2
        assert "shop-hours" in known
        assert "nothing" not in known
    assert len(captured) == 1
    assert known["shop-hours"].title == "The shop, six days a week"
    with pytest.raises(KeyError):
        known["nothing"]


# ---- the command, and the admin


def test_the_command_loads_lists_and_lets_a_unit_count_by_it(people: Unit, author: Person, tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)

    def said(*arguments: str) -> str:
        out = io.StringIO()
        call_command("calendar", *arguments, stdout=out)
        return out.getvalue()

    assert said("load", str(file), "--unit", "people", "--by", "aiko").startswith("shop-hours 1 is kept: ")
    assert "shop-hours  (People, 1)  The shop, six days a week\n" in said("list")
    assert "office-hours-eu  (shipped)" in said("list")
    by = said("use", "shop-hours", "--unit", "people", "--by", "aiko")
    assert by == "People counts by `shop-hours`, in what is published from now on.\n"
    people.refresh_from_db()
    assert people.calendar == "shop-hours"
    with pytest.raises(CommandError, match="There is no calendar"):
        said("use", "shop", "--unit", "people", "--by", "aiko")
    with pytest.raises(CommandError, match="No unit is called"):
        said("load", str(file), "--unit", "nowhere", "--by", "aiko")
    with pytest.raises(CommandError, match="Nobody signs in as"):
        said("load", str(file), "--unit", "people", "--by", "nobody")


def test_the_command_shows_the_place_of_what_is_wrong(people: Unit, author: Person, tmp_path: Path) -> None:
    file, err = tmp_path / "shop.yaml", io.StringIO()
    file.write_text(SHOP.replace("10:00-18:00", "10-18"))
    with pytest.raises(SystemExit):
        call_command("calendar", "load", str(file), "--unit", "people", "--by", "aiko", stderr=err, no_color=True)
    assert "5:8" in err.getvalue()
    assert '    5 | hours: "10-18"' in err.getvalue()


@pytest.fixture
def admin(client: Client, author: Person) -> Client:
    author.is_staff = author.is_superuser = True
    author.save()
    client.force_login(author)
    return client


def test_the_admin_keeps_a_calendar_by_the_same_rules(admin: Client, people: Unit, author: Person) -> None:
    add = reverse("admin:workflows_calendar_add")
    answer = admin.post(add, {"unit": people.pk, "source": SHOP.replace("10:00-18:00", "10-18")})
    assert "Line 5: `10-18` are no hours." in answer.content.decode()
    assert not Calendar.objects.exists()
    assert admin.post(add, {"unit": people.pk, "source": SHOP}).status_code == 302
    calendar = Calendar.objects.get()
    assert (calendar.name, calendar.number, calendar.changed_by) == ("shop-hours", 1, author)

    change = reverse("admin:workflows_calendar_change", args=[calendar.pk])
    answer = admin.post(change, {"source": SHOP.replace("shop-hours", "other-hours")})
    assert "it keeps its name" in answer.content.decode()
    assert admin.post(change, {"source": SHOP.replace("18:00", "19:00")}).status_code == 302
    calendar.refresh_from_db()
    assert (calendar.number, "19:00" in calendar.source) == (2, True)
    assert admin.post(reverse("admin:workflows_calendar_delete", args=[calendar.pk])).status_code == 403


def test_in_the_admin_too_only_who_may(admin: Client, people: Unit, author: Person) -> None:
    author.parts.all().delete()
    answer = admin.post(reverse("admin:workflows_calendar_add"), {"unit": people.pk, "source": SHOP})
    assert "may keep its calendars" in answer.content.decode()
    assert not Calendar.objects.exists()
