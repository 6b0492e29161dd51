"""The lines of people: who is new, whose details change, who joins which group and is given which part.

A line adds and changes. It takes nothing away: an empty cell leaves what is there, groups and parts that it does not
name stay. Nobody is given a password.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import Group

from engine.problems import did_you_mean
from workflows import guard
from workflows.directory import accounts, memberships, parts
from workflows.directory.changing import By, NotChanged
from workflows.directory.imports.planned import Act, Line
from workflows.directory.imports.table import Row, Table
from workflows.models import Part, Person, Unit

_BETWEEN = re.compile(r"[;,]")


@dataclass(frozen=True)
class _There:
    """The directory as it is: people by username, and all that a line may name."""

    by: By
    people: Mapping[str, Person]
    spelled: Mapping[str, str]
    members: frozenset[tuple[str, str]]
    held: frozenset[tuple[str, str, str]]
    groups: frozenset[str]
    units: Mapping[str, Unit]
    is_new_group_meant: bool


def plan(table: Table, by: By, is_new_group_meant: bool) -> tuple[Line, ...]:
    """Say what each line would do. Six statements, however many lines."""
    named = {row.cells.get("username", "") for row in table.rows}
    people = Person.objects.filter(username__in=named)
    spelled = {name.lower(): name for name in Person.objects.values_list("username", flat=True)}
    there = _There(
        by,
        {person.username: person for person in people},
        spelled,
        frozenset(people.filter(groups__isnull=False).values_list("username", "groups__name")),
        frozenset(Part.objects.filter(person__in=people).values_list("person__username", "part", "unit__slug")),
        frozenset(Group.objects.values_list("name", flat=True)),
        {unit.slug: unit for unit in Unit.objects.all()},
        is_new_group_meant,
    )
    seen: dict[str, int] = {}
    return tuple(_line(row, there, seen) for row in table.rows)


def _line(row: Row, there: _There, seen: dict[str, int]) -> Line:
    name = row.cells.get("username", "")
    errors = {"": row.trouble} if row.trouble else {}
    if not name:
        errors["username"] = "Say who it is."
    elif (before := seen.setdefault(name.lower(), row.number)) != row.number:
        errors["username"] = f"Line {before} is about `{name}` already."
    person = there.people.get(name)
    if name and person is None and (says := _taken(name, there)):
        errors["username"] = says
    details = {column: row.cells[column] for column in accounts.DETAILS if column in row.cells}
    subject = person or Person(username=name)
    before_it = {column: getattr(subject, column) for column in details}
    if name and (problem := accounts.fill(subject, details)):
        errors = {**problem.errors, **errors}
    acts: list[Act] = []
    if person is None:
        acts.append(Act(_introduced(details), "add", details))
    elif changed := {column: details[column] for column in details if details[column] != before_it[column]}:
        acts.append(Act(_told(changed, before_it), "change", changed))
    rights = [*_groups(row, name, there, errors), *_parts(row, name, subject, there, errors)]
    if rights and person is not None and isinstance(there.by, Person):
        verdict = guard.may_change(there.by, "join", person)
        if not verdict:
            errors["groups" if "groups" in row.cells else "parts"] = verdict.sentence
    return Line(row.number, name, person is None, (*acts, *rights), errors)


def _taken(name: str, there: _There) -> str:
    if name.lower() in accounts.RESERVED:
        return f"`{name}` stands for Penstock itself."
    if other := there.spelled.get(name.lower()):
        return f"Somebody signs in as `{other}`: write it so, or choose another name."
    return ""


def _groups(row: Row, name: str, there: _There, errors: dict[str, str]) -> Iterator[Act]:
    for group in _each(row, "groups"):
        is_new = group not in there.groups
        if is_new and not there.is_new_group_meant:
            hint = did_you_mean(group, there.groups) or "Say that new groups are meant, or make it on a person’s page."
            errors["groups"] = f"No group is called `{group}`. {hint}"
        elif is_new and len(group) > memberships.LONGEST_NAME:
            errors["groups"] = f"A group's name has {memberships.LONGEST_NAME} characters at most."
        elif (name, group) not in there.members:
            yield Act(f"joins {group}{', a new group' if is_new else ''}", "join", names=(group,))


def _parts(row: Row, name: str, person: Person, there: _There, errors: dict[str, str]) -> Iterator[Act]:
    for written in _each(row, "parts"):
        part, colon, slug = (text.strip() for text in written.partition(":"))
        part = part.lower().replace(" ", "_").replace("-", "_")
        if not colon:
            errors["parts"] = f"Write a part as `member:platform`, not `{written}`."
        elif part not in Part.Kind.values:
            hint = did_you_mean(part, Part.Kind.values) or f"There are {', '.join(Part.Kind.values)}."
            errors["parts"] = f"There is no part `{part}`. {hint}"
        elif slug not in there.units:
            hint = did_you_mean(slug, there.units) or "Import the units first."
            errors["parts"] = f"No unit is called `{slug}`. {hint}"
        elif person.is_service and part == Part.Kind.BREAK_GLASS:
            errors["parts"] = "A service account takes no run past a gate."
        elif (name, part, slug) not in there.held:
            says = f"becomes {str(Part.Kind(part).label).lower()} in {there.units[slug]}"
            yield Act(says, "give", names=(part, slug))


def _each(row: Row, column: str) -> list[str]:
    """The names in a cell, each once."""
    return list(dict.fromkeys(filter(None, (text.strip() for text in _BETWEEN.split(row.cells.get(column, ""))))))


def _introduced(details: Mapping[str, str]) -> str:
    said = ", ".join(details[column] for column in accounts.DETAILS if column in details)
    return f"gets an account: {said}" if said else "gets an account"


def _told(changed: Mapping[str, str], before: Mapping[str, str]) -> str:
    return "; ".join(
        f"{accounts.DETAILS[column]}: {value} (was {before[column] or 'none'})" for column, value in changed.items()
    )


def do(lines: Sequence[Line], by: By) -> NotChanged | None:
    """Do what these lines say: a fixed number of statements for each thousand of them."""
    acts = [(line.name, act) for line in lines for act in line.acts]
    groups: dict[str, list[str]] = defaultdict(list)
    held: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, act in acts:
        if act.verb == "join":
            groups[name].append(act.names[0])
        elif act.verb == "give":
            held[name].append((act.names[0], act.names[1]))
    for verb, wanted in (
        (accounts.add_many, {name: act.details for name, act in acts if act.verb == "add"}),
        (accounts.change_many, {name: act.details for name, act in acts if act.verb == "change"}),
        (memberships.join_many, groups),
        (parts.give_many, held),
    ):
        if wanted and isinstance(answer := verb(wanted, by), NotChanged):
            return answer
    return None
