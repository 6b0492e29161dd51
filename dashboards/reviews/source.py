"""A version's text line by line, with the remarks at each line and their answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from workflows.models import Remark, Version

#: So many lines before and after a change or a remark are read with it.
AROUND = 3


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


@dataclass(frozen=True)
class Block:
    """Lines that follow each other. Folded away are those that say what they said before, where nobody remarks."""

    lines: tuple[Line, ...]
    is_folded: bool


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


def blocks(lines: tuple[Line, ...], before: str | None) -> tuple[Block, ...]:
    """Part the lines into those to be read and those between, which are as they were `before`.

    Of a first version all are to be read. A few lines around each change and each remark stay with it.
    """
    if before is None:
        return (Block(lines, is_folded=False),)
    matcher = SequenceMatcher(None, before.splitlines(), [line.text for line in lines], autojunk=False)
    changed = [(start, end) for tag, _, _, start, end in matcher.get_opcodes() if tag != "equal"]
    remarked = [(line.number - 1, line.number) for line in lines if line.threads or line.is_asked]
    read = {n for start, end in (*changed, *remarked) for n in range(start - AROUND + 1, end + AROUND + 1)}
    parted = groupby(lines, key=lambda line: line.number not in read)
    return tuple(Block(tuple(some), is_folded) for is_folded, some in parted)
