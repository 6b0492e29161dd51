"""Files: kept when they are uploaded, attached by an act on their run, read through the guard.

`keep` stores one for a person, `of` makes of kept ones what an act takes, `open_for` gives the bytes to whoever may see
them. What an act names and has no row here is refused in `runs.attached`; what nothing names is swept away a day later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files import File as Upload

from engine.attachments import Attachment
from engine.machine.commands import Refusal
from runs import guard, kinds, stored
from runs.clock import Clock, database_clock
from runs.models import File, Run, Step
from workflows.models import Person

#: Files of one submission, and files of one person that are kept and attached to nothing yet.
MOST, MOST_WAITING = 20, 60

GONE = Refusal("field:files", "A file that you had chosen is not there any more. Choose it again.")
NOT_VISIBLE = Refusal("not-visible", "There is no such file, or it is not yours to see.")

log = structlog.get_logger()


def keep(
    upload: Upload,
    person: Person,
    run: Run | None = None,
    step: Step | None = None,
    clock: Clock = database_clock,
) -> File | Refusal:
    """Store a file for this person; nothing names it yet. A refusal says what is wrong with it."""
    if not person.is_active:
        return Refusal(guard.NOT_ACTIVE.code, guard.NOT_ACTIVE.sentence)
    if run is not None and not (verdict := guard.may_comment(person, run)):
        return Refusal(verdict.code, verdict.sentence)
    name = kinds.cleaned(upload.name or "")
    most = int(settings.PENSTOCK_FILE_MB * 1_000_000)
    if not upload.size:
        return Refusal("field:files", f"“{name}” is empty.")
    if upload.size > most:
        return Refusal("field:files", f"“{name}” has {kinds.said(upload.size)}; a file may have {kinds.said(most)}.")
    media_type, wrong = kinds.type_of(name, upload)
    if wrong:
        return Refusal("field:files", wrong)
    if File.objects.filter(by=person, attached=False).count() >= MOST_WAITING:
        says = f"{MOST_WAITING} files of yours wait to be attached. What is not attached within a day is deleted."
        return Refusal("field:files", says)
    upload.seek(0)
    with stored.written(upload.chunks()) as pending:
        file = File.objects.create(
            run=run,
            step=step,
            name=name,
            size=pending.size,
            type=media_type,
            sha256=pending.sha256,
            by=person,
            at=clock(),
        )
        pending.settle()
    return file


def of(ids: Iterable[str | UUID], person: Person, run: Run | None) -> tuple[Attachment, ...] | Refusal:
    """Return what this person kept for this run (None: for a run that is to be started), in this order."""
    wanted = [found for one in dict.fromkeys(ids) if (found := _uuid(one)) is not None]
    if len(wanted) < len(set(ids)):
        return GONE
    rows = {file.pk: file for file in File.objects.filter(pk__in=wanted, by=person, run=run)} if wanted else {}
    if len(rows) < len(wanted):
        return GONE
    found = tuple(dict.fromkeys(rows[one].attachment for one in wanted))
    if len(found) > MOST:
        return Refusal("field:files", f"At most {MOST} files go together.")
    return found


def own(ids: Iterable[str], person: Person) -> set[str]:
    """Which of these are files that this person uploaded."""
    wanted = [found for one in ids if (found := _uuid(one)) is not None]
    rows = File.objects.filter(pk__in=wanted, by=person).values_list("pk", flat=True) if wanted else ()
    return {str(pk) for pk in rows}


def waiting(person: Person, run: Run | None, step: Step | None) -> list[File]:
    """What this person has kept here and attached to nothing yet, the oldest first."""
    return list(File.objects.filter(by=person, run=run, step=step, attached=False).order_by("at", "pk"))


def drop(ids: Iterable[str | UUID], person: Person) -> None:
    """Let go of this person's files that are attached to nothing, and of bytes that nothing else names."""
    wanted = [found for one in ids if (found := _uuid(one)) is not None]
    mine = File.objects.filter(pk__in=wanted, by=person, attached=False) if wanted else File.objects.none()
    rows = dict(mine.values_list("pk", "sha256"))
    if rows:
        File.objects.filter(pk__in=rows, attached=False).delete()
        for sha256 in set(rows.values()):
            stored.forget(sha256, is_named)


def is_named(sha256: str) -> bool:
    return File.objects.filter(sha256=sha256).exists()


def open_for(person: Person, file: File) -> BinaryIO | Refusal:
    """Open a file for whoever may see it: the run's readers, and before it is attached whoever uploaded it.

    What is not the file that was attached is nobody's to read: `file-damaged`.
    """
    if not person.is_authenticated or not person.is_active:
        return NOT_VISIBLE
    if file.attached and file.run is not None:
        if not guard.may(person, "see", run=file.run):
            return NOT_VISIBLE
    elif file.by_id != person.pk:
        return NOT_VISIBLE
    try:
        return stored.opened(file.sha256)
    except stored.Damaged as fault:
        log.error("file_damaged", file=str(file.pk), sha256=file.sha256, run=str(file.run_id), says=str(fault))
        return Refusal("file-damaged", str(fault))


def _uuid(text: str | UUID) -> UUID | None:
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except ValueError:
        return None
