"""What owners do with what is published: find it still right when they look again, and hand it over."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflows import guard
from workflows.clock import database_clock
from workflows.governing import By, Kind, Refused, note, refuse
from workflows.models import Artifact, Person, Version
from workflows.writing import writing


def confirm(artifact: Artifact, person: Person, note_of: str = "", at: datetime | None = None) -> Artifact | Refused:
    """Say that what is published is still right: its next review is due a whole interval from now."""
    with writing():
        artifact = _locked(artifact)
        if not (verdict := guard.may_confirm(person, artifact)):
            return refuse(person, "confirm", verdict, artifact)
        published = artifact.published
        if published is None:
            return Refused("not-published", "Nothing of it is published.")
        artifact.reviewed_at = at or database_clock()
        artifact.save()
        note(Kind.CONFIRMED, person, published, detail=note_of.strip(), at=at)
    return artifact


def hand_over(artifact: Artifact, owner: Person, by: By, at: datetime | None = None) -> Artifact | Refused:
    """Make somebody the owner who may write it: they are asked to look at it again when that is due."""
    with writing():
        artifact = _locked(artifact)
        if isinstance(by, Person):
            verdict = guard.may(by, "hand-over", artifact.unit)
            if not verdict and not (by.is_active and artifact.owner_id == by.pk):
                return refuse(by, "hand over", verdict, artifact)
        if owner.is_service or not guard.may(owner, "author", artifact.unit):
            says = f"{owner} is no author or process owner of {artifact.unit}: only they own what it keeps."
            return Refused("not-in-part", says, "owner")
        if artifact.owner_id != owner.pk:
            was, artifact.owner = artifact.owner, owner
            artifact.save()
            note(Kind.OWNER, by, artifact, detail=f"{owner.username} (was {was.username if was else 'nobody'})", at=at)
    return artifact


def due_at(artifact: Artifact, published: Version) -> datetime | None:
    """Return when its owner should look at it again, None where nothing asks for that."""
    since = artifact.reviewed_at
    if published.published_at and (since is None or since < published.published_at):
        since = published.published_at
    if since is None or published.review_days is None:
        return None
    return since + timedelta(days=published.review_days)


def _locked(artifact: Artifact) -> Artifact:
    return Artifact.objects.select_for_update(of=("self",)).select_related("unit", "owner").get(pk=artifact.pk)
