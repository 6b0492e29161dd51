"""All runs that are under way, a page at a time: for whoever looks at every one of them now and then."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from runs.models import Run

_PAGE = 200


def pages() -> Iterator[list[Run]]:
    """Give the open runs in pages, in the order of their keys, without any lock."""
    last: UUID | None = None
    while True:
        runs = Run.objects.open().order_by("pk").select_related("unit", "version__artifact")
        runs = runs.defer("version__source", "version__definition", "version__proven")
        page = list((runs.filter(pk__gt=last) if last else runs)[:_PAGE])
        if not page:
            return
        yield page
        last = page[-1].pk
