"""The lines of units: which are new, which details change, which stand elsewhere from then on.

A line may name a parent that another line adds, wherever that stands in the table. An empty cell leaves what is there;
a new unit without a parent stands at the top, and `/` puts one there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.problems import did_you_mean
from workflows.calendars import Known
from workflows.directory import units
from workflows.directory.changing import By, NotChanged
from workflows.directory.imports.planned import Act, Line
from workflows.directory.imports.table import Row, Table
from workflows.models import Unit

TOP = "/"
_DETAILS = ("title", "kind", "calendar")


def plan(table: Table) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Say what each line would do, and in which order: what stands higher first. Two statements."""
    there = {unit.slug: unit for unit in Unit.objects.select_related("parent")}
    parents = {slug: unit.parent.slug if unit.parent else "" for slug, unit in there.items()}
    for row in table.rows:
        slug = row.cells.get("unit", "")
        parents[slug] = row.cells.get("parent", parents.get(slug, "")).removeprefix(TOP)
    known, seen = Known(), {}
    lines = tuple(_line(row, there, parents, known, seen) for row in table.rows)
    deep = {line.number: len(_above(line.name, parents)) for line in lines}
    return lines, tuple(sorted(lines, key=lambda line: deep[line.number]))


def _line(row: Row, there: Mapping[str, Unit], parents: Mapping[str, str], known: Known, seen: dict[str, int]) -> Line:
    slug = row.cells.get("unit", "")
    errors = {"": row.trouble} if row.trouble else {}
    unit = there.get(slug)
    if not units.is_slug(slug):
        errors["unit"] = units.SLUG_SAYS if slug else "Say which unit it is."
    elif (before := seen.setdefault(slug, row.number)) != row.number:
        errors["unit"] = f"Line {before} is about `{slug}` already."
    details = {column: row.cells[column] for column in _DETAILS if column in row.cells}
    if "kind" in details:
        details["kind"] = details["kind"].lower()
    before_it = {column: getattr(unit, column) if unit else "" for column in details}
    if problem := units.fill(unit or Unit(slug=slug), details, known):
        errors |= problem.errors
    parent = parents[slug]
    if parent and parent not in parents:
        errors["parent"] = f"No unit is called `{parent}`. {did_you_mean(parent, parents) or ''}".strip()
    elif slug in (above := _above(slug, parents)):
        circle = " below ".join(f"`{one}`" for one in (slug, *above[: above.index(slug) + 1]))
        errors["parent"] = f"It would stand below itself: {circle}."
    acts = []
    if unit is None:
        where = f"below {parent}" if parent else "at the top"
        acts.append(Act(f"is added {where}: {details.get('title', '')}", "add", details, (parent,)))
    else:
        if parent != (unit.parent.slug if unit.parent else ""):
            where = f"below {parent}" if parent else "to the top"
            acts.append(Act(f"moves {where}, with all below it", "move", names=(parent,)))
        if changed := {column: details[column] for column in details if details[column] != before_it[column]}:
            was = (f"{column}: {value} (was {before_it[column] or 'none'})" for column, value in changed.items())
            acts.append(Act("; ".join(was), "change", changed))
    return Line(row.number, slug, unit is None, tuple(acts), errors)


def _above(slug: str, parents: Mapping[str, str]) -> list[str]:
    """The units above it, the nearest first, until the top or one that was there before."""
    found: list[str] = []
    while (slug := parents.get(slug, "")) and slug not in found:
        found.append(slug)
    return found


def do(lines: Sequence[Line], by: By) -> tuple[Line | None, NotChanged] | None:
    """Do what these lines say, which stand in the order of `plan`; say which one could not be done, and why.

    New units of one depth are added together. What moves or changes is done one by one, as all below it moves along.
    """
    pending: dict[str, tuple[Mapping[str, str], str]] = {}
    for line in lines:
        for act in line.acts:
            # what is pending must be there before anything stands below it, or is moved there
            if pending and (act.verb != "add" or act.names[0] in pending):
                if isinstance(answer := units.add_many(pending, by), NotChanged):
                    return None, answer
                pending = {}
            if act.verb == "add":
                pending[line.name] = (act.details, act.names[0])
            elif isinstance(answer := _one(line.name, act, by), NotChanged):
                return line, answer
    if pending and isinstance(answer := units.add_many(pending, by), NotChanged):
        return None, answer
    return None


def _one(slug: str, act: Act, by: By) -> units.Outcome:
    unit = Unit.objects.get(slug=slug)
    if act.verb == "move":
        return units.move(unit, Unit.objects.get(slug=act.names[0]) if act.names[0] else None, by)
    return units.change(unit, by, act.details)
