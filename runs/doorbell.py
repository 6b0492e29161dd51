"""What is told after a commit: the workers that something is due, the live pages that something changed.

Both are hints. A bell that is lost is found by the sweep, a page that is not told asks; so whatever
fails here is written to the log of the server and changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from django.db import connection, transaction
from django_q.tasks import async_task

CHANNEL = "penstock"
_AT_ONCE = 150  # a NOTIFY carries 8,000 bytes, an id 37

log = structlog.get_logger()
_quiet = threading.local()


def after_commit(runs: Iterable[UUID], *, due: bool) -> None:
    """Announce these runs when the transaction has committed, and ring when work is due."""
    changed = [str(run) for run in runs]
    if changed:
        transaction.on_commit(lambda: announce(changed), robust=True)
    if due and not getattr(_quiet, "on", False):
        transaction.on_commit(ring, robust=True)


def ring() -> None:
    """Wake one worker. It claims whatever is due, so no id is needed and none can be stale."""
    async_task("runs.work.ring", save=False)


def announce(runs: list[str]) -> None:
    """Tell the live pages, one NOTIFY for the batch. On SQLite they watch the file's own version.

    After the commit and not within it: PostgreSQL lets only one transaction that has notified commit at a time.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for first in range(0, len(runs), _AT_ONCE):
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, ",".join(runs[first : first + _AT_ONCE])])


@contextmanager
def quiet() -> Iterator[None]:
    """Ring nobody in this thread meanwhile: whoever asks goes on claiming until nothing is due."""
    _quiet.on = True
    try:
        yield
    finally:
        _quiet.on = False
