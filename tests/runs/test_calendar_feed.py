"""Absences from an iCalendar file: whom an event means, when it is, what changes the next time, and what is skipped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from engine.machine.commands import Refusal
from runs import be_away, delegations
from runs.feed import reading
from runs.feed.bring_in import Report, bring_in
from runs.models import Absence, Delegation, DelegationEntry, Notice, Refused
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def ics(*events: str, name: str = "Leave") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"X-WR-CALNAME:{name}"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.split("\n"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def event(uid: str, first: str, after: str, who: str = "mia", *more: str) -> str:
    days = [f"DTSTART;VALUE=DATE:{first}", f"DTEND;VALUE=DATE:{after}"]
    return "\n".join([f"UID:{uid}", "SUMMARY:Holiday", *days, f"ATTENDEE:mailto:{who}@example.com", *more])


def bring(by: Person, *events: str, dry_run: bool = False) -> Report:
    report = bring_in(ics(*events), by, dry_run=dry_run, clock=clock)
    assert isinstance(report, Report), report
    return report


def skipped(report: Report) -> list[str]:
    return [line.words for line in report.lines if line.what == "skipped"]


@pytest.fixture
def chief(people: People) -> Person:
    for username, person in people.items():
        person.email = f"{username}@example.com"
        person.time_zone = "Europe/Amsterdam"
        person.save()
    be_away.name_substitute(people["mia"], people["zoe"], people["mia"])
    return Person.objects.create(username="chief", is_superuser=True)


def test_whole_days_are_those_where_the_person_is_and_the_usual_substitute_acts(people: People, chief: Person) -> None:
    report = bring(chief, event("a", "20260608", "20260615"))
    assert report.sentence == "Calendar Leave: 1 absence put down, none changed, none ended."
    absence = Absence.objects.get()
    zone = ZoneInfo("Europe/Amsterdam")
    assert absence.starts_at == datetime(2026, 6, 8, tzinfo=zone)
    assert absence.ends_at == datetime(2026, 6, 15, tzinfo=zone)
    assert (absence.source, absence.feed, absence.substitute) == ("calendar", "Leave", people["zoe"])
    assert "Holiday" not in absence.reason
    assert delegations.acting_for(["zoe"], absence.starts_at) == {"zoe": ("mia",)}
    assert delegations.acting_for(["zoe"], absence.ends_at) == {}
    told = {notice.person.username: notice.title for notice in Notice.objects.filter(kind="delegation")}
    assert told == {
        "mia": "You are away from Mon 8 Jun 2026 until Sun 14 Jun 2026",
        "zoe": "You act for Mia Moss from Mon 8 Jun 2026 until Sun 14 Jun 2026",
    }


def test_the_same_file_again_changes_nothing(people: People, chief: Person) -> None:
    bring(chief, event("a", "20260608", "20260615"))
    entries = DelegationEntry.objects.count()
    report = bring(chief, event("a", "20260608", "20260615"))
    assert (report.kept, report.lines) == (1, [])
    assert DelegationEntry.objects.count() == entries


def test_what_has_moved_is_changed_and_what_is_gone_or_cancelled_is_ended(people: People, chief: Person) -> None:
    bring(
        chief,
        event("a", "20260608", "20260610"),
        event("b", "20260622", "20260624"),
        event("c", "20260706", "20260708", "mo"),
        event("d", "20260720", "20260721", "max"),
    )
    report = bring(
        chief,
        event("a", "20260622", "20260625"),  # where b was
        event("c", "20260706", "20260708", "mo", "STATUS:CANCELLED"),
    )
    assert [(line.whom, line.what) for line in report.lines] == [
        ("Max Mill", "ended"),
        ("Mia Moss", "ended"),
        ("Mia Moss", "changed"),
        ("Mo Marsh", "ended"),
    ]
    (absence,) = Absence.objects.standing()
    assert (absence.uid, absence.starts_at.astimezone(ZoneInfo("Europe/Amsterdam")).day) == ("a", 22)
    assert Delegation.objects.given().get().starts_at == absence.starts_at
    ended = DelegationEntry.objects.filter(kind="back").values_list("detail", flat=True)
    assert set(ended) == {"no longer in calendar Leave"}


def test_what_people_said_themselves_is_left_alone(people: People, chief: Person) -> None:
    by_hand = be_away.be_away(people["mia"], NOW, NOW + timedelta(days=2), people["mia"], clock=clock)
    assert isinstance(by_hand, be_away.Away)
    report = bring(chief, event("a", "20260602", "20260604"))
    assert "is away" in skipped(report)[0]
    assert "Change that instead." in skipped(report)[0]
    assert Absence.objects.get() == by_hand.absence
    other = bring_in(ics(event("x", "20260801", "20260802", "mo"), name="Other"), chief, clock=clock)
    assert isinstance(other, Report)
    assert other.count("ended") == 0


def test_a_look_changes_nothing(people: People, chief: Person) -> None:
    entries = DelegationEntry.objects.count()
    report = bring(chief, event("a", "20260608", "20260615"), dry_run=True)
    assert report.count("put down") == 1
    assert report.sentence.endswith("This was only a look: nothing was changed.")
    assert (Absence.objects.count(), DelegationEntry.objects.count()) == (0, entries)


def test_times_have_the_zone_they_name_or_that_of_the_person(people: People, chief: Person) -> None:
    bring(
        chief,
        "UID:t\nDTSTART;TZID=America/New_York:20260608T090000\nDURATION:PT4H\nX-PENSTOCK-PERSON:mia",
        "UID:f\nDTSTART:20260609T090000\nDTEND:20260609T100000\nORGANIZER:mailto:MIA@example.com",
    )
    zoned, floating = Absence.objects.order_by("starts_at")
    assert (zoned.starts_at.astimezone(UTC).hour, zoned.ends_at - zoned.starts_at) == (13, timedelta(hours=4))
    assert floating.starts_at.astimezone(UTC).hour == 7


def test_an_event_repeats_by_simple_rules_within_a_year(people: People, chief: Person) -> None:
    report = bring(
        chief,
        event("w", "20260605", "20260606", "mia", "RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=4", "EXDATE;VALUE=DATE:20260612"),
        "UID:w\nRECURRENCE-ID;VALUE=DATE:20260619\nDTSTART;VALUE=DATE:20260618\nX-PENSTOCK-PERSON:mia",
        event("y", "20260910", "20260911", "mo", "RRULE:FREQ=YEARLY"),
        event("m", "20260601", "20260602", "max", "RRULE:FREQ=MONTHLY;BYDAY=1MO;UNTIL=20260831"),
        event("s", "20260601", "20260602", "ann", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        event("h", "20260601", "20260602", "ann", "RRULE:FREQ=SECONDLY"),
    )
    zone = ZoneInfo("Europe/Amsterdam")
    days = [f"{one.starts_at.astimezone(zone):%m-%d}" for one in Absence.objects.filter(person=people["mia"])]
    assert days == ["06-05", "06-18", "06-26"]
    assert Absence.objects.filter(person=people["mo"]).count() == 1
    days = [f"{one.starts_at.astimezone(zone):%m-%d}" for one in Absence.objects.filter(person=people["max"])]
    assert days == ["06-01", "07-06", "08-03"]
    assert skipped(report) == [
        "Holiday: It repeats by BYMONTH, BYMONTHDAY, which is not understood here.",
        "Holiday: It repeats more often than daily.",
    ]


def test_every_event_that_is_skipped_says_why(people: People, chief: Person) -> None:
    people["otto"].email = people["olga"].email
    people["otto"].save()
    report = bring(
        chief,
        event("1", "20260608", "20260609", "nobody"),
        event("2", "20260608", "20260609", "gus"),
        event("3", "20260608", "20260609", "olga"),
        event("4", "20260501", "20260502"),
        event("5", "20260608", "20260608"),
        event("6", "20260608", "20280608"),
        event("7", "20280608", "20280609"),
        event("8", "20260608", "20260609").replace("UID:8\n", ""),
        "UID:9\nDTSTART:garbage\nX-PENSTOCK-PERSON:mia",
        "UID:10\nDTSTART;VALUE=DATE:20260608",
        "UID:11\nDTSTART;VALUE=DATE:20260608\nX-PENSTOCK-PERSON:nemo",
        event("12", "20260608", "20260609", "mo"),
        event("12", "20260701", "20260702", "mo"),
    )
    reasons = [
        "Nobody active has the address nobody@example.com.",
        "Nobody active has the address gus@example.com.",
        "olga@example.com is the address of more than one person.",
        "It is over.",
        "It ends before it begins.",
        "It is longer than a year.",
        "It has no UID, and so could not be recognised the next time.",
        "When it is cannot be read.",
        "It names nobody: it has no attendee and no organizer.",
        "There is nobody called nemo who is active.",
        "Another event of this file has the same UID.",
        "This starts more than a year from now.",
    ]
    assert [words.split(": ", 1)[1] for words in skipped(report)] == reasons
    assert Absence.objects.count() == 1


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"no calendar", "This is not an iCalendar file."),
        (b"\xff\xfe\x00", "This is not an iCalendar file."),
        (ics(), "There is no event in this file, and so nothing was done with it."),
        (b"x" * (reading.MOST_BYTES + 1), "The file is larger than 1 MB."),
        (ics(*["UID:1"] * (reading.MOST_EVENTS + 1)), "There are more than 5,000 events in this file."),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(people: People, chief: Person, raw: bytes, sentence: str) -> None:
    bring(chief, event("a", "20260608", "20260615"))
    assert bring_in(raw, chief, "Leave", clock=clock) == Refusal("field:file", sentence)
    assert Absence.objects.standing().count() == 1


def test_only_administrators_bring_calendars_in(people: People, chief: Person) -> None:
    answer = bring_in(ics(event("a", "20260608", "20260615")), people["mia"], clock=clock)
    assert answer == Refusal("not-in-role", "Only administrators bring calendars in.")
    assert Refused.objects.get().person == "mia"


def test_the_command_says_what_it_did(people: People, chief: Person, tmp_path: Path, capsys: object) -> None:
    soon = timezone.now() + timedelta(days=3)
    file = tmp_path / "leave.ics"
    file.write_bytes(ics(event("a", f"{soon:%Y%m%d}", f"{soon + timedelta(days=2):%Y%m%d}")))
    call_command("absences", str(file), by="chief", dry_run=True)
    assert not Absence.objects.exists()
    call_command("absences", str(file), by="chief", feed="HR")
    said = capsys.readouterr().out
    assert "put down: Mia Moss away from" in said
    assert "Calendar HR: 1 absence put down" in said
    with pytest.raises(CommandError, match="Only administrators"):
        call_command("absences", str(file), by="mia")
    with pytest.raises(CommandError, match="nobody called nemo"):
        call_command("absences", str(file), by="nemo")
