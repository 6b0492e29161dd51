"""Calendars as written: what is read, what is refused and where, and how a playbook comes to its calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engine import definition as definitions
from engine.calendars import OFFICE_HOURS, Calendar
from engine.compiler import compile_text
from engine.definition import Definition, WaitSpec
from engine.durations import BusinessTime
from engine.language.calendar import read_document
from engine.rehearsal import rehearse

HEAD = "calendar: sample\n"
NINE_TO_FIVE = ((540, 1020),)


def read(text: str) -> Calendar:
    calendar, problems = read_document(HEAD + text)
    assert problems == ()
    assert calendar is not None
    return calendar


def test_what_is_not_said_is_office_hours() -> None:
    calendar = read("title: A sample\n")
    assert replace(calendar, name="", title="") == replace(OFFICE_HOURS, title="")
    assert (calendar.name, calendar.title) == ("sample", "A sample")


def test_hours_are_one_stretch_or_several_or_different_by_day() -> None:
    assert read("hours: 09:00-17:00\n").week["mon"] == NINE_TO_FIVE
    assert read('hours: ["00:00-12:00", "12:00 - 24:00"]\n').week["fri"] == ((0, 720), (720, 1440))
    week = read('hours: {sun: "10:00-12:00", mon: ["09:00-10:00", "11:00-12:00"]}\n').week
    assert week == {"mon": ((540, 600), (660, 720)), "sun": ((600, 720),)}


def test_days_off_and_working_days_are_dates() -> None:
    calendar = read("days: [tue]\nholidays: [2026-12-24, 2026-12-22]\nworking_days: [2026-12-19]\n")
    assert calendar.closed == (date(2026, 12, 22), date(2026, 12, 24))
    assert calendar.opened == {date(2026, 12, 19): NINE_TO_FIVE}


def test_a_working_day_may_be_a_holiday_of_the_country() -> None:
    calendar = read("timezone: Europe/Amsterdam\ncountry: NL\nworking_days: [2026-04-27]\n")
    assert calendar.is_open(datetime(2026, 4, 27, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "place", "says", "hint"),
    [
        ("timezone: Europe/Amsterdm\n", (2, 11), "`Europe/Amsterdm` is not a time zone", "`Europe/Amsterdam`"),
        ("timezone: /etc/passwd\n", (2, 11), "not a time zone", ""),
        ("timezone: ../UTC\n", (2, 11), "not a time zone", ""),
        ("hours: 9-17\n", (2, 8), "`9-17` are no hours", "09:00-17:00"),
        ("hours: 17:00-09:00\n", (2, 8), "are no hours", ""),
        ("hours: 09:00-09:00\n", (2, 8), "are no hours", ""),
        ("hours: 09:00-24:01\n", (2, 8), "are no hours", ""),
        ('hours: ["09:00-12:00", "11:00-13:00"]\n', (2, 24), "do not overlap", ""),
        ('hours: ["13:00-17:00", "09:00-12:00"]\n', (2, 24), "in their order", ""),
        ("hours: []\n", (2, 8), "no hours", ""),
        ("hours: {monday: 09:00-17:00}\n", (2, 9), "no key `monday`", "`mon`"),
        ("hours: {mon: 09:00-17:00}\ndays: [mon]\n", (3, 7), "names the days already", ""),
        ("hours: {}\n", (1, 1), "never opens", ""),
        ("days: []\n", (2, 7), "never opens", ""),
        ("days: [mo]\n", (2, 7), "`mo` is not a day", "mon, tue"),
        ("country: NLD\n", (2, 10), "no country `NLD`", ""),
        ("country: DE\npart: BAY\n", (3, 7), "DE has no part `BAY`", ""),
        ("part: BY\n", (2, 7), "of which `country`", ""),
        ("holidays: [2026-02-29]\n", (2, 11), "`2026-02-29` is not a date", "2026-12-24"),
        ("holidays: [20261224]\n", (2, 11), "is not a date", ""),
        ("holidays: 2026-12-24\n", (2, 11), "must be a list", ""),
        ("holidays: [2026-12-24]\nworking_days: [2026-12-24]\n", (3, 15), "cannot be a working day and a holiday", ""),
        ("working_days: {2026-12-19: late}\n", (2, 28), "`late` are no hours", ""),
        (
            "hours: {mon: 09:00-17:00, tue: 09:00-12:00}\nworking_days: [2026-12-19]\n",
            (3, 15),
            "say which hours",
            "10:00-14:00",
        ),
        ("zone: UTC\n", (2, 1), "no key `zone`", ""),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(text: str, place: tuple[int, int], says: str, hint: str) -> None:
    calendar, problems = read_document(HEAD + text, "sample.yaml")
    assert calendar is None
    (problem,) = problems
    assert (problem.place.line, problem.place.column) == place
    assert says in f"{problem.message} {problem.hint}"
    assert hint in problem.hint + problem.message
    assert problem.code in ("bad-value", "unknown-key")


@pytest.mark.parametrize("text", ["", "- a\n", "timezone: UTC\n", "calendar: Not An Id\n", "calendar: {a\n"])
def test_what_is_no_calendar_gives_a_problem(text: str) -> None:
    calendar, problems = read_document(text)
    assert calendar is None
    assert problems


# ---- in a playbook

PLAYBOOK = """\
playbook: sample
title: Sample
kind: sop
owner: team
{head}steps:
  - {{id: a, wait: {wait}}}
