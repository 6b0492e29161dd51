"""Django's `flush`, which empties the database, over a log that refuses to be emptied otherwise."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.core.management.commands import flush
from django.db import connections

from runs import seal


class Command(flush.Command):
    """Asks first, as Django's does, unless told --no-input."""

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        # PostgreSQL empties by TRUNCATE, which the seal on single rows lets through
        with seal.unsealed(connection) if connection.vendor == "sqlite" else nullcontext():
            super().handle(**options)
