"""Who is away, until when, and who acts for them meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runs import absences
from runs.delegations import Hand
from runs.models import Delegation


@dataclass(frozen=True)
class Presence:
    """`until`: whoever is away, and when they are back; `hands`: who holds what of them meanwhile, the first first."""

    until: Mapping[str, datetime] = field(default_factory=dict)
    hands: tuple[tuple[str, Hand], ...] = ()

    @property
    def in_order(self) -> tuple[str, ...]:
        """Those away, the first to be back first."""
        return tuple(sorted(self.until, key=lambda person: (self.until[person], person)))

    @property
    def delegates(self) -> frozenset[str]:
        return frozenset(to for to, _ in self.hands)

    def handed(self, playbook: str) -> dict[str, str]:
        """Return who acts for whom in runs of this playbook."""
        return {hand.delegator: to for to, hand in reversed(self.hands) if hand.covers(playbook)}


def at(usernames: Iterable[str], now: datetime) -> Presence:
    """Say who of these people is away now. One statement, and one more where somebody is."""
    until = {name: absence.ends_at for name, absence in absences.away_now(usernames, now).items()}
    if not until:
        return Presence()
    rows = Delegation.objects.in_force(now).filter(person__username__in=until).order_by("starts_at", "pk")
    found: dict[int, tuple[str, str, set[str]]] = {}
    for pk, to, person, slug in rows.values_list("pk", "to__username", "person__username", "playbooks__slug"):
        found.setdefault(pk, (to, person, set()))[2].update([slug] if slug else [])
    return Presence(until, tuple((to, Hand(person, frozenset(slugs))) for to, person, slugs in found.values()))
