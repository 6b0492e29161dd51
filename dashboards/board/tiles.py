"""The five counts over the table, each a filter. None of them goes through more than `MOST` runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from dashboards.board.branches import Scope, Sql, branches
from dashboards.board.narrow import ATTENTION, CALLED, DUE_LANES, ENDED, MACHINE, PAUSED, PEOPLE
from dashboards.board.stretches import along, counted, end, rows, tallied
from dashboards.templatetags.times import span
from engine.lifecycles import RunStatus
from runs.sight import Sight

#: Up to here is counted exactly; of more, that there are more.
MOST = 1_000


@dataclass(frozen=True)
class Count:
    """How many there are, or `is_more` than that."""

    number: int
    is_more: bool = False

    def __add__(self, other: Count) -> Count:
        return Count(self.number + other.number, self.is_more or other.is_more)

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.is_more else ''}"


@dataclass(frozen=True)
class Tile:
    """`state` is the filter the tile stands for; `look` and `icon` are those of its status."""

    state: str
    look: str
    icon: str
    word: str
    count: Count
    note: str

    @property
    def shown(self) -> str:
        return str(self.count)


def count(seen: Sight, scope: Scope, now: datetime, today: datetime) -> tuple[Tile, ...]:
    """Count what this person sees of these versions and units. Three statements: what is open, since when,
    and what has ended `today`.

    Whatever else is filtered does not count: no index knows it, so a count could go through every run.
    """
    stretches = {lane: along(lane) for lane in (ATTENTION, PAUSED, PEOPLE, MACHINE, CALLED)} | {
        "late": along(*DUE_LANES, column="next_due_at", until=now),
        "soon": along(*DUE_LANES, column="next_due_at", since=now, until=today + timedelta(days=1)),
    }
    found = branches(seen, scope, Q(), lanes=len(stretches), apart=True)
    asked = {name: counted(found, stretch, MOST + 1) for name, stretch in stretches.items()}
    ends = {
        "waits": end(found, stretches[PEOPLE], is_last=False),
        "oldest": end(found, stretches[ATTENTION], is_last=False),
        "newest": end(found, stretches[ATTENTION], is_last=True),
    }
    (values,), (times,) = rows(_together(asked.values())), rows(_together(ends.values()))
    counts = {name: _bounded(value) for name, value in zip(asked, values, strict=True)}
    waits, oldest, newest = (_time(value) for value in times)
    is_open = counts[ATTENTION] + counts[PAUSED] + counts[PEOPLE] + counts[MACHINE]
    done, others = _ended(tallied(found, along(ENDED, since=today, ended_since=today), MOST + 1))
    return (
        Tile("running", "running", "running", "Running", _rounded(is_open), _running(counts)),
        Tile("waiting", "waiting", "waiting", "Waiting for people", counts[PEOPLE], _since(waits, now)),
        Tile("attention", "attention", "attention", "Needs attention", counts[ATTENTION], _stuck(oldest, newest, now)),
        Tile("overdue", "failed", "overdue", "Overdue", counts["late"], f"{counts['soon']} more due today"),
        Tile("done", "done", "done", "Done today", done, others),
    )


def _together(values: Collection[Sql]) -> Sql:
    text = ", ".join(f"{value.text} AS v{number}" for number, value in enumerate(values))
    return Sql(f"SELECT {text}", tuple(parameter for value in values for parameter in value.parameters))


def _bounded(value: int) -> Count:
    return Count(min(value, MOST), value > MOST)


def _rounded(total: Count) -> Count:
    return _bounded(MOST + 1) if total.is_more or total.number > MOST else total


def _running(counts: dict[str, Count]) -> str:
    others = [
        f"{counts[lane]} {word}" for lane, word in ((PAUSED, "paused"), (CALLED, "called")) if counts[lane].number
    ]
    return ", ".join(["every run that has not ended", *others])


def _since(waits: datetime | None, now: datetime) -> str:
    return f"the longest for {span(now - waits)}" if waits else "nobody is waited for"


def _stuck(oldest: datetime | None, newest: datetime | None, now: datetime) -> str:
    if oldest is None or newest is None:
        return "nothing is stuck"
    if oldest == newest:
        return f"since {span(now - oldest)}"
    return f"oldest {span(now - oldest)}, newest {span(now - newest)}"


def _ended(tallied: list[tuple[str, bool, int]]) -> tuple[Count, str]:
    """How many were completed, and what else became of runs; those that others called are a part of theirs."""
    is_more = sum(number for _, _, number in tallied) > MOST
    numbers = {status: number for status, is_called, number in tallied if not is_called}
    failed = numbers.get(RunStatus.FAILED.value, 0)
    other = numbers.get(RunStatus.CANCELLED.value, 0) + numbers.get(RunStatus.ROLLED_BACK.value, 0)
    parts = [f"{Count(failed, is_more)} failed"] * bool(failed)
    parts += [f"{Count(other, is_more)} cancelled or rolled back"] * bool(other)
    return Count(numbers.get(RunStatus.COMPLETED.value, 0), is_more), ", ".join(parts) or "nothing failed"


def _time(value: Any) -> datetime | None:
    """SQLite gives the text that it keeps."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
