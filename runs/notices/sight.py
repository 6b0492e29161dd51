"""Who may see now what a notice of governance is about. Asked when it is told, shown and sent, never remembered.

A notice of a run is told to whoever the run concerns, and its page answers for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from runs.models import Matter, Notice
from workflows.models import Artifact, Person, PolicyException, Review


@dataclass(frozen=True)
class Sight:
    """The reviews, exceptions and artifacts of some notices that one person may see, by key."""

    reviews: frozenset[int]
    exceptions: frozenset[int]
    artifacts: frozenset[int]

    def finds(self, notice: Notice) -> bool:
        """Say whether what the notice is about is the person's to see; what is about none of these is."""
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
    """Look up what these notices are about: one statement for each of the three that there is, none for runs."""
    about = [one for notice in notices if (one := matter(notice)) is not None]
    reviews, exceptions, artifacts = (
        {key for one in about if (key := getattr(one, column)) is not None}
        for column in ("review_id", "exception_id", "artifact_id")
    )
    return Sight(
        _keys(Review.objects.readable_by, person, reviews),
        _keys(PolicyException.objects.visible_to, person, exceptions),
        _keys(Artifact.objects.visible_to, person, artifacts),
    )


def _keys(seen_by: Callable[[Person], QuerySet[Any]], person: Person, wanted: set[int]) -> frozenset[int]:
    if not wanted:
        return frozenset()
    return frozenset(seen_by(person).order_by().filter(pk__in=wanted).values_list("pk", flat=True))
