"""Two texts by their lines: what came in, what went out, with the lines around and the numbers on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

AROUND = 3
#: Lines that are less alike than this are told as two lines, not as one that was changed.
_ALIKE = 0.5
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Line:
    """One line: `kind` is `same`, `out` or `in`; `parts` are its pieces, and whether each is what differs."""

    kind: str
    before: int | None
    after: int | None
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Hunk:
    """Lines that belong together; before the first of them so many were left out that are alike."""

    skipped: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Beside:
    hunks: tuple[Hunk, ...]
    added: int
    removed: int
    left: int
    """How many lines that are alike stand behind the last hunk."""


def beside(before: str, after: str) -> Beside:
    """Compare two texts line by line."""
    first, second = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    hunks, told = [], 0
    for group in matcher.get_grouped_opcodes(AROUND):
        if all(code[0] == "equal" for code in group):
            continue
        lines = tuple(line for code in group for line in _lines(first, second, *code))
        hunks.append(Hunk(group[0][1] - told, lines))
        told = group[-1][2]
    lines = [line for hunk in hunks for line in hunk.lines]
    added, removed = (sum(line.kind == kind for line in lines) for kind in ("in", "out"))
    return Beside(tuple(hunks), added, removed, len(first) - told)


def _lines(first: Sequence[str], second: Sequence[str], tag: str, a: int, b: int, c: int, d: int) -> Iterator[Line]:
    if tag == "equal":
        for offset in range(b - a):
            yield Line("same", a + offset + 1, c + offset + 1, ((first[a + offset], False),))
        return
    pairs = [_pieces(first[a + n], second[c + n]) for n in range(min(b - a, d - c))]
    whole = [((text, False),) for text in (*first[a:b], *second[c:d])]
    for n in range(a, b):
        yield Line("out", n + 1, None, pairs[n - a][0] if n - a < len(pairs) else whole[n - a])
    for n in range(c, d):
        yield Line("in", None, n + 1, pairs[n - c][1] if n - c < len(pairs) else whole[b - a + n - c])


Parts = tuple[tuple[str, bool], ...]


def _pieces(before: str, after: str) -> tuple[Parts, Parts]:
    """Cut two lines where they differ; lines that are too unlike stay whole."""
    first, second = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return ((before, False),), ((after, False),)
    out, in_ = [], []
    for tag, a, b, c, d in matcher.get_opcodes():
        out.append(("".join(first[a:b]), tag != "equal"))
        in_.append(("".join(second[c:d]), tag != "equal"))
    return tuple(one for one in out if one[0]), tuple(one for one in in_ if one[0])
