"""The numbers people call runs by: 1, 2, 3, …, each given once."""

from __future__ import annotations

from django.db import connection
from django.db.models import Max

from runs.models import Run

#: PostgreSQL's counter, made in a migration. A rolled back start leaves a gap, and nobody waits for anybody.
SEQUENCE = "runs_run_number"


def next_numbers(count: int) -> list[int]:
    """Take so many numbers. On SQLite the caller holds the write lock, so the highest plus one is free."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT nextval('{SEQUENCE}') FROM generate_series(1, %s)", [count])
            return [row[0] for row in cursor.fetchall()]
    highest = Run.objects.aggregate(highest=Max("number"))["highest"] or 0
    return list(range(highest + 1, highest + 1 + count))
