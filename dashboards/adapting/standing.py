"""A child beside its parent on a page: what it changes of it, and what it would be with the parent as it is now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboards.differing import Shown, Side, numbers, of
from engine.lifecycles import VersionStatus
from workflows.adapting.children import Behind, behind_of, chain
from workflows.adapting.standing import unchanged, with_newest
from workflows.differing import content_of
from workflows.examining import Examined
from workflows.models import Person, Version


@dataclass(frozen=True)
class Link:
    """One of what a child adapts: as the one below it was made with it, and the newer one, where one is published.

    `version` is None where the reader does not find it.
    """

    version: Version | None
    newer: Version | None = None


@dataclass(frozen=True)
class Standing:
    """`made_with` and `now` are the parent's versions, as far as the reader finds them; `shown` compares with one.

    `shown` is None where the reader does not find what the child adapts.
    """

    child: Version
    made_with: Version | None
    now: Version | None
    behind: Behind | None
    is_then: bool
    shown: Shown | None
    chain: tuple[Link, ...] = ()


def late_for(reader: Person, version: Version) -> Behind | None:
    """Return how a version is behind its parent, for somebody who finds that parent at all."""
    late = behind_of(version)
    return late if late is not None and _finds(reader, late.now) and _finds(reader, late.made_with) else None


def _finds(reader: Person, version: Version | None) -> bool:
    return version is not None and Version.objects.visible_to(reader).filter(pk=version.pk).exists()


def standing(reader: Person, child: Version, is_then: bool) -> Standing:
    """Compare a child with its parent, as it was compiled with (`is_then`) or as it is published now."""
    made_with = child.parent if _finds(reader, child.parent) else None
    now = made_with.artifact.published if made_with is not None else None
    now = now if _finds(reader, now) else None
    if made_with is None:
        return Standing(child, None, None, None, True, None)
    is_then = is_then or now is None
    against = made_with if is_then else now
    name = f"{against.title}, version {against.number}" if against else "What it adapts"
    before = Side(f"{name}, unchanged", unchanged(child, as_compiled=is_then))
    after = Side(f"Version {child.number} of this playbook", content_of(child))
    return Standing(child, made_with, now, late_for(reader, child), is_then, of(before, after), links(reader, child))


def links(reader: Person, child: Version) -> tuple[Link, ...]:
    """Return all that a child adapts, the nearest first, as far as the reader finds it."""
    above = chain(child)
    newest = Version.objects.visible_to(reader).filter(
        status=VersionStatus.PUBLISHED, artifact__in=[one.artifact_id for one in above]
    )
    now = {one.artifact_id: one for one in newest.defer("source", "definition")}
    seen = Version.objects.visible_to(reader).filter(pk__in=[one.pk for one in above])
    found = set(seen.values_list("pk", flat=True))
    return tuple(
        Link(
            one if one.pk in found else None,
            newer if one.pk in found and (newer := now.get(one.artifact_id)) and newer.number > one.number else None,
        )
        for one in above
    )


@dataclass(frozen=True)
class Proposal:
    """A child with its parent as it is now: what that makes different, and what is wrong with it."""

    child: Version
    behind: Behind
    tried: Examined
    shown: Shown


def proposal(late: Behind) -> Proposal:
    """Compile the child with the newer parent, and compare it with itself as it is published."""
    child = Version.objects.select_related("artifact__unit", "parent__artifact").get(pk=late.child.pk)
    found = with_newest(child)
    before = Side(f"Version {child.number}", content_of(child), child.source)
    after = Side(f"With version {late.now.number} of {late.now.title}", found.content, found.text)
    shown = of(before, after)
    return Proposal(child, late, found, replace(shown, numbers=numbers(child, shown)))
