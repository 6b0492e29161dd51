"""What time it is: the database's word, so that hosts whose clocks differ agree (design.md, One clock)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection

Clock = Callable[[], datetime]


def database_clock() -> datetime:
    """Return the time now, aware UTC. On SQLite it is the host's: one host is all SQLite serves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # not now(): that is the transaction's start, and a waiter's transaction began before the winner's end
            cursor.execute("SELECT clock_timestamp()")
            time: datetime = cursor.fetchone()[0]
            return time.astimezone(UTC)
    return datetime.now(UTC)
