"""What a page wants to hear of: `?board=1`, `?run=<uuid>` (several), `?bell=1` (the bell alone), or any run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict

MOST_RUNS = 100
"""So many runs may be named; a page that shows more listens to any."""


@dataclass(frozen=True)
class Interest:
    """`board`: rows of every run one may see. `any_run`: their ids. Else the runs named. The bell is always told."""

    board: bool = False
    any_run: bool = True
    runs: frozenset[UUID] = frozenset()

    def of(self, changed: Iterable[UUID]) -> list[UUID]:
        """Return those of the changed runs that the page wants to hear of."""
        return [run for run in changed if self.board or self.any_run or run in self.runs]


def read(asked: QueryDict) -> Interest:
    """Read the interest from an address. What is no id is left out: it names nothing that could change."""
    named = asked.getlist("run")
    if asked.get("board") == "1":
        return Interest(board=True)
    if len(named) > MOST_RUNS:
        return Interest()
    runs = frozenset(filter(None, map(_uuid, named)))
    return Interest(any_run=not named and asked.get("bell") != "1", runs=runs)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
