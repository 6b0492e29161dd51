"""Rows on their way into a table, as fast as the database takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from django.db.models import Max


def next_keys(table: type[models.Model], count: int) -> Sequence[int]:
    """Take so many primary keys. On SQLite the caller holds the write lock, so the highest plus one is free."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [table._meta.db_table, count])
            return [row[0] for row in cursor.fetchall()]
    highest = table._default_manager.aggregate(highest=Max("pk"))["highest"] or 0
    return range(highest + 1, highest + 1 + count)


def insert(table: type[models.Model], rows: Sequence[Sequence[Any]]) -> None:
    """Write rows that hold a value for each column, as the driver takes it."""
    if not rows:
        return
    quote = connection.ops.quote_name
    columns = [quote(field.column) for field in table._meta.concrete_fields]
    into = f"{quote(table._meta.db_table)} ({', '.join(columns)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join(['%s'] * len(columns))})", rows)


@contextmanager
def unchecked() -> Iterator[None]:
    """Let SQLite not look up every row that a row names: those that are written here were written just before."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.disable_constraint_checking()
    try:
        yield
    finally:
        connection.enable_constraint_checking()


def settle(tables: Sequence[type[models.Model]]) -> None:
    """Let PostgreSQL know what is in its tables now, as it would find out by itself in a while."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            for table in tables:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table._meta.db_table)}")
            cursor.execute("RESET statement_timeout")
