"""What the reader may do with what is published, and what is being written of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from engine.lifecycles import VersionStatus
from workflows import confirming, guard
from workflows.models import Artifact, Part, Person, Version

_UNFINISHED = (VersionStatus.DRAFT, VersionStatus.IN_REVIEW, VersionStatus.APPROVED)
MOST_PEOPLE = 300


@dataclass(frozen=True)
class Kept:
    """`mine` is what the reader writes of it; `unfinished` all that they may read of what is not published."""

    unfinished: tuple[Version, ...]
    mine: Version | None
    may_change: bool
    may_confirm: bool
    may_retire: bool
    may_hand_over: bool
    may_roll_out: bool
    due_at: datetime | None
    is_due: bool


def of(artifact: Artifact, person: Person, versions: tuple[Version, ...], now: datetime) -> Kept:
    """Return this for an artifact of which the reader sees these versions, as they are or were published."""
    published = next((one for one in versions if one.status == VersionStatus.PUBLISHED), None)
    shown = {one.pk for one in versions}
    # not `artifact.versions`: a page has read those that are out already, and would ask among these
    found = Version.objects.filter(artifact=artifact, status__in=_UNFINISHED)
    found = found.select_related("author", "artifact__unit")
    found = found.defer("source", "definition", "proven").prefetch_related("reviews").order_by("-number")
    unfinished = tuple(one for one in found if one.pk not in shown and guard.may_read_draft(person, one))
    due_at = confirming.due_at(artifact, published) if published else None
    allowed, owns = guard.allowed(person, artifact.unit), person.is_active and artifact.owner_id == person.pk
    return Kept(
        unfinished=unfinished,
        mine=next((one for one in found if one.author_id == person.pk), None),
        may_change="author" in allowed,
        may_confirm=owns or "confirm" in allowed,
        may_retire="retire" in allowed,
        may_hand_over=owns or "hand-over" in allowed,
        may_roll_out="roll-out" in allowed and any(one.status == VersionStatus.APPROVED for one in found),
        due_at=due_at,
        is_due=due_at is not None and due_at <= now,
    )


def possible_owners(artifact: Artifact) -> tuple[tuple[str, str], ...]:
    """Return who may own it, as choices: authors and process owners of its unit, or of one above."""
    held = Part.objects.filter(part__in=guard.PARTS["author"], unit__path__in=artifact.unit.paths)
    people = Person.objects.filter(Q(pk__in=held.values("person")), is_active=True, is_service=False)
    found = people.order_by("first_name", "last_name")[:MOST_PEOPLE]
    return tuple((one.username, str(one)) for one in found)
