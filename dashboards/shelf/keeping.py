"""What the reader may do with what is published, and what is being written of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from engine.lifecycles import VERSION_OUT, VersionStatus
from workflows import confirming, drafting, guard
from workflows.guard import Verdict
from workflows.models import Artifact, Part, Person, Version

_UNFINISHED = (VersionStatus.DRAFT, VersionStatus.IN_REVIEW, VersionStatus.APPROVED)
MOST_PEOPLE = 300


@dataclass(frozen=True)
class Kept:
    """`mine` is what the reader writes of it; `unfinished` all that they may read of what is not published."""

    unfinished: tuple[Version, ...]
    mine: Version | None
    may_change: Verdict
    may_confirm: Verdict
    may_retire: Verdict
    may_hand_over: bool
    due_at: datetime | None
    is_due: bool

    @property
    def may_anything(self) -> bool:
        return bool(self.may_change or self.may_confirm or self.may_retire or self.may_hand_over)


def of(artifact: Artifact, person: Person, published: Version | None, now: datetime) -> Kept:
    found = artifact.versions.filter(status__in=_UNFINISHED).select_related("author", "artifact__unit")
    found = found.defer("source", "definition", "proven").prefetch_related("reviews")
    due_at = confirming.due_at(artifact, published) if published else None
    may_retire = guard.may(person, "retire", artifact.unit)
    return Kept(
        unfinished=tuple(one for one in found if guard.may_read_draft(person, one)),
        mine=drafting.draft_of(person, artifact),
        may_change=guard.may(person, "author", artifact.unit),
        may_confirm=guard.may_confirm(person, artifact),
        may_retire=may_retire,
        may_hand_over=bool(may_retire) or (person.is_active and artifact.owner_id == person.pk),
        due_at=due_at,
        is_due=due_at is not None and due_at <= now,
    )


def out(versions: tuple[Version, ...]) -> tuple[Version, ...]:
    """Return those that are or were published; a rejected one never was."""
    return tuple(one for one in versions if one.status in VERSION_OUT and not is_rejected(one))


def is_rejected(version: Version) -> bool:
    return version.status == VersionStatus.RETIRED and version.published_at is None


def possible_owners(artifact: Artifact) -> tuple[tuple[str, str], ...]:
    """Return who may own it, as choices: authors and process owners of its unit, or of one above."""
    held = Part.objects.filter(part__in=guard.PARTS["author"], unit__path__in=artifact.unit.paths)
    people = Person.objects.filter(Q(pk__in=held.values("person")), is_active=True, is_service=False)
    found = people.order_by("first_name", "last_name")[:MOST_PEOPLE]
    return tuple((one.username, str(one)) for one in found)
