"""A version in review at Lindhaven: Aiko wants the change board to be faster, and Priya has a remark."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboards.demo import organisation
from workflows import drafting, remarking, reviewing
from workflows.drafting import Draft
from workflows.models import Artifact, Person, Remark, Review

PLAYBOOK, AUTHOR = "production-change", "aiko"
BEFORE = """\
    due: 8h
    on_reject: plan
    on_return: plan
    escalate:
      - {after: 4h, remind: pending}
"""
AFTER = BEFORE.replace("8h", "6h").replace("4h", "2h")
CHANGES = "The board answers within six hours and is reminded after two: half of the changes waited for it."
REMARK = "Six hours on a Friday afternoon? Say business hours, 6bh, and I am with you."


class NotReviewed(Exception):
    """The playbook of the library is not what the demo changes; the message says what was refused."""


def ask(now: datetime) -> None:
    """Let Aiko ask for a review this morning, and Priya read it."""
    people = {person.username: person for person in Person.objects.all()}
    author, reader = people[AUTHOR], people[organisation.PROCESS_OWNER]
    artifact = Artifact.objects.select_related("unit").get(slug=PLAYBOOK)
    published = artifact.published
    if published is None or published.source.count(BEFORE) != 1:
        raise NotReviewed(f"{PLAYBOOK} has no such board.")
    text = published.source.replace(BEFORE, AFTER)
    asked_at = now - timedelta(hours=5)
    written = drafting.write(text, artifact.unit, author, CHANGES, at=asked_at - timedelta(minutes=20))
    if not isinstance(written, Draft):
        raise NotReviewed(str(written))
    review = reviewing.submit(written.version, author, at=asked_at)
    if not isinstance(review, Review):
        raise NotReviewed(str(review))
    line = text[: text.index(AFTER)].count("\n") + 1
    remark = remarking.add(written.version, reader, REMARK, line, at=now - timedelta(hours=2))
    if not isinstance(remark, Remark):
        raise NotReviewed(str(remark))
