"""Entries of the governance log in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from dashboards.people.told import NOBODYS
from workflows.models import GovernanceEntry, Person

Kind = GovernanceEntry.Kind

#: Icon and what was done, of each kind; `{about}` is the unit, the artifact or its version.
SAYS: Mapping[str, tuple[str, str]] = {
    Kind.UNIT_ADDED: ("plus", "added the unit"),
    Kind.UNIT_CHANGED: ("pencil", "changed the unit"),
    Kind.UNIT_MOVED: ("jump", "moved the unit"),
    Kind.IMPORTED: ("download", "imported people and units:"),
    Kind.DRAFTED: ("pencil", "wrote a draft of"),
    Kind.DISCARDED: ("x", "discarded the draft of"),
    Kind.SUBMITTED: ("gate", "asked for a review of"),
    Kind.REVIEWED: ("comment", "reviewed"),
    Kind.APPROVED: ("done", "approved"),
    Kind.REOPENED: ("return", "made a draft again of"),
    Kind.REJECTED: ("failed", "rejected"),
    Kind.REMARKED: ("comment", "wrote a remark on"),
    Kind.SETTLED: ("check", "settled a remark on"),
    Kind.PUBLISHED: ("version", "published"),
    Kind.RETIRED: ("none", "retired"),
    Kind.CONFIRMED: ("check", "looked again, and found still right,"),
    Kind.REVIEW_DUE: ("calendar", "reminded that this is to be looked at again:"),
    Kind.OWNER: ("person", "changed the owner of"),
    Kind.ROLLOUT_STARTED: ("running", "began to roll out"),
    Kind.ROLLOUT_WIDENED: ("running", "widened the rollout of"),
    Kind.ROLLOUT_ENDED: ("end", "ended the rollout of"),
    Kind.EXCEPTION_ASKED: ("key", "asked for an exception:"),
    Kind.EXCEPTION_GRANTED: ("key", "granted an exception:"),
    Kind.EXCEPTION_REFUSED: ("x", "refused an exception:"),
    Kind.EXCEPTION_REVOKED: ("x", "ended an exception:"),
    Kind.EXCEPTION_ENDING: ("overdue", "reminded that this is about to end:"),
    Kind.CALENDAR_KEPT: ("calendar", "kept a calendar of"),
    Kind.RUNS_MOVED: ("jump", "moved runs of"),
    Kind.RUN_LINKED: ("link", "linked a run to the plan"),
    Kind.RUN_UNLINKED: ("link", "took a run off the plan"),
    Kind.REFUSED: ("failed", "was refused at"),
}


@dataclass(frozen=True)
class Line:
    """One entry: who, what was done, to what (`address` is its page), and what else the log says of it."""

    entry: GovernanceEntry
    icon: str
    by: str
    does: str
    about: str
    address: str

    @property
    def is_refusal(self) -> bool:
        return self.entry.kind == Kind.REFUSED


def lines(entries: Iterable[GovernanceEntry]) -> list[Line]:
    """Tell these entries, read with their artifacts. One statement for the names of who did it."""
    entries = list(entries)
    names = {person.username: str(person) for person in Person.objects.filter(username__in={one.by for one in entries})}
    return [_line(entry, names.get(entry.by) or NOBODYS.get(entry.by, entry.by)) for entry in entries]


def _line(entry: GovernanceEntry, by: str) -> Line:
    icon, does = SAYS.get(entry.kind, ("info", f"{entry.get_kind_display()}:"))
    address = reverse("playbook", args=[entry.artifact.slug]) if entry.artifact else ""
    return Line(entry, icon, by, does, entry.about, address)
