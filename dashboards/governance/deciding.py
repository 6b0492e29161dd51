"""What waits for somebody's decision: reviews, approved versions, rollouts, exceptions.

One statement each, and two for the titles of exceptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse

from dashboards.governance.items import Item, page, within
from dashboards.policies.listing import demands, titles_of
from engine.lifecycles import ExceptionStatus, ReviewStatus, RolloutStatus, VersionStatus
from workflows.models import Opinion, PolicyException, Review, Rollout, Version

#: So long before its end an exception is told of.
SOON = timedelta(days=14)
HEAVY = ("source", "definition", "proven")


def reviews(paths: Sequence[str]) -> list[Item]:
    """Versions that wait for their reviewers."""
    rows = Review.objects.filter(within(paths, "version__artifact__unit"), status=ReviewStatus.OPEN.value)
    approved = Count("opinions", filter=Q(opinions__choice=Opinion.Choice.APPROVE))
    rows = rows.select_related("version__artifact__unit", "opened_by").annotate(approved=approved)
    rows = rows.defer(*(f"version__{name}" for name in HEAVY))
    return [
        Item(
            title=f"{row.version.title}, version {row.version.number}",
            address=page("review", row.pk, otherwise=_artifact(row.version)),
            says=f"{row.opened_by} asked for a review: {row.approved} of {row.quorum} approved.",
            act="Review it",
            unit=row.version.artifact.unit.title,
            at=row.opened_at,
            when="Since",
        )
        for row in rows
    ]


def approved(paths: Sequence[str]) -> list[Item]:
    """Versions that enough have approved, and that nobody has published yet, nor rolls out."""
    rows = Version.objects.filter(within(paths, "artifact__unit"), status=VersionStatus.APPROVED.value)
    rows = rows.exclude(rollouts__status=RolloutStatus.UNDER_WAY.value)
    rows = rows.select_related("artifact__unit", "author").defer(*HEAVY).prefetch_related("reviews")
    return [
        Item(
            title=f"{row.title}, version {row.number}",
            address=page("review", row.reviews.all()[0].pk, otherwise=_artifact(row))
            if row.reviews.all()
            else _artifact(row),
            says="Approved, and not published: new runs still start on the version before.",
            act="Publish it",
            unit=row.artifact.unit.title,
        )
        for row in rows
    ]


def rollouts(paths: Sequence[str]) -> list[Item]:
    """Versions that some of the new runs start on."""
    rows = Rollout.objects.filter(within(paths, "artifact__unit"), status=RolloutStatus.UNDER_WAY.value)
    rows = rows.select_related("artifact__unit", "version", "unit").defer(*(f"version__{name}" for name in HEAVY))
    return [
        Item(
            title=f"{row.version.title}, version {row.version.number}",
            address=page("rollout", row.artifact.slug, otherwise=_artifact(row.version)),
            says=f"Takes {f'the new runs of {row.unit}' if row.unit else f'{row.share} % of the new runs'} so far.",
            act="Roll it out, or take it back",
            unit=row.artifact.unit.title,
            at=row.started_at,
            when="Since",
        )
        for row in rows
    ]


def exceptions(paths: Sequence[str], now: datetime) -> list[Item]:
    """Exceptions that are asked for, and those that end within two weeks."""
    mine = within(paths, "playbook__unit") | within(paths, "policy__unit")
    ending = Q(status=ExceptionStatus.GRANTED.value, ends_at__gt=now, ends_at__lte=now + SOON)
    asked = Q(status=ExceptionStatus.ASKED.value, ends_at__gt=now)
    rows = PolicyException.objects.filter(mine, ending | asked)
    found = list(rows.select_related("playbook__unit", "policy", "asked_by"))
    titles, words = (titles_of(found), demands()) if found else ({}, {})
    return [_exception(row, titles, words.get(row.requirement, row.requirement)) for row in found]


def _exception(row: PolicyException, titles: Mapping[int, str], demand: str) -> Item:
    is_asked = row.status == ExceptionStatus.ASKED
    own, named = reverse("playbook", args=[row.playbook.slug]), titles.get(row.playbook_id, row.playbook.slug)
    return Item(
        title=f"{named} from “{titles.get(row.policy_id, row.policy.slug)}”",
        address=page("exception", row.pk, otherwise=own),
        says=f"{row.asked_by} asks for an exception: {row.reason}"
        if is_asked
        else f"It ends by itself. From then on no run starts unless this holds: {demand}",
        act="Decide on it" if is_asked else "Look at it",
        unit=row.playbook.unit.title,
        at=row.ends_at,
        when="Ends",
    )


def _artifact(version: Version) -> str:
    return reverse("playbook", args=[version.artifact.slug])
