"""When to look at the database: at once when something was committed, and every second whether or not it was told.

SQLite says through `PRAGMA data_version` that another connection has committed; asking costs microseconds. PostgreSQL
tells the channel `penstock` which runs changed. Both are hints: the look every second is what nothing escapes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from runs.doorbell import CHANNEL

ASK_EVERY = 0.01
"""Seconds between two questions for SQLite's data version."""
WHOLE_EVERY = 1.0


@dataclass(frozen=True)
class Wake:
    """Look: at everything of late (`whole`), at these runs, or at the newest. `nothing`: go on waiting."""

    whole: bool = False
    nothing: bool = False
    runs: frozenset[UUID] | None = None


def wakes() -> Iterator[Wake]:
    """Yield after each short wait, so that whoever asks may stop. Ends by an error of the database alone."""
    return _of_postgres() if connection.vendor == "postgresql" else _of_sqlite()


def _of_sqlite() -> Iterator[Wake]:
    connection.ensure_connection()
    ask = connection.connection.execute  # past Django's cursor: a hundred times a second for as long as anybody listens
    version, whole_at = None, 0.0
    while True:
        last, version = version, ask("PRAGMA data_version").fetchone()[0]
        now = time.monotonic()
        if now >= whole_at:
            whole_at = now + WHOLE_EVERY
            yield Wake(whole=True)
        else:
            yield Wake(nothing=version == last)
        time.sleep(ASK_EVERY)


def _of_postgres() -> Iterator[Wake]:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    whole_at = 0.0
    while True:
        now = time.monotonic()
        if now >= whole_at:
            whole_at = now + WHOLE_EVERY
            yield Wake(whole=True)
            continue
        told = [notice.payload for notice in connection.connection.notifies(timeout=whole_at - now, stop_after=1)]
        yield Wake(runs=_ids(told)) if told else Wake(nothing=True)


def _ids(payloads: list[str]) -> frozenset[UUID]:
    """Anybody may notify: what is no list of ids only wakes."""
    try:
        return frozenset(UUID(text) for payload in payloads for text in payload.split(",") if text)
    except ValueError:
        return frozenset()
