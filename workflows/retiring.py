"""Retire a version: nothing starts on it any more. Of the published one this means the whole playbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from engine import definition as definitions
from engine.definition import CallSpec, Definition
from engine.lifecycles import RolloutStatus, VersionStatus
from workflows import guard
from workflows.clock import database_clock
from workflows.governing import Kind, Refused, note, refuse
from workflows.models import DOCUMENTS, Artifact, Person, Version
from workflows.writing import writing

#: Says how many runs are open on a version: who knows the runs gives it, as this layer does not.
OpenRuns = Callable[[Version], int]
_RETIRED = (VersionStatus.PUBLISHED, VersionStatus.DEPRECATED)


def retire(
    version: Version, person: Person, reason: str, open_runs: OpenRuns, at: datetime | None = None
) -> Version | Refused:
    """Retire a published or deprecated version that no run is open on and no published playbook uses."""
    reason = reason.strip()
    if not reason:
        return Refused("bad-value", "Say why, for those who look for it later.", "reason")
    with writing():
        artifact = Artifact.objects.select_for_update(of=("self",)).select_related("unit").get(pk=version.artifact_id)
        version = artifact.versions.get(pk=version.pk)
        if not (verdict := guard.may(person, "retire", artifact.unit)):
            return refuse(person, "retire", verdict, version)
        if problem := what_forbids(version, open_runs):
            return problem
        if version.status == VersionStatus.PUBLISHED:
            version.deprecate()
        version.retire()
        version.save()
        note(Kind.RETIRED, person, version, detail=reason, at=at or database_clock())
    return version


def what_forbids(version: Version, open_runs: OpenRuns) -> Refused | None:
    """Return why this version cannot be retired now, naming what uses it."""
    if version.status not in _RETIRED:
        says = f"Version {version.number} is {version.get_status_display()}: only what was published is retired."
        return Refused("not-published", says)
    if count := open_runs(version):
        runs = "1 run is" if count == 1 else f"{count} runs are"
        return Refused("open-runs", f"{runs} open on version {version.number}: let them end, or move them, first.")
    if version.rollouts.filter(status=RolloutStatus.UNDER_WAY).exists() or Version.objects.filter(
        rollouts__before=version, rollouts__status=RolloutStatus.UNDER_WAY
    ):
        return Refused("rolled-out", "A rollout is under way beside it: finish it or take it back first.")
    users = users_of(version)
    if users:
        names = ", ".join(f"{one.title} ({one.artifact.slug} {one.number})" for one in users)
        return Refused("in-use", f"Other published playbooks use it: {names}. Publish them without it first.")
    return None


def users_of(version: Version) -> list[Version]:
    """Return the published playbooks that call or adapt this version, or ask this decision."""
    slug = version.artifact.slug
    known = Version.objects.filter(status=VersionStatus.PUBLISHED).exclude(kind__in=DOCUMENTS)
    naming = known.filter(definition__contains=json.dumps(slug)).exclude(artifact=version.artifact_id)
    found = naming.select_related("artifact").order_by("title")
    return [one for one in found if _uses(definitions.from_json(json.loads(one.definition)), one, version)]


def _uses(definition: Definition, one: Version, version: Version) -> bool:
    slug, is_published = version.artifact.slug, version.status == VersionStatus.PUBLISHED
    if one.parent_id == version.pk:
        return True
    if is_published and (slug in definition.tables or any(parent.playbook == slug for parent in definition.extends)):
        return True
    calls = (step.does for step in definition.steps.values() if isinstance(step.does, CallSpec))
    wanted = [call.version for call in calls if call.playbook == slug]
    # an exact version is called as long as it is not retired; all others mean the published one
    return any(number == str(version.number) if number.isdecimal() else is_published for number in wanted)
