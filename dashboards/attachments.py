"""What is attached, as pages show it: a name with its link, its size, and a preview of an image.

Takes attachments as the run or the log holds them, and finds each one's row among the files of the run: one query a
page, none where nothing is attached. What has no row there has no link.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.urls import reverse

from engine.attachments import Attachment
from runs import attached, kinds
from runs.models import File, Run

#: An image larger than this is not drawn: a page shall not load a hundred of them.
DRAWN = 5_000_000


@dataclass(frozen=True)
class Shown:
    """One file or link. `address` is empty where there is nothing to open, `preview` where nothing is drawn."""

    name: str
    size: int
    type: str
    sha256: str
    address: str = ""
    preview: str = ""
    by: str = ""
    at: datetime | None = None

    @property
    def is_link(self) -> bool:
        return not self.sha256

    @property
    def icon(self) -> str:
        return "link" if self.is_link else "file"

    def __str__(self) -> str:
        return self.name if self.is_link else f"{self.name}, {kinds.said(self.size)}"


def among(stored: Any) -> list[Attachment]:
    """Return the files and links that an encoded value is; none where it is, or holds, anything else."""
    many = stored if isinstance(stored, list | tuple) else [stored]
    found = [one for item in many if (one := attached.read(item, links=True)) is not None]
    return found if len(found) == len(many) else []


def plain(one: Attachment) -> Shown:
    """Show a file without its row: its name and size, nothing to open. A link opens itself."""
    return Shown(one.name, one.size, one.type, one.sha256, address=one.name if one.is_link else "")


class Held:
    """The files of one run, read once when the first of them is asked for."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @cached_property
    def _rows(self) -> dict[Attachment, File]:
        rows = File.objects.filter(run=self._run, attached=True).select_related("by").order_by("-at")
        return {row.attachment: row for row in rows}

    def shown(self, attachments: Iterable[Attachment]) -> list[Shown]:
        return [self._shown(one) for one in attachments]

    def among(self, stored: Any) -> list[Shown]:
        """Return the files and links that an encoded value is: a field of type `file`, or the `files` of a task."""
        return self.shown(among(stored))

    def _shown(self, one: Attachment) -> Shown:
        row = None if one.is_link else self._rows.get(one)
        if row is None:
            return plain(one)
        address = reverse("file", args=[row.pk])
        drawn = one.type in kinds.IMAGES and one.size <= DRAWN
        preview = f"{address}?inline=1" if drawn else ""
        return Shown(one.name, one.size, one.type, one.sha256, address, preview, str(row.by), row.at)
