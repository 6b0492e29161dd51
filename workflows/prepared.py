"""Statements that are asked with every page, in SQL that is always the same: on PostgreSQL each is planned once.

Half of what such a statement takes there is its plan. A connection that asks it for the sixth time prepares it, and
that plan then serves whatever the values are (`prepare_threshold` and `plan_cache_mode` of the settings; they concern
nothing else, as the ORM prepares no statement). So a value that the plan has to know, such as a LIMIT, a lane or whose
runs they are, is written into the statement, and what is asked with any number of keys is asked with one list of them
(`among`). SQLite plans in microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor
from psycopg.pq import Format


def rows(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Ask it, and return all that it gives."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.cursor = Cursor(connection.connection)  # values go beside the statement, not within
            cursor.cursor.format = Format.BINARY  # Django reads a time written as text in Python, and ten times as long
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def among(keys: Sequence[Any]) -> tuple[str, list[Any]]:
    """Write that something is one of these keys: what follows the column, and its parameters."""
    if connection.vendor == "postgresql":
        return "= ANY(%s)", [list(keys)]
    return f"IN ({', '.join(['%s'] * len(keys))})", list(keys)
