"""What time it is: the database's word, so that hosts whose clocks differ agree (design.md, One clock)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection

Clock = Callable[[], datetime]

#: The `at` of an event that nobody has applied yet; `apply` puts the clock's time in its place.
NOT_YET = datetime(1970, 1, 1, tzinfo=UTC)


def database_clock() -> datetime:
    """Return the time now, aware UTC. On SQLite it is the host's: one host is all SQLite serves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # not now(): that is the transaction's start, and a waiter's transaction began before the winner's end
            cursor.execute("SELECT clock_timestamp()")
            time: datetime = cursor.fetchone()[0]
            return time.astimezone(UTC)
    return datetime.now(UTC)
