"""A version's text line by line, with the remarks at each line and their answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from workflows.models import Remark, Version


@dataclass(frozen=True)
class Thread:
    """A remark and what was answered."""

    remark: Remark
    answers: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Line:
    number: int
    text: str
    threads: tuple[Thread, ...] = ()
    is_asked: bool = False
    """The reader is about to write a remark here."""


def remarks_of(version: Version) -> tuple[Thread, ...]:
    """Return what was remarked, by line; what is of the version as a whole first."""
    rows = list(version.remarks.select_related("by", "resolved_by").order_by("line", "pk"))
    answers = defaultdict(list)
    for row in rows:
        if row.answers_id:
            answers[row.answers_id].append(row)
    return tuple(Thread(row, tuple(answers[row.pk])) for row in rows if row.answers_id is None)


def lines(version: Version, threads: tuple[Thread, ...], asked: int) -> tuple[Line, ...]:
    """Lay out the text with the threads at their lines; a remark at a line that is gone stands at the last."""
    written = version.source.splitlines()
    at = defaultdict(list)
    for thread in threads:
        if thread.remark.line:
            at[min(thread.remark.line, len(written))].append(thread)
    return tuple(Line(n, text, tuple(at[n]), n == asked) for n, text in enumerate(written, 1))
