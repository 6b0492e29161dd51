"""Saying something, or attaching files, at a run or at one of its visits: kept in the log, and nothing moves by it."""

from __future__ import annotations

from engine import attachments
from engine.machine.commands import Refusal
from engine.machine.events import Comment
from engine.machine.turn import Turn

#: Characters of one comment.
LONGEST = 10_000


def comment(turn: Turn, event: Comment) -> Refusal | None:
    """Take a comment, in a pause too: it is no act on the run. Who may see the run may say something."""
    text = event.text.strip()
    if not text and not event.files:
        return Refusal("field:text", "Write something, or attach a file.")
    if len(text) > LONGEST:
        return Refusal("field:text", f"A comment has at most {LONGEST:,} characters.")
    wrong = attachments.trouble(event.files)
    if wrong:
        return Refusal("field:files", wrong)
    if event.visit is not None and not 1 <= event.visit <= turn.base.last_visit:
        return Refusal("not-open", "There is no such step in this run.")
    files = attachments.written(event.files)
    turn.move("commented", None, by=event.actor, text=text, files=files, at_visit=event.visit)
    return None
