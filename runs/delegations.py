"""Who acts for whom at an instant: the standing delegations, asked anew for every act.

Nothing of a run is moved when one begins or ends. Whoever acts with the right of another does so by a delegation that
is in force at that instant; a delegation lends the rights of the one who made it and of nobody else, so it cannot be
passed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from engine.machine.events import ENGINE
from runs.models import Delegation


@dataclass(frozen=True, slots=True)
class Hand:
    """What one person holds of another: `playbooks` are slugs, none for all."""

    delegator: str
    playbooks: frozenset[str] = frozenset()

    def covers(self, playbook: str) -> bool:
        return not self.playbooks or playbook in self.playbooks


def hands(usernames: Iterable[str], now: datetime, hold: bool = False) -> dict[str, tuple[Hand, ...]]:
    """Return what each of these people holds of others now, in the order of the delegations: one statement.

    `hold`: keep the delegations from being taken back until this transaction ends, or see that they have been.
    """
    wanted = sorted(set(usernames) - {ENGINE, ""})
    if not wanted:
        return {}
    rows = Delegation.objects.in_force(now).filter(to__username__in=wanted).order_by("pk")
    if hold:
        rows = rows.select_for_update(of=("self",), no_key=True)
    return _read(rows)


def lent_by(usernames: Iterable[str], now: datetime) -> dict[str, tuple[Hand, ...]]:
    """Return who holds something of these people now, and what: one statement."""
    wanted = sorted(set(usernames) - {ENGINE, ""})
    return _read(Delegation.objects.in_force(now).filter(person__username__in=wanted)) if wanted else {}


def _read(rows: QuerySet[Delegation]) -> dict[str, tuple[Hand, ...]]:
    found: dict[int, tuple[datetime, str, str, set[str]]] = {}
    columns = ("pk", "starts_at", "to__username", "person__username", "playbooks__slug")
    for pk, starts_at, to, person, slug in rows.values_list(*columns):
        found.setdefault(pk, (starts_at, to, person, set()))[3].update([slug] if slug else [])
    held: dict[str, tuple[Hand, ...]] = {}
    for _, to, person, slugs in sorted(found.values(), key=lambda one: one[0]):
        held[to] = (*held.get(to, ()), Hand(person, frozenset(slugs)))
    return held


def acting_for(usernames: Iterable[str], now: datetime, playbook: str | None = None) -> dict[str, tuple[str, ...]]:
    """Return whose rights each of these people may use now: of one playbook, or without it of any at all."""
    return {
        delegate: delegators_of(held, playbook)
        for delegate, held in hands(usernames, now).items()
        if delegators_of(held, playbook)
    }


def delegators_of(held: Iterable[Hand], playbook: str | None = None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hand.delegator for hand in held if playbook is None or hand.covers(playbook)))


def of(usernames: Iterable[str], now: datetime, playbook: str | None = None) -> QuerySet[Delegation]:
    """Return the delegations in force by which somebody acts for these people now, in one playbook or in any."""
    rows = Delegation.objects.in_force(now).filter(person__username__in=set(usernames)).select_related("person", "to")
    if playbook is not None:
        rows = rows.filter(playbooks=None) | rows.filter(playbooks__slug=playbook)
    return rows.distinct()
