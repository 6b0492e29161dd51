"""A throw-away database for live rehearsals: an SQLite file of its own, new for each scenario.

The organisation's database, whichever it is, is out of reach meanwhile.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import load_backend

_ENGINE = "django.db.backends.sqlite3"
#: Quick rather than durable: nobody will look for it after a power cut.
_OPTIONS = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"}

Fresh = Callable[[], None]


@contextmanager
def scratch() -> Iterator[Fresh]:
    """Let this thread's database be an empty one until the end of the block; each call of what it gives empties it."""
    kept = connections[DEFAULT_DB_ALIAS]
    with TemporaryDirectory(prefix="rehearsal-") as folder:
        empty, used = Path(folder, "empty.sqlite3"), Path(folder, "used.sqlite3")

        def fresh() -> None:
            connections[DEFAULT_DB_ALIAS].close()
            shutil.copyfile(empty, used)
            connections[DEFAULT_DB_ALIAS] = _connection(used, kept.settings_dict)

        try:
            connections[DEFAULT_DB_ALIAS] = _connection(empty, kept.settings_dict)
            call_command("migrate", verbosity=0, interactive=False)
            fresh()
            yield fresh
        finally:
            connections[DEFAULT_DB_ALIAS].close()
            connections[DEFAULT_DB_ALIAS] = kept


def _connection(file: Path, settings: dict[str, Any]) -> Any:
    own = {**settings, "ENGINE": _ENGINE, "NAME": str(file), "OPTIONS": _OPTIONS, "TEST": settings.get("TEST", {})}
    return load_backend(_ENGINE).DatabaseWrapper(own, DEFAULT_DB_ALIAS)
