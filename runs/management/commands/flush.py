"""Django's `flush`, which empties the database, over a log that refuses to be emptied otherwise."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from runs import seal


class Command(flush.Command):
    """Asks first, as Django's does, unless told --no-input."""

    def handle(self, **options: Any) -> None:
        with seal.unsealed(connections[options["database"]]):
            super().handle(**options)
