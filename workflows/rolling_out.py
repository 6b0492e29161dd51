"""Publish in stages: some of the new runs start on an approved version, then all of them, or none any more.

While a rollout is under way the version before stays the published one: what has no share in the pilot starts on it.
Every change and every refused attempt is one entry of the governance log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from engine.lifecycles import RolloutStatus, VersionStatus
from workflows import governing, guard, named, playbooks, publish
from workflows.clock import Clock, database_clock
from workflows.governing import Kind
from workflows.models import Artifact, Part, Person, Rollout, Unit, Version
from workflows.writing import writing

LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class NotRolledOut:
    """Why not. `field` is what of the form it is about (`share`, `unit`, `version`, `reason`), or nothing."""

    sentence: str
    field: str = ""


Answer = Rollout | NotRolledOut


def under_way(artifact: Artifact) -> Rollout | None:
    """Return the rollout of this artifact that has not ended."""
    rollouts = Rollout.objects.filter(artifact=artifact, status=RolloutStatus.UNDER_WAY)
    return rollouts.select_related("version", "before", "unit", "started_by").first()


# ---- which version a start takes


def version_for(artifact: Artifact, starter: Person, key: str) -> Version | None:
    """Return the version that this start takes; None where nothing of it is published.

    A pilot in a unit has the starts of whoever has a part in that unit or below it. Of a share, `key` decides, which
    names the start: the same start always takes the same version, and a share that grows keeps those it had.
    """
    rollout = under_way(artifact)
    is_pilot = rollout is not None and _is_in(rollout, starter.username, key)
    wanted = {"pk": rollout.version_id} if rollout and is_pilot else {"status": VersionStatus.PUBLISHED}
    return artifact.versions.filter(**wanted).select_related("artifact__unit", "published_by").first()


def pilots(playbooks: Iterable[str], starter: str, key: str) -> Mapping[str, Version]:
    """Return, by the slug of each of these playbooks, the pilot that a start by this person takes."""
    there = Rollout.objects.filter(artifact__slug__in=list(playbooks), status=RolloutStatus.UNDER_WAY)
    found = there.select_related("artifact", "unit", "version")
    return {one.artifact.slug: one.version for one in found if _is_in(one, starter, key)}


def takes_starts(version: Version) -> bool:
    """Say whether runs may start on this version now: it is the published one, or a pilot."""
    if version.status == VersionStatus.PUBLISHED:
        return True
    return Rollout.objects.filter(version=version, status=RolloutStatus.UNDER_WAY).exists()


def _is_in(rollout: Rollout, starter: str, key: str) -> bool:
    if rollout.unit is not None:
        return Part.objects.filter(person__username=starter, unit__path__startswith=rollout.unit.path).exists()
    assert rollout.share is not None
    drawn = hashlib.sha256(f"{rollout.version_id}:{key}".encode()).digest()
    return int.from_bytes(drawn[:8]) % 100 < rollout.share


# ---- the verbs


def begin(
    version: Version,
    person: Person,
    *,
    unit: Unit | None = None,
    share: int | None = None,
    clock: Clock = database_clock,
) -> Answer:
    """Let an approved version take the new runs of a unit and below, or a share (percent) of all."""
    with writing():
        artifact = _locked(version.artifact)
        version = artifact.versions.get(pk=version.pk)
        refusal = _may(person, artifact) or _may_begin(version, artifact) or _wrong_stage(unit, share)
        if refusal is not None:
            return _refused(refusal, person, version, "start a rollout")
        rollout = Rollout.objects.create(
            artifact=artifact,
            version=version,
            before=artifact.published,
            unit=unit,
            share=share,
            started_at=clock(),
            started_by=person,
        )
        _let_be_seen(version)
        detail = f"Starts: {stage(rollout)}."
        governing.note(Kind.ROLLOUT_STARTED, person, version, of=rollout, detail=detail, at=rollout.started_at)
    return rollout


def widen(rollout: Rollout, person: Person, *, unit: Unit | None = None, share: int | None = None) -> Answer:
    """Let it take the new runs of another unit, or another share of all; runs under way stay where they are."""
    with writing():
        artifact = _locked(rollout.artifact)
        rollout = _again(rollout)
        refusal = _may(person, artifact) or _ended(rollout) or _wrong_stage(unit, share)
        if refusal is None and (rollout.unit, rollout.share) == (unit, share):
            refusal = NotRolledOut("That is how it is already.", "share" if unit is None else "unit")
        if refusal is not None:
            return _refused(refusal, person, rollout.version, "widen a rollout")
        before = stage(rollout)
        rollout.unit, rollout.share = unit, share
        rollout.save()
        governing.note(
            Kind.ROLLOUT_WIDENED,
            person,
            rollout.version,
            of=rollout,
            detail=f"Starts: {stage(rollout)}; before: {before}.",
        )
    return rollout


def finish(rollout: Rollout, person: Person, clock: Clock = database_clock) -> Answer:
    """Publish the version, proven once more: all new runs start on it, and the one before is deprecated."""
    with writing():
        artifact = _locked(rollout.artifact)
        rollout = _again(rollout)
        if refusal := _may(person, artifact) or _ended(rollout):
            return _refused(refusal, person, rollout.version, "finish a rollout")
        now = clock()
        try:
            with transaction.atomic():
                rollout.finish()
                rollout.ended_at, rollout.ended_by = now, person
                rollout.save()
                says = "All new runs start on it."
                governing.note(Kind.ROLLOUT_ENDED, person, rollout.version, of=rollout, detail=says, at=now)
                published = publish.publish_version(rollout.version, person, at=now)
                if isinstance(published, publish.NotPublished):
                    raise _Stays(published)
        except _Stays as stays:
            problems = " ".join(problem.for_readers for problem in stays.why.problems[:3])
            refusal = NotRolledOut(f"{stays.why.sentence} {problems}".strip())
            return _refused(refusal, person, rollout.version, "finish a rollout")
    return _again(rollout)


class _Stays(Exception):
    """The version cannot be published as things are now, so its rollout goes on."""

    def __init__(self, why: publish.NotPublished) -> None:
        super().__init__(why.sentence)
        self.why = why


def take_back(rollout: Rollout, person: Person, reason: str, clock: Clock = database_clock) -> Answer:
    """Let no new run start on it: the published version takes them all. Its runs under way go on as they are."""
    reason = reason.strip()
    with writing():
        artifact = _locked(rollout.artifact)
        rollout = _again(rollout)
        refusal = _may(person, artifact) or _ended(rollout)
        if refusal is None and not reason:
            refusal = NotRolledOut("Say why: whoever wrote the version reads it.", "reason")
        if refusal is None and len(reason) > LONGEST_REASON:
            refusal = NotRolledOut(f"At most {LONGEST_REASON:,} characters.", "reason")
        if refusal is not None:
            return _refused(refusal, person, rollout.version, "take a rollout back")
        rollout.take_back()
        rollout.ended_at, rollout.ended_by, rollout.reason = clock(), person, reason
        rollout.save()
        says = f"Taken back: {reason}"
        governing.note(Kind.ROLLOUT_ENDED, person, rollout.version, of=rollout, detail=says, at=rollout.ended_at)
    return rollout


def stage(rollout: Rollout) -> str:
    """Say which of the new runs start on it."""
    if rollout.unit is not None:
        return f"new runs started by people of {rollout.unit.title}"
    return f"{rollout.share} % of the new runs"


# ---- what forbids it


def _locked(artifact: Artifact) -> Artifact:
    """Lock what publishing locks too, so that one of two that come at once finds what the other did."""
    return Artifact.objects.select_for_update(of=("self",)).select_related("unit").get(pk=artifact.pk)


def _again(rollout: Rollout) -> Rollout:
    return Rollout.objects.select_related("version__artifact__unit", "before", "unit").get(pk=rollout.pk)


def _let_be_seen(version: Version) -> None:
    """Keep whom the version names, as publishing does: they see its runs by it."""
    named.keep(version, playbooks.by_digest(version.digest))


def _may(person: Person, artifact: Artifact) -> NotRolledOut | None:
    verdict = guard.may(person, "roll-out", artifact.unit)
    return None if verdict else NotRolledOut(verdict.sentence)


def _may_begin(version: Version, artifact: Artifact) -> NotRolledOut | None:
    there = under_way(artifact)
    if there is not None:
        says = f"A rollout of version {there.version.number} is under way: bring it to everyone, or take it back first."
        return NotRolledOut(says, "version")
    if version.status != VersionStatus.APPROVED:
        status = version.get_status_display()
        return NotRolledOut(f"Version {version.number} is {status}: only an approved version is rolled out.", "version")
    if not Version.objects.playbooks().filter(pk=version.pk).exists():
        return NotRolledOut("Only what runs start on is rolled out in stages: publish it.", "version")
    if artifact.published is None:
        return NotRolledOut("There is no published version that the others would start on: publish it.", "version")
    return None


def _wrong_stage(unit: Unit | None, share: int | None) -> NotRolledOut | None:
    if (unit is None) == (share is None):
        return NotRolledOut("Say for which unit, or for what share of the new runs: one of the two.", "share")
    if share is not None and not 1 <= share <= 99:
        says = "nobody would get it" if share < 1 else "that is everyone: “Bring it to everyone” publishes it"
        return NotRolledOut(f"A share is from 1 to 99 of 100: with {share}, {says}.", "share")
    return None


def _ended(rollout: Rollout) -> NotRolledOut | None:
    if rollout.status == RolloutStatus.UNDER_WAY:
        return None
    how = "brought to everyone" if rollout.status == RolloutStatus.EVERYONE else "taken back"
    return NotRolledOut(f"This rollout was {how} already.")


def _refused(refusal: NotRolledOut, person: Person, version: Version, act: str) -> NotRolledOut:
    governing.note(Kind.REFUSED, person, version, detail=f"To {act}: {refusal.sentence}")
    return refusal
