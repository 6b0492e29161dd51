"""What waits for the reader's review, what they have asked for, and what they are writing."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lifecycles import RolloutStatus, VersionStatus
from workflows import guard, reviewing
from workflows.models import Person, Review, Rollout, Version

MOST = 100
_HEAVY = ("version__source", "version__definition", "version__proven")


@dataclass(frozen=True)
class Asked:
    """One open review; `said` is how many have approved it."""

    review: Review
    said: int


@dataclass(frozen=True)
class Approved:
    """A version that waits to be published; some of the new runs start on it where a rollout is under way."""

    version: Version
    is_rolled_out: bool


@dataclass(frozen=True)
class Lists:
    waiting: tuple[Asked, ...]
    others: tuple[Asked, ...]
    approved: tuple[Approved, ...]
    drafts: tuple[Version, ...]


def of(person: Person) -> Lists:
    reviews = Review.objects.open().select_related("version__artifact__unit", "version__author", "opened_by")
    reviews = reviews.defer(*_HEAVY).order_by("opened_at")
    waiting = list(reviews.waiting_for(person)[:MOST])
    others = [one for one in reviews.exclude(pk__in=[one.pk for one in waiting])[:MOST] if _may_read(person, one)]
    versions = Version.objects.select_related("artifact__unit", "author").defer("source", "definition", "proven")
    approved = versions.filter(status=VersionStatus.APPROVED).order_by("pk")[:MOST]
    rolled_out = set(Rollout.objects.filter(status=RolloutStatus.UNDER_WAY).values_list("version", flat=True))
    return Lists(
        tuple(Asked(one, len(reviewing.approvals(one))) for one in waiting),
        tuple(Asked(one, len(reviewing.approvals(one))) for one in others),
        tuple(Approved(one, one.pk in rolled_out) for one in approved if guard.may_read_draft(person, one)),
        tuple(versions.filter(status=VersionStatus.DRAFT, author=person).order_by("-written_at")[:MOST]),
    )


def _may_read(person: Person, review: Review) -> bool:
    return guard.may_read_draft(person, review.version)
