"""The governance log as a sheet: what the filters leave, newest first, with names as they sign in."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from workflows.models import GovernanceEntry
from workflows.sheets import csv

HEADS = ["entry", "at", "by", "what", "about", "version", "unit", "detail"]
#: More than these are asked for by narrowing.
MOST = 50_000
PAGE = 1000


async def lines(fitting: QuerySet[GovernanceEntry]) -> AsyncIterator[str]:
    """Write these entries in pieces, page by page as they are read. No text of them is a formula."""
    yield "\ufeff" + csv.write([HEADS])  # the mark tells spreadsheets that this is UTF-8
    before = 0
    for _ in range(MOST // PAGE):
        page = await sync_to_async(_page)(fitting, before)
        yield csv.write([_row(entry) for entry in page])
        if len(page) < PAGE:
            return
        before = page[-1].pk
    yield csv.write([["", f"Only the newest {MOST:,} entries are in this sheet: narrow it to have the others."]])


def _page(fitting: QuerySet[GovernanceEntry], before: int) -> list[GovernanceEntry]:
    found = fitting.select_related("unit")
    return list((found.filter(pk__lt=before) if before else found)[:PAGE])


def _row(entry: GovernanceEntry) -> list[str]:
    number = "" if entry.number is None else str(entry.number)
    unit = entry.unit.path if entry.unit else ""
    what = str(entry.get_kind_display())
    return [str(entry.pk), entry.at.isoformat(), entry.by, what, entry.about, number, unit, entry.detail]
