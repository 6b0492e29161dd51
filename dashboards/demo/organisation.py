"""Lindhaven Energy: an invented grid and energy company in the Netherlands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from workflows.directory import accounts, memberships, parts
from workflows.directory.changing import NotChanged, Outcome
from workflows.models import Part, Person, Unit

ROOT = "lindhaven"
ZONE = "Europe/Amsterdam"

#: Slug, title; the first is the root, all others stand below it.
UNITS = (
    (ROOT, "Lindhaven Energy"),
    ("platform", "Platform"),
    ("finance", "Finance"),
    ("security", "Security"),
    ("grid", "Grid operations"),
)

Kind = Part.Kind


@dataclass(frozen=True)
class Colleague:
    """One person: groups are what playbooks call for, parts are (unit, part)."""

    username: str
    first_name: str
    last_name: str
    job_title: str
    groups: tuple[str, ...] = ()
    parts: tuple[tuple[str, Part.Kind], ...] = ()


PEOPLE = (
    Colleague(
        "marit",
        "Marit",
        "de Vries",
        "Release manager",
        ("release-managers", "releasers", "managers"),
        ((ROOT, Kind.MEMBER),),
    ),
    Colleague("ines", "Ines", "Okafor", "Engineer", ("engineers",), ((ROOT, Kind.MEMBER),)),
    Colleague(
        "lucia",
        "Lucía",
        "Ferrer",
        "Security engineer",
        ("security",),
        ((ROOT, Kind.MEMBER), ("security", Kind.AUTHOR)),
    ),
    Colleague(
        "deniz",
        "Deniz",
        "Aydın",
        "Operations desk",
        ("help-desk",),
        ((ROOT, Kind.OPERATOR), (ROOT, Kind.BREAK_GLASS), (ROOT, Kind.MEMBER)),
    ),
    Colleague(
        "sanjay",
        "Sanjay",
        "Rao",
        "Release manager",
        ("release-managers", "managers", "incident-commanders"),
        ((ROOT, Kind.MEMBER),),
    ),
    Colleague(
        "hanna",
        "Hanna",
        "Lindqvist",
        "Head of platform",
        ("platform-leads", "managers", "leadership", "incident-commanders"),
        ((ROOT, Kind.MEMBER),),
    ),
    Colleague("owen", "Owen", "Price", "Finance controller", ("finance-controllers",), (("finance", Kind.MEMBER),)),
    Colleague(
        "sofia",
        "Sofia",
        "Marchetti",
        "Finance director",
        ("finance-directors", "leadership"),
        (("finance", Kind.MEMBER),),
    ),
    Colleague(
        "rafael",
        "Rafael",
        "Costa",
        "Buyer",
        ("purchasing",),
        (("finance", Kind.MEMBER), ("platform", Kind.VIEWER)),
    ),
    Colleague(
        "aiko",
        "Aiko",
        "Tanabe",
        "Engineer and author",
        ("engineers", "releasers"),
        ((ROOT, Kind.MEMBER), ("platform", Kind.AUTHOR)),
    ),
    Colleague("priya", "Priya", "Nair", "Process owner", ("legal",), ((ROOT, Kind.PROCESS_OWNER),)),
)

#: Of everybody in the demo: a gate may want to know once more who decides. The page that asks says it.
PASSWORD = "lindhaven-2026"

#: Who made them all, in the directory's log.
BY = "penstock"

#: In whose name the library is published.
PROCESS_OWNER = "priya"

#: Made last: whoever finds him finds the whole demo.
AUDITOR = Colleague("emil", "Emil", "Novák", "Internal auditor", (), ((ROOT, Kind.AUDITOR),))


def found(at: datetime | None = None) -> None:
    """Make the units, the groups and everybody but the auditor, as of then."""
    root = None
    for slug, title in UNITS:
        unit, _ = Unit.objects.get_or_create(slug=slug)
        unit.title, unit.parent = title, root
        unit.save()
        root = root or unit
    for colleague in PEOPLE:
        employ(colleague, at)


def address(colleague: Colleague) -> str:
    return f"{colleague.username}@lindhaven.example"


def employ(colleague: Colleague, at: datetime | None = None) -> None:
    """Make one person (or complete one half made)."""
    details = {
        "first_name": colleague.first_name,
        "last_name": colleague.last_name,
        "job_title": colleague.job_title,
        "email": address(colleague),
        "time_zone": ZONE,
    }
    if not Person.objects.filter(username=colleague.username).exists():
        _done(accounts.add(colleague.username, BY, details, at=at))
    person = Person.objects.get(username=colleague.username)
    for name in colleague.groups:
        _done(memberships.join(person, name, BY, is_new=True, at=at))
    for slug, kind in colleague.parts:
        _done(parts.give(person, kind, Unit.objects.get(slug=slug), BY, at=at))


def give_passwords() -> None:
    """Give everybody the password that the demo tells."""
    Person.objects.filter(username__in=[one.username for one in (*PEOPLE, AUDITOR)]).update(
        password=make_password(PASSWORD)
    )


def _done(outcome: Outcome) -> None:
    if isinstance(outcome, NotChanged):
        raise ValueError(outcome.sentence)
