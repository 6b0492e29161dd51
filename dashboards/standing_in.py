"""For whom the reader acts today, and who acts for the reader: names and ends in words for lists and pages.

Takes the delegations in force; leaves to the guard what anybody may do with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from runs import absences, delegations, periods
from runs.models import Delegation
from workflows.models import Person


@dataclass(frozen=True)
class Lender:
    """Somebody with whose rights the reader may act. `playbooks` are keys, none for all; `away`: they are away."""

    person: Person
    until: str
    away: bool
    groups: frozenset[str] = frozenset()
    group_keys: frozenset[int] = frozenset()
    playbooks: frozenset[int] = frozenset()

    @property
    def words(self) -> str:
        return f"for {self.person}, {'away ' if self.away else ''}until {self.until}"

    def covers(self, playbook: int) -> bool:
        return not self.playbooks or playbook in self.playbooks

    @property
    def asked(self) -> Q:
        """The steps that wait for this person: assigned to them, claimed by them, or for anybody in their groups."""
        theirs = (
            Q(claimed_by=self.person)
            | Q(claimed_for=self.person)
            | Q(candidates__person=self.person)
            | Q(claimed_by=None, candidates__group__in=self.group_keys)
        )
        return theirs & Q(run__version__artifact__in=self.playbooks) if self.playbooks else theirs


def of(person: Person, now: datetime) -> tuple[tuple[Lender, ...], tuple[str, ...]]:
    """Return for whom this person acts now, and who acts for them, in words.

    One statement where it is nobody, three otherwise.
    """
    rows = Delegation.objects.in_force(now).filter(Q(to=person) | Q(person=person)).order_by("ends_at", "pk")
    lenders: dict[int, Lender] = {}
    deputies = []
    for row in rows.select_related("person", "to").prefetch_related("person__groups", "playbooks"):
        if row.to_id == person.pk:
            lenders[row.person_id] = _merged(_lender(row, person), lenders.get(row.person_id))
        else:
            count = len(row.playbooks.all())
            where = f", in {count} playbook{'' if count == 1 else 's'}" if count else ""
            deputies.append(f"{row.to} acts for you until {periods.until(row.ends_at, person)}{where}")
    return tuple(lenders.values()), tuple(deputies)


def _lender(row: Delegation, reader: Person) -> Lender:
    groups = row.person.groups.all()
    return Lender(
        row.person,
        periods.until(row.ends_at, reader),
        row.absence_id is not None,
        frozenset(group.name for group in groups),
        frozenset(group.pk for group in groups),
        frozenset(playbook.pk for playbook in row.playbooks.all()),
    )


def _merged(lender: Lender, before: Lender | None) -> Lender:
    """Of two delegations of one person: the later end, and the playbooks of both."""
    if before is None:
        return lender
    everywhere = not (before.playbooks and lender.playbooks)
    both = frozenset[int]() if everywhere else before.playbooks | lender.playbooks
    return replace(lender, playbooks=both, away=before.away or lender.away)


def notes(usernames: Iterable[str], playbook: str, reader: Person, now: datetime) -> dict[str, str]:
    """Say of each of these people who is away, or has handed over, until when and who acts: two statements."""
    names = set(usernames)
    acting: dict[str, list[Delegation]] = {}
    for row in delegations.of(names, now, playbook):
        acting.setdefault(row.person.username, []).append(row)
    gone = absences.away_now(names, now)
    found = {}
    for name in names & (gone.keys() | acting.keys()):
        said = f"Away until {periods.until(gone[name].ends_at, reader)}" if name in gone else ""
        found[name] = f"{said}{'; ' if said else ''}{_who(acting.get(name, ()), reader)}"
    return found


def _who(rows: Sequence[Delegation], reader: Person) -> str:
    if not rows:
        return "nobody acts for them"
    names = ["you act" if row.to_id == reader.pk else f"{row.to} acts" for row in rows]
    return f"{' and '.join(names)} for them until {periods.until(max(row.ends_at for row in rows), reader)}"
