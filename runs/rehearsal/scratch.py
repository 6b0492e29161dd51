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

from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import load_backend

_ENGINE = "django.db.backends.sqlite3"
#: Quick rather than durable: nobody will look for it after a power cut.
_OPTIONS = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"}

Fresh = Callable[[], None]


@contextmanager
def scratch(*, is_whole: bool = True) -> Iterator[Fresh]:
    """Let this thread's database be an empty one until the end of the block; each call of what it gives empties it.

    One that is not whole has the tables of the models and nothing that migrations add by hand (triggers that guard the
    log, the index of words): it is there at once.
    """
    kept = connections[DEFAULT_DB_ALIAS]
    with TemporaryDirectory(prefix="rehearsal-") as folder:
        empty, used = Path(folder, "empty.sqlite3"), Path(folder, "used.sqlite3")

        def fresh() -> None:
            connections[DEFAULT_DB_ALIAS].close()
            shutil.copyfile(empty, used)
            connections[DEFAULT_DB_ALIAS] = _connection(used, kept.settings_dict)

        try:
            connections[DEFAULT_DB_ALIAS] = _connection(empty, kept.settings_dict)
            if is_whole:
                call_command("migrate", verbosity=0, interactive=False)
            else:
                _make_tables()
            fresh()
            yield fresh
        finally:
            connections[DEFAULT_DB_ALIAS].close()
            connections[DEFAULT_DB_ALIAS] = kept


def _make_tables() -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    # an editor of SQLite's wants the checks off before its transaction begins
    connection.disable_constraint_checking()
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
    connection.enable_constraint_checking()


def _connection(file: Path, settings: dict[str, Any]) -> Any:
    own = {**settings, "ENGINE": _ENGINE, "NAME": str(file), "OPTIONS": _OPTIONS, "TEST": settings.get("TEST", {})}
    return load_backend(_ENGINE).DatabaseWrapper(own, DEFAULT_DB_ALIAS)
