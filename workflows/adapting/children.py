"""Children whose parent has a newer version than the one they were compiled with."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q

from engine.compiler.extending import MOST_LEVELS
from engine.lifecycles import VersionStatus
from workflows.models import Person, Version


@dataclass(frozen=True)
class Behind:
    """The published version of a child, the parent's version that it stands on, and the one published since."""

    child: Version
    made_with: Version
    now: Version

    @property
    def owner(self) -> Person | None:
        return self.child.artifact.owner


def behind(artifacts: Q | None = None) -> list[Behind]:
    """Return every published child that is behind its parent, by title; `artifacts` narrows the children. Two queries.

    A child counts as behind its nearest parent only: once that one has followed its own parent, the child is told.
    """
    published = Q(status=VersionStatus.PUBLISHED, parent__artifact__versions__status=VersionStatus.PUBLISHED)
    newer = Q(parent__artifact__versions__number__gt=F("parent__number"))
    found = Version.objects.filter(published & newer, artifacts or Q())
    found = found.select_related("artifact__unit", "artifact__owner", "parent__artifact")
    children = list(found.defer("source", "definition", "parent__source", "parent__definition").order_by("title"))
    parents = Version.objects.filter(
        status=VersionStatus.PUBLISHED, artifact__in={child.parent.artifact_id for child in children if child.parent}
    )
    now = {one.artifact_id: one for one in parents.defer("source", "definition").select_related("artifact__unit")}
    return [
        Behind(child, child.parent, now[child.parent.artifact_id])
        for child in children
        if child.parent is not None and child.parent.artifact_id in now
    ]


def chain(child: Version) -> list[Version]:
    """Return what a version adapts, the nearest first: each as the one below it was compiled with."""
    found: list[Version] = []
    while child.parent_id is not None and len(found) < MOST_LEVELS:
        child = Version.objects.select_related("artifact__unit").defer("source", "definition").get(pk=child.parent_id)
        found.append(child)
    return found


def behind_of(version: Version) -> Behind | None:
    """Return how this version is behind its parent, where it is the published one of a child that is."""
    if version.parent_id is None:
        return None
    return next(iter(behind(Q(pk=version.pk))), None)
