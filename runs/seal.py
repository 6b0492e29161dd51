"""The database's own refusal to change the log: triggers on UPDATE and DELETE of entries.

They stop accidents and whoever has only the application's rights; the owner of the database can lift
them, and what is changed then `verify_log` finds (guarantees section 5).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection as default

_SAYS = "the log is append-only"
_SEAL = {
    "sqlite": [
        f"CREATE TRIGGER IF NOT EXISTS runs_entry_no_{act.lower()} BEFORE {act} ON runs_entry "
        f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        for act in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION runs_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$",
        "CREATE OR REPLACE TRIGGER runs_entry_append_only BEFORE UPDATE OR DELETE ON runs_entry "
        "FOR EACH ROW EXECUTE FUNCTION runs_entry_refuse()",
    ],
}
_UNSEAL = {
    "sqlite": [f"DROP TRIGGER IF EXISTS runs_entry_no_{act}" for act in ("update", "delete")],
    "postgresql": ["DROP TRIGGER IF EXISTS runs_entry_append_only ON runs_entry"],
}


def seal(connection: Any = default) -> None:
    _execute(connection, _SEAL)


def unseal(connection: Any = default) -> None:
    _execute(connection, _UNSEAL)


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