"""
KNOWN = {"office-hours-eu": replace(OFFICE_HOURS, timezone="Europe/Amsterdam", name="office-hours-eu")}


def compiled(head: str = "", wait: str = "1bd") -> Definition:
    found = compile_text(PLAYBOOK.format(head=head, wait=wait), "sample.yaml", KNOWN)
    assert found.problems == ()
    assert found.definition is not None
    return found.definition


def test_the_calendar_is_the_one_it_names_else_the_usual_one() -> None:
    assert compiled("calendar: office-hours-eu\n").calendar == KNOWN["office-hours-eu"]
    assert compiled().calendar == OFFICE_HOURS
    units = replace(OFFICE_HOURS, timezone="Asia/Tokyo")
    found = compile_text(PLAYBOOK.format(head="", wait="1bd"), usual=units)
    assert found.definition is not None
    assert found.definition.calendar == units


@pytest.mark.parametrize("head", ["sla: 3bd\n", ""])
def test_a_playbook_without_business_time_needs_none(head: str) -> None:
    assert (compiled(head, "24h").calendar is None) is (not head)


def test_an_unknown_calendar_is_told_with_the_one_that_was_meant() -> None:
    text = PLAYBOOK.format(head="calendar: office-hours-ue\n", wait="1bd")
    (problem,) = compile_text(text, "sample.yaml", KNOWN).problems
    assert (problem.code, problem.place.line, problem.place.column) == ("bad-value", 5, 11)
    assert problem.hint == "Did you mean `office-hours-eu`?"
    (problem,) = compile_text(text.replace("office-hours-ue", "xyz"), "sample.yaml", KNOWN).problems
    assert problem.hint == "Known here: office-hours-eu."


def test_the_calendar_and_the_lengths_are_kept_word_for_word() -> None:
    definition = compiled("calendar: office-hours-eu\nsla: 2bd4bh\n", "4bh")
    again = definitions.from_json(definitions.to_json(definition))
    assert again == definition
    assert again.digest == definition.digest
    assert again.sla == BusinessTime(days=2, hours=4)
    assert again.steps["a"].does == WaitSpec(length=BusinessTime(hours=4))


def test_what_counts_by_another_calendar_is_another_definition() -> None:
    digests = {
        compiled(wait="24h").digest,
        compiled(wait="1bd").digest,
        compiled(wait="8bh").digest,
        compiled("calendar: office-hours-eu\n").digest,
        compiled("calendar: office-hours-eu\n", "24h").digest,
    }
    assert len(digests) == 5


def test_without_a_calendar_the_definition_says_nothing_of_one() -> None:
    """So what was published before there were calendars has kept its digest."""
    document = definitions.to_json(compiled(wait="24h"))
    assert "calendar" not in document
    assert definitions.from_json(document).steps["a"].does == WaitSpec(length=timedelta(hours=24))


# ---- in a scenario

SCENARIO = """\
scenario: over the weekend
playbook: sample.yaml
start: {{by: ann, at: "2026-03-06T16:00:00Z"}}
{calendar}script:
  - expect: {{future: [{{step: a, what: wait, at: "{at}"}}]}}
"""


@pytest.mark.parametrize(
    ("head", "calendar", "at"),
    [
        ("", "", "2026-03-09T16:00:00Z"),
        ("calendar: office-hours-eu\n", "", "2026-03-10T08:00:00Z"),
        ("calendar: office-hours-eu\n", "calendar: {hours: 09:00-15:00}\n", "2026-03-10T09:00:00Z"),
        ("calendar: unheard-of\n", "calendar: {hours: 09:00-15:00}\n", "2026-03-10T09:00:00Z"),
        ("", "calendar: {days: [fri, sat]}\n", "2026-03-07T16:00:00Z"),
    ],
)
def test_a_scenario_counts_by_its_own_calendar_else_by_the_playbook_s(head: str, calendar: str, at: str) -> None:
    text = SCENARIO.format(calendar=calendar, at=at)
    (one,) = rehearse(text, "s.yaml", lambda name: PLAYBOOK.format(head=head, wait="1bd"), KNOWN)
    assert (one.problems, one.failures) == ((), ())


def test_scenarios_of_one_file_may_have_different_calendars() -> None:
    text = """\
playbook: sample.yaml
start: {by: ann, at: "2026-03-06T16:00:00Z"}
calendar: {days: [fri, sat]}
scenarios:
  - scenario: that of the head
    script: [{expect: {future: [{step: a, what: wait, at: "2026-03-07T16:00:00Z"}]}}]
  - scenario: its own
    calendar: {days: [fri, sun]}
    script: [{expect: {future: [{step: a, what: wait, at: "2026-03-08T16:00:00Z"}]}}]
"""
    rehearsed = rehearse(text, "s.yaml", lambda name: PLAYBOOK.format(head="", wait="1bd"))
    assert [(one.problems, one.failures) for one in rehearsed] == [((), ()), ((), ())]


def test_a_broken_calendar_of_a_scenario_is_told_at_its_place() -> None:
    text = SCENARIO.format(calendar="calendar: {timezone: Nowhere, open: never}\n", at="2026-03-07T16:00:00Z")
    (one,) = rehearse(text, "s.yaml", lambda name: PLAYBOOK.format(head="", wait="1bd"))
    assert [(problem.code, problem.place.column) for problem in one.problems] == [
        ("bad-value", 22),
        ("unknown-key", 31),
    ]
