"""Say something at a run or at one of its visits, with files, and call others in by name."""

from __future__ import annotations

from collections.abc import Sequence

from engine.attachments import Attachment
from engine.machine.commands import Refusal
from engine.machine.events import Comment
from runs import guard, mentions
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Run
from runs.outcomes import Answer, FieldErrors, of_form
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
    """Keep a comment in the log, at a visit or (without one) at the run.

    Whom it mentions must be able to see the run, else nothing is kept; they are told with the event (`runs.notices`).
    """
    verdict = guard.may_comment(person, run)
    if not verdict:
        return Refusal(verdict.code, verdict.sentence)
    said = mentions.read(text.replace("\r\n", "\n").strip(), run)
    if said.wrong:
        return FieldErrors({"text": said.wrong})
    event = Comment(at=NOT_YET, actor=person.username, visit=visit, text=said.text, files=tuple(files))
    return of_form(apply([Delivery(run.pk, event, key=key)], clock)[0])
