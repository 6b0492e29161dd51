"""The table of parts in the documentation says what the guards say, of every act there is."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import get_args

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from engine.machine.commands import Refusal
from runs import comment, files
from runs import guard as run_guard
from runs.explaining import OF_VISIT
from runs.models import Run
from runs.models.seeing import OVERSEEING, overseen
from runs.outcomes import is_accepted
from runs.staffing import readers
from tests.dashboards import office
from tests.runs import house
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


#: The row that stands for each act of the guard of what could run.
ROWS: dict[guard.Act, str] = {
    "author": "write its playbooks and ask for exceptions",
    "publish": "publish its playbooks",
    "roll-out": "roll out its playbooks",
    "keep-calendar": "keep its calendars",
    "keep-plan": "say which runs deliver its plans",
    "publish-policy": "publish its policies",
    "except": "decide on exceptions from its policies",
    "retire": "retire what it has published",
    "confirm": "confirm what it has published",
    "hand-over": "say who owns what it has published",
}
#: What operators do to a run, as far as it stands as the test's does: it is not paused, and nothing has gone wrong.
OPERATE = frozenset({"pause", "cancel", "rollback", "change", "migrate", "jump", "skip", "complete-for", "reassign"})
AT_THE_GATE = frozenset({"vote", "withdraw", "delegate"})


def holder(part: str, unit: Unit) -> Person:
    person = Person.objects.create(username=part)
    Part.objects.create(unit=unit, person=person, part=part)
    return person


def test_the_table_says_what_the_guard_says_of_what_could_run() -> None:
    unit = Unit.objects.create(slug="company", title="Company")
    below = Unit.objects.create(slug="team", title="Team", parent=unit)
    artifacts = [Artifact.objects.create(slug=slug, unit=below) for slug in ("out", "idea")]
    out, idea = (
        Version.objects.create(artifact=one, number=1, title="x", kind="sop", source="", definition="", status=status)
        for one, status in zip(artifacts, ("published", "draft"), strict=True)
    )
    table = written()
    assert set(ROWS) == set(guard.PARTS) == set(get_args(guard.Act)), "an act without a row"
    assert set(table["publish its playbooks"]) == set(Part.Kind.values) - {"break_glass"}
    of_runs = {"comment on its runs, by the part alone", "pause, repair, move and end its runs"}
    of_runs.add("decide at its gates or do its tasks, by the part alone")
    for part in table["publish its playbooks"]:
        person = holder(part, unit)
        found = set(Version.objects.visible_to(person))
        says = {row: bool(guard.may(person, act, below)) for act, row in ROWS.items()}
        assert guard.allowed(person, below) == {act for act, row in ROWS.items() if says[row]}, part
        says |= {
            "find what is published there": out in found,
            "find what is not published yet": idea in found,
            "start runs of its playbooks": part in STARTERS,
            "see all its runs, with their logs": part in OVERSEEING and overseen(person).all,
            "remark on what is in review": guard.may_remark(person, idea),
            "look at its governance and the log of that": bool(guard.governed(person)),
            "look at all people, units and their logs": guard.may_read_directory(person),
            "look at how its gates are staffed": part in readers.PARTS,
            "change people, parts and units": bool(guard.may_change(person, "add") or guard.may_arrange(person)),
        }
        assert says == {name: row[part] for name, row in table.items() if name not in of_runs}, part


def test_the_table_says_what_the_guard_says_of_what_is_running() -> None:
    there = house.settle()
    run = house.begin(house.publish(office.board()), there["ann"], service="shop")
    gate = office.plan(run, there["ben"]).number
    run = Run.objects.get(pk=run.pk)
    task = house.begin(run.version, there["ann"], service="till")
    table, unit = written(), Unit.objects.get(slug="platform")
    for part in table["publish its playbooks"]:
        person, may = holder(part, unit), set()
        for act in get_args(run_guard.Act):
            if act in ("start", "see"):
                continue
            at = (run, gate) if act in AT_THE_GATE else (task, 1 if act in OF_VISIT else None)
            may |= {act} if run_guard.may(person, act, *at, to="ann" if act == "delegate" else "") else set()
        may_see = bool(run_guard.may(person, "see", run))
        said = comment.comment(run, person, "Hello")
        assert may == (OPERATE if table["pause, repair, move and end its runs"][part] else set()), part
        assert may_see == table["see all its runs, with their logs"][part], part
        assert (
            bool(may & {"claim", "complete", *AT_THE_GATE})
            == (table["decide at its gates or do its tasks, by the part alone"][part])
        )
        assert is_accepted(said) == table["comment on its runs, by the part alone"][part], (part, said)


def test_an_auditor_comments_where_they_are_more_than_that() -> None:
    there = house.settle()
    version = house.publish(office.board())
    run = house.begin(version, there["ann"], service="shop")
    answer = comment.comment(run, there["audrey"], "Hello")
    assert answer == Refusal("not-in-role", "Auditors of Platform read its runs and change nothing in them.")
    upload = SimpleUploadedFile("note.txt", b"x")
    assert files.keep(upload, there["audrey"], run) == answer
    there["audrey"].groups.add(Group.objects.get(name="managers"))
    assert is_accepted(comment.comment(run, there["audrey"], "Hello"))
    assert comment.comment(run, there["otto"], "Hello") == Refusal(*astuple(run_guard.NOT_VISIBLE)[1:])
