"""Publish a version: prove it once more, and let it be the one that new runs start on.

Runs that are under way stay on the version they started on; the version published before becomes
deprecated in the same transaction. What has not changed makes no new version. A playbook carries the tables of the
decisions that it asks as they are published now, and what it adapts: a newer decision or parent counts once the
playbook is published again. What it calls is published before it; which version a run calls is decided when the run
starts.

`publish` takes a text, `publish_version` a draft or an approved version. Without a review a person publishes only where
nothing asks for one; the installation itself publishes what is shipped with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from engine.language.policy import Policy
from engine.lifecycles import RolloutStatus, VersionStatus
from engine.problems import Problem
from workflows import contents, governing, guard, named
from workflows.contents import Content
from workflows.examining import Examined, examine, fill, prove
from workflows.governing import Kind, Refused
from workflows.models import POLICY, Artifact, Person, Unit, Version
from workflows.policies.approvals import required
from workflows.reviewing import moved_on

log = structlog.get_logger()

#: Who publishes without a person.
INSTALLATION = "penstock"


@dataclass(frozen=True, slots=True)
class NotPublished:
    """Why not: the problems of the document, or (with none) a sentence, with the code of what stands in the way."""

    problems: tuple[Problem, ...] = ()
    sentence: str = ""
    code: str = ""


def publish(
    text: str,
    unit: Unit,
    person: Person | None,
    file: str = "",
    *,
    scenarios_passed: int = 0,
    at: datetime | None = None,
    is_staffed: bool = True,
) -> Version | NotPublished:
    """Publish this YAML for a unit, in a person's name; None is the installation itself (the shipped library).

    Returns the version that new runs now start on: the one before, where nothing has changed. `at` is for
    records made after the fact; left out, it is now. `is_staffed` asks that there be people for every task and gate:
    what the installation itself publishes, and the shipped library, come before them.
    """
    if person is not None and (refusal := _may_publish(person, unit, unit)):
        return refusal
    is_staffed = is_staffed and person is not None
    at = at or timezone.now()
    examined = examine(text, unit, file, is_staffed=is_staffed, at=at)
    if examined.content is None and examined.compiled.document is not None:
        return NotPublished(examined.problems, "A calendar is kept, not published.")
    if not examined.is_right or examined.content is None:
        return NotPublished(examined.problems)
    is_policy = isinstance(examined.content, Policy)
    if is_policy and person is not None and (refusal := _may_publish(person, unit, unit, act="publish-policy")):
        return refusal
    proven = prove(examined, unit, scenarios_passed, is_staffed=is_staffed).to_json()
    with transaction.atomic():
        slug = contents.slug(examined.content)
        artifact, _ = Artifact.objects.get_or_create(slug=slug, defaults={"unit": unit, "owner": person})
        artifact = _locked(artifact)
        before = artifact.published
        if before is not None and before.digest == examined.digest:
            return before
        if stopped := _rolled_out(artifact):
            return stopped
        last = artifact.versions.order_by("-number").first()
        version = Version(artifact=artifact, number=last.number + 1 if last else 1, author=person, written_at=at)
        version.based_on, version.proven = before, proven
        fill(version, examined)
        _open(version, before, examined.content, person, at)
    return version


def publish_version(version: Version, person: Person, at: datetime | None = None) -> Version | NotPublished:
    """Publish an approved version, or a draft where nothing asks for a review, after proving it once more."""
    seen = Version.objects.select_related("artifact__unit").get(pk=version.pk)
    examined = examine(seen.source, seen.artifact.unit)
    at = at or timezone.now()
    with transaction.atomic():
        artifact = _locked(seen.artifact)
        version = artifact.versions.select_related("based_on").get(pk=version.pk)
        stopped = _may_open(version, artifact, person) or _rolled_out(artifact) or _stale(version, artifact, examined)
        if stopped is not None:
            return stopped
        if not examined.is_right or examined.content is None:
            return NotPublished(examined.problems, "It cannot be published as things are now.", "has-errors")
        if version.status == VersionStatus.DRAFT:
            version.proven = prove(examined, artifact.unit).to_json()
            fill(version, examined)
        _open(version, artifact.published, examined.content, person, at)
    return version


def _open(version: Version, before: Version | None, content: Content, person: Person | None, at: datetime) -> None:
    """Let the version take the new runs, instead of the one before."""
    if before is not None:
        before.deprecate()
        before.save()
    version.published_at, version.published_by = at, person
    version.publish()
    version.save()
    named.keep(version, content)
    governing.note(Kind.PUBLISHED, person or INSTALLATION, version, detail=version.changes, at=at)
    log.info("version_published", artifact=version.artifact.slug, version=version.number, digest=version.digest)


def _locked(artifact: Artifact) -> Artifact:
    return Artifact.objects.select_for_update(of=("self",)).select_related("unit").get(pk=artifact.pk)


def _may_publish(
    person: Person, unit: Unit, about: Unit | Version, *, is_reviewed: bool = False, act: guard.Act = "publish"
) -> NotPublished | None:
    """Return why this person may not publish for the unit, which is written down."""
    if not (verdict := guard.may(person, act, unit)):
        with transaction.atomic():
            refusal = governing.refuse(person, "publish", verdict, about)
        return NotPublished(sentence=refusal.sentence, code=refusal.code)
    if is_reviewed or not (asked := required(unit)).is_asked:
        return None
    says = f"{asked.rule} Write it as a draft, and ask for a review there."
    return NotPublished(sentence=says, code="review-asked")


def _may_open(version: Version, artifact: Artifact, person: Person) -> NotPublished | None:
    """Return why this person may not publish this version now."""
    status, number = version.status, version.number
    reviewed = status == VersionStatus.APPROVED
    if status == VersionStatus.PUBLISHED:
        says = f"{version.published_by or 'Somebody'} published version {number} already: new runs start on it."
        return NotPublished(sentence=says, code="already-published")
    if status == VersionStatus.IN_REVIEW:
        return NotPublished(sentence=f"Version {number} is being reviewed still.", code="in-review")
    if status not in (VersionStatus.DRAFT, VersionStatus.APPROVED):
        says = f"Version {number} is {version.get_status_display()}, and is not published again."
        return NotPublished(sentence=says, code="not-approved")
    act: guard.Act = "publish-policy" if version.kind == POLICY else "publish"
    if refusal := _may_publish(person, artifact.unit, version, is_reviewed=reviewed, act=act):
        return refusal
    if status == VersionStatus.DRAFT and not (verdict := guard.may_change_draft(person, version)):
        refused = governing.refuse(person, "publish", verdict, version)
        return NotPublished(sentence=refused.sentence, code=refused.code)
    return None


def _rolled_out(artifact: Artifact) -> NotPublished | None:
    under_way = artifact.rollouts.filter(status=RolloutStatus.UNDER_WAY).select_related("version").first()
    if under_way is None:
        return None
    says = f"Version {under_way.version.number} is being rolled out: bring it to everyone, or take it back first."
    return NotPublished(sentence=says, code="rolled-out")


def _stale(version: Version, artifact: Artifact, examined: Examined) -> NotPublished | None:
    """Return how to go on where the library is not what it was when the version was written or approved."""
    moved: Refused | None = moved_on(artifact, version)
    if moved is not None:
        return NotPublished(sentence=moved.sentence, code=moved.code)
    if version.status == VersionStatus.DRAFT and version.source != examined.text:
        return NotPublished(sentence="This draft was saved in another window just now.", code="written-meanwhile")
    if version.status == VersionStatus.APPROVED and examined.is_right and examined.digest != version.digest:
        says = (
            "What it asks or adapts has a newer version since it was approved, so it is not what was reviewed any more"
        )
        return NotPublished(sentence=f"{says}: take it back, and ask for a review again.", code="old-digest")
    return None
