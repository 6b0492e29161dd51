"""What the page says: who acts for whom now, what was said of the weeks to come, what is over, and the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from dashboards import forms
from dashboards.absence import ahead
from dashboards.absence.ahead import Ahead
from engine.lifecycles import DelegationStatus
from runs import appointing, periods
from runs.models import Absence, Delegation, DelegationEntry, Substitute
from workflows.models import Person

#: How many lines of the past and of the log the page shows; the sheet has all of the log.
SHOWN = 20


@dataclass(frozen=True)
class Handed:
    """A delegation in words: when it holds, where, and what the reader may do about it."""

    row: Delegation
    when: str
    where: str
    in_force: bool
    mine_to_end: bool


@dataclass(frozen=True)
class Away:
    row: Absence
    when: str
    now: bool
    mine_to_change: bool


@dataclass(frozen=True)
class Page:
    """`person` is whose page it is: the reader's own, or (for administrators) somebody else's."""

    person: Person
    absences: list[Away]
    made: list[Handed]
    received: list[Handed]
    over: list[Handed]
    others: list[Handed]
    others_away: list[Away]
    ahead: Ahead | None
    entries: list[DelegationEntry]
    usual: Person | None

    @property
    def acts_now(self) -> list[Handed]:
        return [one for one in self.made if one.in_force]

    @property
    def acted_for_now(self) -> list[Handed]:
        return [one for one in self.received if one.in_force]

    @property
    def away_now(self) -> Away | None:
        return next((one for one in self.absences if one.now), None)


def of(reader: Person, person: Person, titles: Mapping[str, str], now: datetime) -> Page:
    """Read the page: a fixed number of statements."""
    delegations = (
        Delegation.objects.visible_to(reader)
        .select_related("person", "to", "absence", "ended_by", "made_by")
        .prefetch_related("playbooks")
    )
    concerning = Q(person=person) | Q(to=person)
    soon = now + timedelta(weeks=ahead.WEEKS)
    standing = list(delegations.given().filter(ends_at__gt=now))
    handed = [_handed(row, reader, titles, now) for row in standing]
    mine = [one for one in handed if person in (one.row.person, one.row.to)]
    ended = ~Q(status=DelegationStatus.GIVEN.value) | Q(ends_at__lte=now)
    past = delegations.filter(concerning).filter(ended).order_by("-ends_at", "-pk")[:SHOWN]
    away = [
        Away(
            row,
            periods.said(row.starts_at, row.ends_at, reader),
            row.starts_at <= now,
            bool(appointing.to_change(reader, row)),
        )
        for row in Absence.objects.visible_to(reader)
        .standing()
        .filter(ends_at__gt=now)
        .select_related("person", "substitute", "made_by")
    ]
    usual = Substitute.objects.filter(person=person).select_related("to").first()
    entries = DelegationEntry.objects.visible_to(reader).filter(concerning | Q(by=person))
    return Page(
        person=person,
        absences=[one for one in away if one.row.person == person],
        made=[one for one in mine if one.row.person == person],
        received=[one for one in mine if one.row.to == person],
        over=[_handed(row, reader, titles, now) for row in past],
        others=[one for one in handed if one not in mine and one.row.starts_at < soon],
        others_away=[one for one in away if one.row.person != person and one.row.starts_at < soon],
        ahead=ahead.of([one.row for one in away], standing, reader, now),
        entries=list(entries.select_related("by", "person", "to")[:SHOWN]),
        usual=usual.to if usual else None,
    )


def _handed(row: Delegation, reader: Person, titles: Mapping[str, str], now: datetime) -> Handed:
    slugs = sorted(playbook.slug for playbook in row.playbooks.all())
    where = ", ".join(titles.get(slug, slug) for slug in slugs) or "all playbooks"
    stands = row.status == DelegationStatus.GIVEN and row.ends_at > now
    in_force = stands and row.starts_at <= now and row.person.is_active and row.to.is_active
    may_end = stands and bool(appointing.to_take_back(reader, row))
    return Handed(row, periods.said(row.starts_at, row.ends_at, reader), where, in_force, may_end)


def pickable(person: Person) -> Sequence[Person]:
    """Who may act for this person: everybody active but themselves; nobody is listed where they are too many."""
    people = Person.objects.filter(is_active=True, is_service=False).exclude(pk=person.pk)
    return sorted(people[: forms.PICKABLE_PEOPLE + 1], key=str)
