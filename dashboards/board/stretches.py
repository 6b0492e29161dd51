"""The board's SQL: the first runs along an index, ends of it, and counts that stop.

Each branch reads what is asked for along an index that begins with its column, so nothing grows with the table. It is
written out because the ORM slices no unions on SQLite; everything that anybody typed is a parameter. Lanes and limits
are words of our own and stand in the statement: a plan that serves every value has to know them (`workflows.prepared`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from dashboards.board.branches import Branch, Sql
from runs.models import Run
from workflows import prepared


@dataclass(frozen=True)
class Beyond:
    """The last run of the page before: its rank, its value in the stretch's column, its key."""

    rank: int
    at: datetime
    key: UUID


@dataclass(frozen=True)
class Stretch:
    """A part of a list that runs along one column, ties by primary key: first the runs of the lanes of the first rank.

    Along `changed_at` each lane has its own place in the index; along `next_due_at` one index holds them all, and the
    lane is only looked at. `is_undated`: only runs of which nothing is due. `ended_since`: only those that ended then
    or later, whatever has changed of them since.
    """

    ranks: tuple[tuple[str, ...], ...]
    column: str = "changed_at"
    newest_first: bool = True
    since: datetime | None = None
    until: datetime | None = None
    is_undated: bool = False
    ended_since: datetime | None = None

    @property
    def lanes(self) -> tuple[str, ...]:
        return tuple(lane for rank in self.ranks for lane in rank)

    @property
    def reads(self) -> int:
        """How often each branch is read."""
        return len(self.lanes) if self.column == "changed_at" else len(self.ranks)


def along(*lanes: str, **more: Any) -> Stretch:
    """A stretch of one rank."""
    return Stretch((lanes,), **more)


def first(found: Sequence[Branch], stretch: Stretch, most: int, beyond: Beyond | None = None) -> list[tuple[int, UUID]]:
    """Return rank and key of the first so many runs of a stretch, in its order, those `beyond` one. One statement."""
    direction = "DESC" if stretch.newest_first else "ASC"
    column = f"runs_run.{stretch.column}"
    # the index has the keys of one instant rising, so that they fall where it is read backwards
    ties = "DESC" if stretch.column == "changed_at" and not stretch.newest_first else "ASC"
    order = f"ORDER BY {column} {direction}, runs_run.id {ties} LIMIT {most:d}"
    parts = []
    for rank, part in _parts(_each(found), stretch, beyond):
        wanted = f"SELECT {rank} AS rank, runs_run.id AS id, {column} AS at"
        parts.append(Sql(f"{wanted} {part.text} {order}", part.parameters))
    if not parts:
        return []
    whole = parts[0]
    if len(parts) > 1:
        text = " UNION ALL ".join(f"SELECT * FROM ({part.text}) AS b{number}" for number, part in enumerate(parts))
        order = f"ORDER BY rank, at {direction}, id {ties} LIMIT {most:d}"
        whole = Sql(f"SELECT DISTINCT rank, id, at FROM ({text}) AS found {order}", _all(parts))
    return [(rank, key if isinstance(key, UUID) else UUID(key)) for rank, key, _ in rows(whole)]


def counted(found: Sequence[Branch], stretch: Stretch, most: int) -> Sql:
    """Write how many there are as one value; it stops at so many."""
    parts = [Sql(f"SELECT 1 {part.text}", part.parameters) for _, part in _parts(found, stretch)]
    if not parts:
        return Sql("0")
    text = " UNION ALL ".join(part.text for part in parts)
    return Sql(f"(SELECT COUNT(*) FROM ({text} LIMIT {most:d}) AS found)", _all(parts))


