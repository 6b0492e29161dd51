"""What somebody owns, wrote or rolled out: published or retired by another, behind its parent, due to be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from engine.lifecycles import RolloutStatus, VersionStatus
from runs.notices.governance.piece import HEAVY, Happened, Kind, Piece, named, quoted
from workflows import adapting
from workflows.adapting import Behind
from workflows.models import Person, Rollout, Version


def published(happened: Happened) -> Iterator[Piece]:
    """A version is out: for whoever owns or wrote it, and for whoever owns what adapts it."""
    version = happened.version
    if version is None:
        return
    finished = Rollout.objects.filter(version=version, status=RolloutStatus.EVERYONE).select_related("started_by")
    told = {rollout.started_by for rollout in finished}
    yield Piece(
        Kind.OWNED,
        {version.artifact.owner, version.author} - told,
        f"{happened.doer} published {named(version)}",
        _page(version),
        quoted("What is new", version.changes),
        artifact=version.artifact,
    )
    if version.status == VersionStatus.PUBLISHED:
        yield from map(_behind, adapting.behind(Q(parent__artifact=version.artifact_id)))


def _behind(late: Behind) -> Piece:
    """The parent of a child has moved on. Nothing is told to whoever does not find that parent, nor is it named."""
    child, parents = late.child, (late.made_with.pk, late.now.pk)
    owner = late.owner
    if owner is not None and Version.objects.visible_to(owner).filter(pk__in=parents).count() < len(parents):
        owner = None
    return Piece(
        Kind.OWNED,
        (owner,),
        f"{child.title} adapts something that has a newer version",
        reverse("newer-parent", args=[child.artifact.slug]),
        f"Version {child.number} stands on version {late.made_with.number} of it, and version {late.now.number} is"
        " published. See what would change, and take it over as a draft with one click.",
        artifact=child.artifact,
    )


def retired(happened: Happened) -> Iterator[Piece]:
    version = happened.version
    if version is None:
        return
    yield Piece(
        Kind.OWNED,
        (version.artifact.owner, version.author),
        f"{happened.doer} retired {named(version)}",
        _page(version),
        happened.quoted(happened.entry.detail),
        artifact=version.artifact,
    )


def rolled_out(happened: Happened) -> Iterator[Piece]:
    """A rollout has ended: for whoever began it; that it was taken back also for whoever wrote the version."""
    related = ("version__artifact__unit", "version__author", "started_by")
    heavy = (f"version__{name}" for name in HEAVY)
    found = Rollout.objects.select_related(*related).defer(*heavy).filter(pk=happened.of).first()
    if found is None:
        return
    is_back = found.status == RolloutStatus.BACK
    did = "took back the rollout of" if is_back else "brought to everyone"
    says = happened.quoted(found.reason) if is_back else "All new runs start on it."
    yield Piece(
        Kind.OWNED,
        (found.started_by, found.version.author if is_back else None),
        f"{happened.doer} {did} {named(found.version)}",
        reverse("rollout", args=[found.version.artifact.slug]),
        says,
        artifact=found.version.artifact,
    )


def handed_over(happened: Happened) -> Iterator[Piece]:
    """Somebody is the owner now, unless it was handed on meanwhile."""
    artifact = happened.entry.artifact
    newest = artifact.versions.order_by("-number").defer(*HEAVY).first() if artifact else None
    if artifact is None or newest is None or not happened.entry.detail.startswith(f"{_username(artifact.owner)} (was"):
        return
    yield Piece(
        Kind.OWNED,
        (artifact.owner,),
        f"You own {newest.title} now",
        _page(newest),
        f"{happened.doer} handed it over. You are told when it is to be looked at again.",
        artifact=artifact,
    )


def due(happened: Happened) -> Iterator[Piece]:
    """Its owner is to say that it is still right, or to change it."""
    version = happened.version
    if version is None or version.status != VersionStatus.PUBLISHED:
        return
    yield Piece(
        Kind.OWNED,
        (version.artifact.owner,),
        f"To be looked at again: {named(version)}",
        _page(version),
        f"Nobody has said for {version.review_days} days that it is still right. Say so on its page, or change it.",
        artifact=version.artifact,
    )


def _username(person: Person | None) -> str:
    return person.username if person else ""


def _page(version: Version) -> str:
    return reverse("plan" if version.is_plan else "playbook", args=[version.artifact.slug])
