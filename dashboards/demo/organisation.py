"""Lindhaven Energy: an invented grid and energy company in the Netherlands."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group

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
    Colleague("lucia", "Lucía", "Ferrer", "Security engineer", ("security",), ((ROOT, Kind.MEMBER),)),
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

#: In whose name the library is published.
PROCESS_OWNER = "priya"

#: Made last: whoever finds him finds the whole demo.
AUDITOR = Colleague("emil", "Emil", "Novák", "Internal auditor", (), ((ROOT, Kind.AUDITOR),))


def found() -> None:
    """Make the units, the groups and everybody but the auditor."""
    root = None
    for slug, title in UNITS:
        unit, _ = Unit.objects.get_or_create(slug=slug)
        unit.title, unit.parent = title, root
        unit.save()
        root = root or unit
    for colleague in PEOPLE:
        employ(colleague)


def address(colleague: Colleague) -> str:
    return f"{colleague.username}@lindhaven.example"


def employ(colleague: Colleague) -> None:
    """Make one person (or complete one half made), who can sign in only where the demo lets people pick one."""
    person, _ = Person.objects.get_or_create(username=colleague.username)
    person.first_name, person.last_name = colleague.first_name, colleague.last_name
    person.job_title, person.email, person.time_zone = colleague.job_title, address(colleague), ZONE
    person.set_unusable_password()
    person.save()
    person.groups.set([Group.objects.get_or_create(name=name)[0] for name in colleague.groups])
    for slug, kind in colleague.parts:
        Part.objects.get_or_create(unit=Unit.objects.get(slug=slug), person=person, part=kind)
