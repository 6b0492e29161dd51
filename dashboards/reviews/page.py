"""One review on its page: who may and who may not, what is missing, and what publishing it means for live runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from dashboards.board.filters import OPEN
from runs.models import Run
from workflows import guard, reviewing
from workflows.guard import Verdict
from workflows.models import Artifact, Opinion, Person, Review

MOST_PEOPLE = 60


@dataclass(frozen=True)
class Voice:
    """Somebody who may review it or would, but for a rule; with what they said."""

    person: Person
    verdict: Verdict
    opinion: Opinion | None = None
    counts: bool = False


@dataclass(frozen=True)
class Live:
    """How many runs are open on one version."""

    number: int
    count: int


def voices(review: Review) -> tuple[Voice, ...]:
    """Return everybody who could review it by their part or group, its author, and who said something."""
    said = {one.person_id: one for one in review.opinions.select_related("person")}
    counted = {one.person_id for one in reviewing.approvals(review)}
    parts, groups = guard.parts_and_groups(review.approvers)
    paths = review.version.artifact.unit.paths
    asked = Q(parts__part__in=parts, parts__unit__path__in=paths) | Q(groups__name__in=groups)
    them = Q(pk__in=[review.version.author_id, *said])
    people = Person.objects.filter((asked & Q(is_active=True, is_service=False)) | them).distinct()
    found = people.order_by("first_name", "last_name", "username")[:MOST_PEOPLE]
    return tuple(Voice(one, guard.may_review(one, review), said.get(one.pk), one.pk in counted) for one in found)


def missing(review: Review, voices: Iterable[Voice]) -> int:
    """Return how many approvals are missing still."""
    return max(0, review.quorum - sum(one.counts for one in voices))


def whom(review: Review, count: int = 1) -> str:
    """Say whose approval is asked for: `a process owner`, `process owners or legal`."""
    names = [name.strip().replace("_", " ").replace("-", " ") for name in review.approvers.split(",")]
    if count != 1:
        return guard.listed(review.approvers)
    return " or ".join(f"{'an' if name[:1] in 'aeiou' else 'a'} {name}" for name in names)


def live_runs(artifact: Artifact) -> tuple[Live, ...]:
    """Return on which versions runs are open now, the newest first. One statement."""
    rows = Run.objects.filter(version__artifact=artifact, status__in=OPEN).order_by().values("version__number")
    counted = rows.annotate(count=Count("pk")).order_by("-version__number")
    return tuple(Live(row["version__number"], row["count"]) for row in counted)


def open_runs(version: object) -> int:
    """Return how many runs are open on a version: what keeps it from being retired."""
    return Run.objects.filter(version=version, status__in=OPEN).count()
