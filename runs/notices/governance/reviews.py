"""Reviews: asked of whoever may decide, decided for whoever asked, remarks for the author and all who spoke there."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from engine.lifecycles import ReviewStatus
from runs.notices.governance.piece import HEAVY, Happened, Kind, Piece, lines, named, quoted
from workflows import reviewers
from workflows.models import GovernanceEntry, Remark, Review

_HEAVY = tuple(f"version__{name}" for name in HEAVY)
_DECIDED = {
    GovernanceEntry.Kind.APPROVED: ("Approved", "It can be published now."),
    GovernanceEntry.Kind.REOPENED: ("Changes are wanted", "It is a draft again."),
    GovernanceEntry.Kind.REJECTED: ("Rejected", "It will not be published."),
}


def asked(happened: Happened) -> Iterator[Piece]:
    """A review is asked of everybody whom its gate lets, unless it is over already."""
    review = _review(happened)
    if review is None or review.status != ReviewStatus.OPEN:
        return
    version = review.version
    says = quoted(review.opened_by, version.changes) or f"{review.opened_by} asks for it."
    yield Piece(
        Kind.REVIEW,
        reviewers.of(review),
        f"Your review is asked: {named(version)}",
        reverse("review", args=[review.pk]),
        lines(says, review.rule),
        review=review,
    )


def decided(happened: Happened) -> Iterator[Piece]:
    """What became of a review, for whoever wrote the version and whoever asked."""
    review = _review(happened)
    if review is None:
        return
    word, follows = _DECIDED[GovernanceEntry.Kind(happened.entry.kind)]
    opinion = review.opinions.filter(person=happened.by).first()
    said = happened.quoted(opinion.comment) if opinion else ""
    yield Piece(
        Kind.REVIEWED,
        (review.version.author, review.opened_by),
        f"{word}: {named(review.version)}",
        reverse("review", args=[review.pk]),
        lines(said or f"{happened.doer} gave no reason.", follows),
        review=review,
    )


def remarked(happened: Happened) -> Iterator[Piece]:
    """A remark, for the version's author and all who spoke in its thread; it stands on the page of the last review."""
    remarks = Remark.objects.select_related("version__artifact__unit", "version__author", "answers__by").defer(*_HEAVY)
    remark = remarks.filter(pk=happened.of).first()
    review = Review.objects.filter(version=remark.version).first() if remark is not None else None
    if remark is None or review is None:
        return
    begun = remark.answers or remark
    spoken = [begun.by, *(answer.by for answer in begun.answered_by.select_related("by"))]
    does = "answers a remark on" if remark.answers_id else "remarks on"
    where = f"line {remark.line} of {named(remark.version)}" if remark.line else named(remark.version)
    yield Piece(
        Kind.REVIEWED,
        (remark.version.author, *spoken),
        f"{happened.doer} {does} {where}",
        f"{reverse('review', args=[review.pk])}#{f'L{remark.line}' if remark.line else 'remarks'}",
        happened.quoted(remark.text),
        review=review,
    )


def _review(happened: Happened) -> Review | None:
    related = ("version__artifact__unit", "version__author", "opened_by")
    return Review.objects.select_related(*related).defer(*_HEAVY).filter(pk=happened.of).first()
