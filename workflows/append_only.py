"""The database's own refusal to change a log: triggers on UPDATE and DELETE of a table's rows.

They stop accidents and whoever has only the application's rights; the owner of the database can lift them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection as default

#: The log of the organisation (`workflows.models.DirectoryEntry`).
DIRECTORY = "workflows_directoryentry"
#: The log of governance (`workflows.models.GovernanceEntry`).
GOVERNANCE = "workflows_governanceentry"
SAYS = "the log is append-only"
_SEAL = {
    "sqlite": [
        f"CREATE TRIGGER IF NOT EXISTS {{table}}_no_{act.lower()} BEFORE {act} ON {{table}} "
        f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
        for act in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{SAYS}'; END $$",
        "CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    ],
}
_UNSEAL = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {{table}}_no_{act}" for act in ("update", "delete")],
    "postgresql": ["DROP TRIGGER IF EXISTS {table}_append_only ON {table}"],
}


def seal(table: str, connection: Any = default) -> None:
    _execute(table, connection, _SEAL)


def unseal(table: str, connection: Any = default) -> None:
    _execute(table, connection, _UNSEAL)


@contextmanager
def unsealed(table: str, connection: Any = default) -> Iterator[None]:
    """Let the table be emptied within the block: for `flush`, which empties the whole database."""
    unseal(table, connection)
    try:
        yield
    finally:
        seal(table, connection)


def _execute(table: str, connection: Any, statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement.format(table=table))
