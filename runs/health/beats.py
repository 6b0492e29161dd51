"""Each process says every few seconds that it lives: a clock between its sweeps, workers and web from a thread.

A clock that hangs in a sweep is silent, which is the point. A worker that performs something for minutes is not: its
leases tell how that goes. Whoever ends in order takes its row along; the others' are forgotten after an hour.
"""

from __future__ import annotations

import threading
import time
import tomllib
import uuid
from datetime import timedelta
from functools import cache
from socket import gethostname

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from runs.clock import database_clock
from runs.models import Beat
from workflows.writing import writing

BEAT_SECONDS = 5.0
#: After so long without a beat a process counts as gone.
SILENT = timedelta(seconds=30)
FORGOTTEN = timedelta(hours=1)

log = structlog.get_logger()


@cache
def program_version() -> str:
    """Return the version of the program that runs here."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"])


class Heartbeat:
    """The beats of this process. Its row is made at the first one."""

    def __init__(self, kind: Beat.Kind, beat_seconds: float = BEAT_SECONDS) -> None:
        self.kind = kind
        self.id = uuid.uuid4()
        self._beat_seconds = beat_seconds
        self._next = 0.0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def beat(self) -> None:
        """Say that this process lives, if it is time to."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._beat_seconds
        now = database_clock()
        with writing():
            if not Beat.objects.filter(pk=self.id).update(beat_at=now):
                row = Beat(pk=self.id, kind=self.kind, host=gethostname()[:100], version=program_version()[:40])
                row.started_at = row.beat_at = now
                row.save(force_insert=True)

    def stop(self) -> None:
        """End in order: the row goes with the process."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=1)
        try:
            Beat.objects.filter(pk=self.id).delete()
        except (DatabaseError, InterfaceError) as fault:
            log.warning("beat_left", kind=self.kind.value, fault=str(fault))

    def in_a_thread(self) -> Heartbeat:
        """Beat from a thread, for a process that waits for something else. Its connection is closed in between."""
        self._thread = threading.Thread(target=self._live, name="beat", daemon=True)
        self._thread.start()
        return self

    def _live(self) -> None:
        while not self._stopped.is_set():
            try:
                self._next = 0.0
                self.beat()
            except (DatabaseError, InterfaceError) as fault:
                log.warning("beat_missed", kind=self.kind.value, fault=str(fault))
            finally:
                connection.close()
            self._stopped.wait(self._beat_seconds)


def forget() -> int:
    """Delete the rows of processes that have been silent for an hour; return how many."""
    return Beat.objects.filter(beat_at__lt=database_clock() - FORGOTTEN).delete()[0]


def in_this_worker(**named: object) -> None:
    """Let this worker of the queue beat; django-q2 calls it in each that it has spawned."""
    Heartbeat(Beat.Kind.WORKER).in_a_thread()