def end(found: Sequence[Branch], stretch: Stretch, is_last: bool) -> Sql:
    """Write the first or the last value of the stretch's column as one value: the ends of the index."""
    column, direction = f"runs_run.{stretch.column}", "DESC" if is_last else "ASC"
    parts = [
        Sql(f"SELECT {column} AS at {part.text} ORDER BY {column} {direction} LIMIT 1", part.parameters)
        for _, part in _parts(_each(found), stretch)
    ]
    if not parts:
        return Sql("NULL")
    text = " UNION ALL ".join(f"SELECT * FROM ({part.text}) AS b{number}" for number, part in enumerate(parts))
    return Sql(f"(SELECT {'MAX' if is_last else 'MIN'}(at) FROM ({text}) AS found)", _all(parts))


def tallied(found: Sequence[Branch], stretch: Stretch, most: int) -> list[tuple[str, bool, int]]:
    """Return how many of the first so many there are of each status, and called or not. One statement."""
    wanted = "SELECT runs_run.status AS status, runs_run.parent_id IS NOT NULL AS is_called"
    parts = [Sql(f"{wanted} {part.text}", part.parameters) for _, part in _parts(found, stretch)]
    if not parts:
        return []
    text = " UNION ALL ".join(part.text for part in parts)
    text = f"SELECT status, is_called, COUNT(*) FROM ({text} LIMIT {most:d}) AS found GROUP BY status, is_called"
    return [(status, bool(is_called), count) for status, is_called, count in rows(Sql(text, _all(parts)))]


def rows(statement: Sql) -> list[tuple[Any, ...]]:
    return prepared.rows(statement.text, statement.parameters)


def _each(found: Sequence[Branch]) -> list[Branch]:
    return [one for branch in found for one in branch.each]


def _all(parts: Sequence[Sql]) -> tuple[Any, ...]:
    return tuple(parameter for part in parts for parameter in part.parameters)


def _parts(found: Sequence[Branch], stretch: Stretch, beyond: Beyond | None = None) -> Iterator[tuple[int, Sql]]:
    """Write each branch in each lane, as FROM … WHERE …, with its rank."""
    for rank, lanes in enumerate(stretch.ranks):
        if not lanes or (beyond is not None and rank < beyond.rank):
            continue
        where = list(_where(stretch, beyond if beyond is not None and rank == beyond.rank else None))
        text = "".join(f" AND {condition.text}" for condition in where)
        for some in [(lane,) for lane in lanes] if stretch.column == "changed_at" else [lanes]:
            among = ", ".join(f"'{lane}'" for lane in some)
            for branch in found:
                source = branch.source
                # along due dates no index of lanes may be taken: it would have a whole lane sorted
                is_dated = stretch.column == "next_due_at" and branch.has_dates
                lane = "(runs_run.lane || '')" if is_dated else "runs_run.lane"
                whole = f"{source.text} AND {lane} IN ({among}){text}"
                yield rank, Sql(whole, (*source.parameters, *_all(where)))


def _where(stretch: Stretch, beyond: Beyond | None) -> Iterator[Sql]:
    column = f"runs_run.{stretch.column}"
    if stretch.column == "next_due_at" and stretch.since is stretch.until is None:
        yield Sql(f"{column} IS NOT NULL")
    if stretch.is_undated:
        yield Sql("runs_run.next_due_at IS NULL")
    if stretch.ended_since is not None:
        yield Sql(f"runs_run.ended_at >= '{_time(stretch.ended_since)}'")
    if stretch.since is not None and stretch.column == "changed_at":
        # the first instant of a day stands in the statement all day: a plan has to know how few came after it
        yield Sql(f"{column} >= '{_time(stretch.since)}'")
    elif stretch.since is not None:
        yield Sql(f"{column} >= %s", (_time(stretch.since),))
    if stretch.until is not None:
        yield Sql(f"{column} < %s", (_time(stretch.until),))
    if beyond is not None:
        # not as `less, or the same and the key greater`: an index can be entered at the first of these alone
        further = "<" if stretch.newest_first else ">"
        at, key = _time(beyond.at), Run._meta.pk.get_db_prep_value(beyond.key, connection)
        yield Sql(f"{column} {further}= %s", (at,))
        yield Sql(f"({column} {further} %s OR runs_run.id > %s)", (at, key))


def _time(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)
