"""Django's `flush`, which empties the database, over logs that refuse to be emptied otherwise."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.core.management.commands import flush
from django.db import connections

from runs import seal
from workflows import append_only


class Command(flush.Command):
    """Asks first, as Django's does, unless told --no-input."""

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        with ExitStack() as logs:
            if connection.vendor == "sqlite":  # PostgreSQL empties by TRUNCATE, which seals on single rows let through
                for table in (*seal.TABLES, append_only.DIRECTORY, append_only.GOVERNANCE):
                    logs.enter_context(append_only.unsealed(table, connection))
            super().handle(**options)
