"""The review of a version: ask for it, say what one thinks, take it back.

What a review takes is fixed when it is asked for (`workflows.policies.approvals`). Every verb locks the artifact first:
of two who decide at once the second finds what the first did, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.definition import Definition
from engine.lifecycles import ReviewStatus, RolloutStatus, VersionStatus
from workflows import guard, named, scenarios
from workflows.clock import database_clock
from workflows.drafting import with_id
from workflows.examining import Examined, examine, fill, prove
from workflows.governing import Kind, Refused, note, refuse
from workflows.models import Artifact, Opinion, Person, Review, Version
from workflows.policies.approvals import required
from workflows.proven import rehearsed
from workflows.writing import writing

Choice = Opinion.Choice


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing was counted: somebody closed the review before, and `says` who, how and when."""

    review: Review
    says: str


def submit(version: Version, person: Person, at: datetime | None = None) -> Review | Refused:
    """Ask for a review of a draft without errors; from now on nothing of it changes."""
    artifact = Artifact.objects.select_related("unit").get(pk=version.artifact_id)
    seen = Version.objects.get(pk=version.pk)
    examined = examine(seen.source, artifact.unit)
    played = ()
    if examined.is_right and isinstance(examined.content, Definition):
        played = scenarios.rehearse_with(artifact.slug, seen.source)
    with writing():
        artifact = _locked(version)
        version = artifact.versions.get(pk=version.pk)
        if not (verdict := guard.may_change_draft(person, version)):
            return refuse(person, "ask for a review", verdict, version)
        if problem := _not_ready(artifact, version, seen, examined):
            return problem
        assert examined.content is not None, "what is right has been read"
        fill(version, examined)
        version.proven = rehearsed(prove(examined, artifact.unit), played, artifact.slug).to_json()
        version.submit()
        version.save()
        if isinstance(examined.content, Definition):
            # a pilot's runs are seen by the people of its roles, before it is published
            named.keep(version, examined.content)
        asked = required(artifact.unit)
        review = Review.objects.create(
            version=version,
            opened_at=at or database_clock(),
            opened_by=person,
            quorum=asked.quorum,
            approvers=",".join(_part_or_group(name) for name in asked.approvers),
            exclude=",".join(_part_or_group(name) for name in asked.exclude),
            rule=asked.rule[:300],
        )
        note(Kind.SUBMITTED, person, version, of=review, detail=version.changes, at=at)
    return review


def say(
    review: Review, person: Person, choice: str, comment: str = "", digest: str = "", at: datetime | None = None
) -> Opinion | Refused | Closed:
    """Approve a version, ask for changes, or reject it, as it stood with this digest.

    Enough approvals let it be published; one reviewer who wants changes makes it a draft again; one who rejects it ends
    it. Until then a reviewer may say something else.
    """
    comment = comment.strip()
    with writing():
        artifact = _locked(review.version)
        review = Review.objects.select_related("version__artifact__unit", "closed_by").get(pk=review.pk)
        version = review.version
        if not (verdict := guard.may_review(person, review)):
            return refuse(person, "review", verdict, version)
        if review.status != ReviewStatus.OPEN:
            return Closed(review, how_it_closed(review))
        if choice not in Choice.values:
            return Refused("bad-value", "Say whether you approve it, want changes or reject it.", "choice")
        if digest != version.digest:
            return Refused("old-digest", "What you read is not what is in review now: read it again.")
        if choice != Choice.APPROVE and not comment:
            return Refused("comment-required", "Say what is wrong with it, so that its author knows.", "comment")
        now = at or database_clock()
        values = {"choice": choice, "comment": comment, "digest": digest, "at": now}
        opinion, _ = Opinion.objects.update_or_create(review=review, person=person, defaults=values)
        note(
            Kind.REVIEWED,
            person,
            version,
            of=review,
            detail=f"{opinion.get_choice_display()}. {comment}".strip(),
            at=at,
        )
        _close(artifact, review, opinion, now)
    return opinion


