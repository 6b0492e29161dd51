"""Say something at a run or at one of its visits, with files."""

from __future__ import annotations

from collections.abc import Sequence

from engine.attachments import Attachment
from engine.machine.commands import Refusal
from engine.machine.events import Comment
from runs import guard
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Run
from runs.outcomes import Answer, of_form
from workflows.models import Person


def comment(
    run: Run,
    person: Person,
    text: str,
    visit: int | None = None,
    files: Sequence[Attachment] = (),
    key: str | None = None,
    clock: Clock = database_clock,
) -> Answer:
    """Keep a comment in the log, at a visit or (without one) at the run. Whoever may see the run may comment."""
    verdict = guard.may(person, "see", run=run)
    if not verdict:
        return Refusal(verdict.code, verdict.sentence)
    written = text.replace("\r\n", "\n").strip()
    event = Comment(at=NOT_YET, actor=person.username, visit=visit, text=written, files=tuple(files))
    return of_form(apply([Delivery(run.pk, event, key=key)], clock)[0])
