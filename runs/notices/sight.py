"""Who may see now what a notice is about: a run, or something of governance. Asked when it is shown and sent.

It is never remembered: whoever leaves a unit keeps their notices, and reads in them no word of what is not theirs now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from runs.models import Matter, Notice, Run
from workflows.models import Artifact, Person, PolicyException, Review


@dataclass(frozen=True)
class Sight:
    """The runs, reviews, exceptions and artifacts of some notices that one person may see, by key."""

    runs: frozenset[UUID]
    reviews: frozenset[int]
    exceptions: frozenset[int]
    artifacts: frozenset[int]

    def finds(self, notice: Notice) -> bool:
        """Say whether what the notice is about is the person's to see; what is about none of these is."""
        if notice.run_id is not None and notice.run_id not in self.runs:
            return False
        about = matter(notice)
        if about is None:
            return True
        return (
            about.review_id in self.reviews
            or about.exception_id in self.exceptions
            or about.artifact_id in self.artifacts
        )


def matter(notice: Notice) -> Matter | None:
    """Return what a notice is about where it is of governance; without a statement, where it was read with it."""
    about: Matter | None = getattr(notice, "matter", None)
    return about


def of(person: Person, notices: Iterable[Notice]) -> Sight:
    """Look up what these notices are about: one statement for each of the four that there is, one more for runs."""
    notices = list(notices)
    runs = {notice.run_id for notice in notices if notice.run_id is not None}
    about = [one for notice in notices if (one := matter(notice)) is not None]
    reviews, exceptions, artifacts = (
        {key for one in about if (key := getattr(one, column)) is not None}
        for column in ("review_id", "exception_id", "artifact_id")
    )
    return Sight(
        _keys(Run.objects.visible_to, person, runs),
        _keys(Review.objects.readable_by, person, reviews),
        _keys(PolicyException.objects.visible_to, person, exceptions),
        _keys(Artifact.objects.visible_to, person, artifacts),
    )


def _keys(seen_by: Callable[[Person], QuerySet[Any]], person: Person, wanted: set[Any]) -> frozenset[Any]:
    if not wanted:
        return frozenset()
    return frozenset(seen_by(person).order_by().filter(pk__in=wanted).values_list("pk", flat=True))