def withdraw(version: Version, person: Person, at: datetime | None = None) -> Version | Refused:
    """Make a version that is in review, or approved, a draft again: its author takes it back."""
    with writing():
        artifact = _locked(version)
        version = artifact.versions.get(pk=version.pk)
        if not (verdict := guard.may_change_draft(person, version)):
            return refuse(person, "take back", verdict, version)
        if version.status not in (VersionStatus.IN_REVIEW, VersionStatus.APPROVED):
            says = f"Version {version.number} is {version.get_status_display()}: there is nothing to take back."
            return Refused("not-in-review", says)
        if version.rollouts.filter(status=RolloutStatus.UNDER_WAY).exists():
            return Refused("rolled-out", "Some of the new runs start on it: take its rollout back first.")
        review = version.reviews.filter(status=ReviewStatus.OPEN).first()
        if review is not None:
            review.withdraw()
            review.closed_at, review.closed_by = at or database_clock(), person
            review.save()
        version.reopen()
        version.save()
        note(Kind.REOPENED, person, version, of=review, detail="Taken back.", at=at)
    return version


def approvals(review: Review) -> list[Opinion]:
    """Return the approvals that count now: of those who may still review it."""
    given = review.opinions.filter(choice=Choice.APPROVE).select_related("person")
    return [one for one in given if guard.may_review(one.person, review)]


def how_it_closed(review: Review) -> str:
    """Say who closed a review and how."""
    words = {
        ReviewStatus.APPROVED: "approved it, and that was enough",
        ReviewStatus.CHANGES_WANTED: "asked for changes: it is a draft again",
        ReviewStatus.REJECTED: "rejected it",
        ReviewStatus.WITHDRAWN: "took it back",
    }
    return f"{review.closed_by} {words[ReviewStatus(review.status)]}."


def _close(artifact: Artifact, review: Review, opinion: Opinion, at: datetime) -> None:
    """Close the review if this opinion decides it, and move its version along."""
    version = review.version
    if opinion.choice == Choice.CHANGES:
        review.want_changes()
        version.reopen()
        kind = Kind.REOPENED
    elif opinion.choice == Choice.REJECT:
        review.reject()
        version.reject()
        kind = Kind.REJECTED
    elif len(approvals(review)) >= review.quorum:
        review.approve()
        version.approve()
        kind = Kind.APPROVED
    else:
        return
    review.closed_at, review.closed_by = at, opinion.person
    review.save()
    version.save()
    note(kind, opinion.person, version, of=review, at=at)


def _not_ready(artifact: Artifact, version: Version, seen: Version, examined: Examined) -> Refused | None:
    """Return why nobody can be asked to review this draft yet."""
    if version.status != VersionStatus.DRAFT:
        return Refused("not-a-draft", f"Version {version.number} is {version.get_status_display()} already.")
    if version.source != seen.source:
        return Refused("written-meanwhile", "This draft was saved in another window just now: look at it again.")
    problems = with_id(examined, version)
    if not examined.is_right or problems != examined.problems:
        says = "Something in the text stands in the way. Nobody reviews what cannot run."
        return Refused("has-errors", says, problems=problems)
    return moved_on(artifact, version) or _unchanged(artifact, examined)


def moved_on(artifact: Artifact, version: Version) -> Refused | None:
    """Return what to do where another version was published since this one was begun."""
    now = artifact.published
    if now is None or now.pk == version.based_on_id:
        return None
    was = f"version {version.based_on.number}" if version.based_on else "nothing"
    says = f"Version {now.number} was published meanwhile, and this one was begun from {was}."
    how = "Bring what changed there into your text, and say on its page that it stands on the newest one."
    return Refused("moved-on", f"{says} {how}")


def _unchanged(artifact: Artifact, examined: Examined) -> Refused | None:
    now = artifact.published
    if now is None or now.digest != examined.digest:
        return None
    return Refused("unchanged", f"It does exactly what version {now.number} does: there is nothing to review.")


def _locked(version: Version) -> Artifact:
    return Artifact.objects.select_for_update(of=("self",)).select_related("unit").get(pk=version.artifact_id)


def _part_or_group(name: str) -> str:
    """Write a part as it is stored: policies say `process-owner`."""
    return next(iter(guard.parts_and_groups(name)[0]), name)
