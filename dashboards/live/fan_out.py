"""Who is told what of a look: each listener hears of what it wants to hear of and may see, and of nothing else.

What people may see is asked once a batch for all of them together, rows are rendered once for each way of seeing them,
and what is told to several is one text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from dashboards.live.changes import New
from dashboards.live.listeners import Listener
from dashboards.live.rows import MOST, Rows
from runs.audience import audience

MOST_IDS = 1_000
"""Of more runs nobody is told the ids: every page asks for what it shows."""

BELL = b"event: bell\ndata: {}\n\n"


def said(name: str, cursor: datetime | str = "", **data: object) -> bytes:
    """Write an event. Its id is the cursor that the browser sends back when it returns."""
    at = cursor if isinstance(cursor, str) else cursor.isoformat()
    head = f"id: {at}\n" if at else ""
    return f"{head}event: {name}\ndata: {json.dumps(data | ({'cursor': at} if at else {}))}\n\n".encode()


def told(new: New, listeners: Sequence[Listener]) -> Iterator[tuple[Listener, bytes]]:
    """Yield what each of them is told of what is new."""
    if new.runs:
        yield from _of_runs(new, listeners)
    for listener in listeners:
        if listener.visitor.person in new.people:
            yield listener, BELL


def _of_runs(new: New, listeners: Sequence[Listener]) -> Iterator[tuple[Listener, bytes]]:
    concerned = [one for one in listeners if one.interest.of(new.runs)]
    if not concerned:
        return
    if len(new.runs) > MOST_IDS:
        everything = said("runs", new.cursor, runs=[], more=True)
        yield from ((listener, everything) for listener in concerned)
        return
    boards = {one.visitor.person: one.visitor.time_zone for one in concerned if one.interest.board}
    rows = Rows(new.runs) if boards and len(new.runs) <= MOST else None
    people = {one.visitor.person for one in concerned}
    seen = audience(people, [*new.runs, *(rows.callers if rows else ())])
    pushed = {person: _rows(rows, person, zone, new.runs, seen) for person, zone in boards.items()}
    texts: dict[tuple[UUID, ...], bytes] = {}
    for listener in concerned:
        person = listener.visitor.person
        ids = tuple(sorted(seen.get(person, frozenset()).intersection(listener.interest.of(new.runs))))
        if not ids:
            continue
        if ids not in texts:
            texts[ids] = said("runs", new.cursor, runs=[str(run) for run in ids])
        head = pushed.get(person, b"") if listener.interest.board else b""
        yield listener, head + texts[ids]


def _rows(
    rows: Rows | None, person: int, time_zone: str, runs: Iterable[UUID], seen: Mapping[int, frozenset[UUID]]
) -> bytes:
    mine = seen.get(person, frozenset())
    made = (rows.of(run, person, time_zone, mine) for run in runs if run in mine) if rows else ()
    return b"".join(row.event for row in made if row is not None)
