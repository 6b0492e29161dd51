"""The table of parts in the documentation says what the guard says."""

from __future__ import annotations

from pathlib import Path

import pytest

from runs.models.seeing import OVERSEEING, overseen
from runs.staffing import readers
from workflows import guard
from workflows.eligible import STARTERS
from workflows.models import Artifact, Part, Person, Unit, Version

pytestmark = pytest.mark.django_db
FILE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "parts.md"


def written() -> dict[str, dict[str, bool]]:
    """What the table says: by row, by part."""
    rows = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in FILE.read_text().splitlines()
        if line.startswith("| ")
    ]
    (_, *parts), *lines = rows
    return {name: dict(zip(parts, (cell == "yes" for cell in cells), strict=True)) for name, *cells in lines}


def test_the_table_says_what_the_guard_says() -> None:
    unit = Unit.objects.create(slug="company", title="Company")
    below = Unit.objects.create(slug="team", title="Team", parent=unit)
    artifacts = [Artifact.objects.create(slug=slug, unit=below) for slug in ("out", "idea")]
    out, idea = (
        Version.objects.create(artifact=one, number=1, title="x", kind="sop", source="", definition="", status=status)
        for one, status in zip(artifacts, ("published", "draft"), strict=True)
    )
    table = written()
    assert set(table["publish its playbooks"]) == set(Part.Kind.values) - {"break_glass"}
    for part in table["publish its playbooks"]:
        person = Person.objects.create(username=part)
        Part.objects.create(unit=unit, person=person, part=part)
        found = set(Version.objects.visible_to(person))
        says = {
            "find what is published there": out in found,
            "find what is not published yet": idea in found,
            "start runs of its playbooks": part in STARTERS,
            "see all its runs, with their logs": part in OVERSEEING and overseen(person).all,
            "pause, repair and end its runs": part == Part.Kind.OPERATOR,
            "write its playbooks": bool(guard.may(person, "author", below)),
            "publish its playbooks": bool(guard.may(person, "publish", below)),
            "keep its calendars": bool(guard.may(person, "keep-calendar", below)),
            "look at all people, units and their logs": guard.may_read_directory(person),
            "look at how its gates are staffed": part in readers.PARTS,
        }
        assert says == {name: row[part] for name, row in table.items()}, part
