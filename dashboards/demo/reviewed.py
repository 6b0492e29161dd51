"""A version in review at Lindhaven: Aiko wants the change board to be faster; one has approved, one has a remark."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboards.demo import reviewing
from dashboards.demo.reviewing import NotReviewed
from workflows import remarking
from workflows.models import Person, Remark

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
SAID = "Two hours are fair: the board sits in one room."
REMARK = "Six hours on a Friday afternoon? Say business hours, 6bh, and I am with you."


def ask(now: datetime) -> None:
    """Let Aiko ask for a review this morning, Sanjay approve it and Priya read it."""
    text = reviewing.changed(PLAYBOOK, BEFORE, AFTER)
    review = reviewing.ask(PLAYBOOK, text, AUTHOR, CHANGES, now - timedelta(hours=5, minutes=10))
    reviewing.approve(review, reviewing.FIRST, SAID, now - timedelta(hours=3))
    reader = Person.objects.get(username=reviewing.SECOND)
    line = text[: text.index(AFTER)].count("\n") + 1
    remark = remarking.add(review.version, reader, REMARK, line, at=now - timedelta(hours=2))
    if not isinstance(remark, Remark):
        raise NotReviewed(str(remark))
