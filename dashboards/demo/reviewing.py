"""How a version comes about at Lindhaven since its policy asks for a review: written by one, approved by two others."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboards.demo import organisation
from workflows import drafting, reviewing
from workflows.drafting import Draft
from workflows.models import Artifact, Opinion, Person, Review, Version

#: Whose approvals the policy takes: a release manager's and the process owner's.
FIRST, SECOND = "sanjay", organisation.PROCESS_OWNER


class NotReviewed(Exception):
    """A verb refused what the demo writes or says: the demo and the library do not fit."""


def changed(slug: str, before: str, after: str) -> str:
    """Return what is published of a playbook with one passage in other words."""
    published = Artifact.objects.get(slug=slug).published
    if published is None or published.source.count(before) != 1:
        raise NotReviewed(f"{slug} says something else: {before!r} is not in it once.")
    return published.source.replace(before, after)


def ask(slug: str, text: str, author: str, changes: str, at: datetime) -> Review:
    """Let the author write a version of this playbook, and ask for its review a little later."""
    person, artifact = Person.objects.get(username=author), Artifact.objects.select_related("unit").get(slug=slug)
    written = drafting.write(text, artifact.unit, person, changes, at=at)
    if not isinstance(written, Draft):
        raise NotReviewed(str(written))
    review = reviewing.submit(written.version, person, at=at + timedelta(minutes=10))
    if not isinstance(review, Review):
        raise NotReviewed(str(review))
    return review


def approve(review: Review, username: str, comment: str, at: datetime) -> Version:
    """Let somebody approve what is in review; return the version."""
    person = Person.objects.get(username=username)
    said = reviewing.say(review, person, Opinion.Choice.APPROVE, comment, review.version.digest, at=at)
    if not isinstance(said, Opinion):
        raise NotReviewed(str(said))
    return Version.objects.get(pk=review.version_id)
