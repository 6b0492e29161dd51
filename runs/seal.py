"""The database's own refusal to change the log: triggers on UPDATE and DELETE of entries.

They stop accidents and whoever has only the application's rights; the owner of the database can lift
them, and what is changed then `verify_log` finds (guarantees section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection as default

_SAYS = "the log is append-only"
#: Every log that is sealed: of runs, of delegations and absences.
TABLES = ("runs_entry", "runs_delegationentry")


def _sealing(table: str) -> dict[str, list[str]]:
    return {
        "sqlite": [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
            for act in ("UPDATE", "DELETE")
        ],
        "postgresql": [
            "CREATE OR REPLACE FUNCTION runs_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$",
            f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION runs_entry_refuse()",
        ],
    }


def _unsealing(table: str) -> dict[str, list[str]]:
    return {
        "sqlite": [f"DROP TRIGGER IF EXISTS {table}_no_{act}" for act in ("update", "delete")],
        "postgresql": [f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"],
    }


def seal(connection: Any = default, tables: Iterable[str] = TABLES) -> None:
    for table in tables:
        _execute(connection, _sealing(table))


def unseal(connection: Any = default, tables: Iterable[str] = TABLES) -> None:
    for table in tables:
        _execute(connection, _unsealing(table))


@contextmanager
def unsealed(connection: Any = default) -> Iterator[None]:
    """Let the log be emptied within the block: for `flush`, which empties the whole database."""
    unseal(connection)
    try:
        yield
    finally:
        seal(connection)


def _execute(connection: Any, statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
