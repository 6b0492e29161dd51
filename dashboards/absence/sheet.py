"""The log of delegations and absences as a sheet: who did what to whose rights, and to whom they went."""

from __future__ import annotations

from runs.models import DelegationEntry
from workflows.models import Person
from workflows.sheets import csv

HEADS = ["at", "by", "by_name", "what", "person", "person_name", "to", "to_name", "starts_at", "ends_at", "detail"]
MOST = 10_000


def write(reader: Person) -> str:
    """Write what this person may see of the log, the newest first; a text that looks like a formula is none."""
    entries = DelegationEntry.objects.visible_to(reader).select_related("by", "person", "to")[:MOST]
    return csv.write([HEADS, *(_row(entry) for entry in entries)])


def _row(entry: DelegationEntry) -> list[str]:
    people = [word for one in (entry.by, entry.person, entry.to) for word in _named(one)]
    times = [at.isoformat() if at else "" for at in (entry.at, entry.starts_at, entry.ends_at)]
    by, by_name, *others = people
    return [times[0], by, by_name, str(entry.get_kind_display()), *others, times[1], times[2], entry.detail]


def _named(person: Person | None) -> tuple[str, str]:
    return (person.username, str(person)) if person else ("", "")
