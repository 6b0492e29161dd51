"""What the events of one transaction attach: an event may name only files that were kept, and these then stay for good.

Stands inside `runs.batch`. Files that a person names are theirs and of this run (of none yet at a start), or stand in
the run's log already. A called run is given its caller's files, and gives back its own: the rows are copied, the bytes
are not. Nothing is asked of the database where nothing is attached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

from engine.attachments import Attachment
from engine.machine.commands import Refusal
from engine.machine.events import ENGINE, Event, Start
from runs.deliveries import Delivery
from runs.models import File, Run

_PARTS = frozenset(asdict(Attachment("")))
_HOLDING = ("form", "inputs", "values", "outputs")  # what a signal or a machine says is no file of ours
GONE = "This file is not there any more. Choose it again."


class Attached:
    """The rows of what these deliveries name, locked, and those that accepted events have attached."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        digests = {file.sha256 for delivery in deliveries for _, file in files_in(delivery.event)}
        rows = File.objects.select_for_update(of=("self",)).select_related("by").filter(sha256__in=digests)
        self.rows: list[File] = list(rows.order_by("pk")) if digests else []
        self.now: dict[UUID, UUID] = {}
        self.copies: list[File] = []

    def refusal(self, event: Event, run: Run) -> Refusal | None:
        """Refuse what a person names and has not kept here."""
        if event.actor == ENGINE or (isinstance(event, Start) and event.parent is not None):
            return None
        for name, file in files_in(event):
            if not self._of(event, run, file):
                return Refusal(f"field:{name}", GONE)
        return None

    def take(self, event: Event, run: Run) -> None:
        """Keep for good what an accepted event of this run names."""
        for _, file in files_in(event):
            found = self._of(event, run, file)
            if found:
                self.now.update({row.pk: run.pk for row in found if not row.attached})
            elif event.actor == ENGINE or isinstance(event, Start):
                self._copy(event, file, run)

    def write(self) -> None:
        """Write it: one statement a run that something was attached to, and one for all copies."""
        for run in sorted(set(self.now.values())):
            mine = [pk for pk, to in self.now.items() if to == run]
            File.objects.filter(pk__in=mine).update(attached=True, run=run)
        if self.copies:
            File.objects.bulk_create(self.copies)

    def _of(self, event: Event, run: Run, file: Attachment) -> list[File]:
        own = [row for row in self.rows if row.attachment == file and row.by.username == event.actor]
        kept = [row for row in own if row.run_id == (None if isinstance(event, Start) else run.pk)]
        return kept or [row for row in self.rows if row.attachment == file and row.attached and row.run_id == run.pk]

    def _copy(self, event: Event, file: Attachment, run: Run) -> None:
        """Give this run a row of its own for what a run that it stands beside has attached."""
        if any(row.attachment == file and row.run_id == run.pk for row in self.copies):
            return
        theirs = [row for row in self.rows if row.attachment == file and row.attached]
        caller = UUID(event.parent.run) if isinstance(event, Start) and event.parent else None
        near = {caller} if caller or not theirs else set(Run.objects.filter(parent=run.pk).values_list("pk", flat=True))
        for row in theirs:
            if row.run_id in near:
                copy = File(pk=uuid4(), run_id=run.pk, by=row.by, at=row.at, attached=True, **asdict(file))
                self.copies.append(copy)
                return


def files_in(event: Event) -> Iterator[tuple[str, Attachment]]:
    """Return the files that this event names, each with the field that it stands in; links are no files."""
    for name in ("files", "evidence"):
        yield from (("files", file) for file in getattr(event, name, ()) if not file.is_link)
    for holding in _HOLDING:
        stored = getattr(event, holding, None)
        if isinstance(stored, Mapping):
            for name, value in stored.items():
                yield from ((str(name), file) for file in found_in(value))


def read(stored: Any, links: bool = False) -> Attachment | None:
    """Return the file (or the link, if asked for) that this encoded value is, None where it is none."""
    if not isinstance(stored, Mapping) or set(stored) != _PARTS:
        return None
    name, size, media_type, sha256 = stored["name"], stored["size"], stored["type"], stored["sha256"]
    texts = isinstance(name, str) and isinstance(media_type, str) and isinstance(sha256, str)
    if not texts or not isinstance(size, int):
        return None
    found = Attachment(name, size, media_type, sha256)
    return found if sha256 or (links and found.is_link) else None


def found_in(stored: Any) -> Iterator[Attachment]:
    """Return the files among these encoded values."""
    if isinstance(stored, Mapping):
        if (file := read(stored)) is not None:
            yield file
        else:
            for item in stored.values():
                yield from found_in(item)
    elif isinstance(stored, list | tuple):
        for item in stored:
            yield from found_in(item)
