"""The board as a sheet: the runs that the filters leave, in the order of the table, with every column.

Written page by page as it is read, so that neither the server nor the reader waits for the whole; it ends after
`MOST` runs and says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from asgiref.sync import sync_to_async

from dashboards.board import lanes
from dashboards.board.filters import Filters
from dashboards.board.rows import Row, rows_of
from dashboards.templatetags.statuses import of_run
from workflows.models import Person
from workflows.sheets import csv

MOST = 10_000
PAGE = 250
HEADS = ["run", "title", "status", "where_it_stands", "waiting_for", "since", "until", "playbook", "version", "unit"]
HEADS += ["started_by", "started_at", "risk", "steps_done", "steps"]


async def lines(reader: Person, filters: Filters, now: datetime) -> AsyncIterator[str]:
    """Write the sheet in pieces. No text of it is a formula."""
    yield "\ufeff" + csv.write([HEADS])  # the mark tells spreadsheets that this is UTF-8
    left = MOST
    while left > 0:
        page, rows = await sync_to_async(_read)(reader, filters, now, min(PAGE, left))
        yield csv.write([_row(row) for row in rows])
        left -= len(rows)
        if not page.after:
            return
        filters = replace(filters, after=page.after)
    yield csv.write([["", f"Only the first {MOST:,} runs are in this sheet: narrow the list to have the others."]])


def _read(reader: Person, filters: Filters, now: datetime, size: int) -> tuple[lanes.Page, tuple[Row, ...]]:
    page = lanes.page(reader, filters, now, size=size)
    return page, rows_of(page.runs, now, reader)


def _row(row: Row) -> list[str]:
    run, whom = row.run, row.whom
    waits = "" if whom is None else f"{whom.name}{f' and {row.more} more' if row.more else ''}"
    return [
        str(run.number),
        run.title,
        of_run(run).word,
        row.stands if run.is_open else "Ended",
        waits if run.is_open else "",
        row.since.isoformat() if row.since else "",
        row.until.isoformat() if row.until else "",
        run.version.title,
        str(run.version.number),
        run.unit.title,
        str(run.started_by),
        run.started_at.isoformat(),
        run.version.risk,
        str(row.done),
        str(row.steps),
    ]
