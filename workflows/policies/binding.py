"""The policies that bind what a unit keeps: those published for it and for the units above it.

Each holds for itself: nothing is merged, so that the strictest of several wins.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db.models import Q

from engine.language.policy import Policy
from engine.language.stored import policy_from_json
from engine.lifecycles import VersionStatus
from workflows.models import Artifact, Unit, Version


@dataclass(frozen=True)
class Bound:
    """One policy that binds a unit, in the version that is published."""

    artifact: Artifact
    version: Version
    policy: Policy


def binding(unit: Unit) -> tuple[Bound, ...]:
    """Return the policies of this unit and of those above it, the uppermost first. One statement."""
    return _read(Q(artifact__unit__path__in=unit.paths))


def bound_below(unit: Unit) -> tuple[Bound, ...]:
    """Return the policies of this unit and of those below it, the uppermost first. One statement."""
    return _read(Q(artifact__unit__path__startswith=unit.path))


def all_bound() -> tuple[Bound, ...]:
    """Return every policy that binds something, those of the uppermost units first. One statement."""
    return _read(Q())


def _read(which: Q) -> tuple[Bound, ...]:
    found = Version.objects.policies().filter(which, status=VersionStatus.PUBLISHED).select_related("artifact__unit")
    found = found.defer("source", "definition", "proven").order_by("artifact__unit__path", "artifact__slug")
    return tuple(Bound(version.artifact, version, by_digest(version.digest)) for version in found)


def published() -> tuple[tuple[Policy, ...], tuple[str, ...]]:
    """Return every published policy with the path of its unit, and the paths of all units: for compiling files."""
    policies = tuple(replace(bound.policy, unit=bound.artifact.unit.path.strip("/")) for bound in all_bound())
    return policies, tuple(Unit.objects.values_list("path", flat=True))


def of_version(version: Version) -> Policy:
    return by_digest(version.digest)


@lru_cache(maxsize=256)
def by_digest(digest: str) -> Policy:
    """Return the policy with this digest. Raises `LookupError` when no version holds it."""
    stored = Version.objects.policies().filter(digest=digest).values_list("definition", flat=True).first()
    if stored is None:
        raise LookupError(f"no version has the policy {digest}")
    return policy_from_json(json.loads(stored))
