"""One transaction that writes: what `apply`, the workers' claims and the verbs of the directory stand in.

PostgreSQL: READ COMMITTED, nothing else. SQLite: IMMEDIATE behind a file lock. SQLite's own waiting is
unfair (single waits of seconds); a lock on a file beside the database makes it a queue.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_in_memory = threading.Lock()
_mine = threading.local()


@contextmanager
def writing() -> Iterator[None]:
    """Hold the right to write until the end of the block, which commits, or rolls back on an exception.

    Never nested, and never inside another transaction: what it says is done must be durable when it ends.
    """
    if getattr(_mine, "held", False):
        raise RuntimeError("writing() inside writing(): whoever waits for itself waits for ever")
    _mine.held = True
    try:
        with _turn(), transaction.atomic(durable=True):
            yield
    finally:
        _mine.held = False


@contextmanager
def writing_along() -> Iterator[None]:
    """Write as part of the `writing()` that is under way, or in one of its own: for verbs that others are made of."""
    if getattr(_mine, "held", False):
        yield
    else:
        with writing():
            yield


@contextmanager
def _turn() -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
    elif connection.is_in_memory_db():
        with _in_memory:
            yield
    else:
        with open(f"{connection.settings_dict['NAME']}.lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
