"""The database's own refusal to change the log of runs (`workflows.append_only`).

What the database's owner changes after lifting it `verify_log` finds (guarantees section 5).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from django.db import connection as default

from workflows import append_only

LOG = "runs_entry"


def seal(connection: Any = default) -> None:
    append_only.seal(LOG, connection)


def unseal(connection: Any = default) -> None:
    append_only.unseal(LOG, connection)


def unsealed(connection: Any = default) -> AbstractContextManager[None]:
    """Let the log be emptied within the block: for `flush`, which empties the whole database."""
    return append_only.unsealed(LOG, connection)
