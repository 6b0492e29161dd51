"""Everything that is asked of the engine's health, at one moment: a fixed number of statements, each bounded.

A count stops at `MOST`: beyond that it is more than anybody wants, and counting on would cost the more the worse it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django_q.brokers import get_broker
from django_q.models import OrmQ

from engine.lifecycles import RUN_OPEN, IncidentStatus, WorkStatus
from runs.clock import Clock, database_clock
from runs.health.beats import SILENT
from runs.models import Beat, ChannelFault, Incident, Letter, Refused, Step, Work
from workflows.models import Untold

MOST = 1_000
#: Open gates are counted by how long they have been open: up to so long, and longer.
AGES = (timedelta(hours=1), timedelta(days=1), timedelta(days=3), timedelta(days=7))
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Line:
    """Some things of a kind: how many (`MOST` + 1 means more than that), and how long the oldest has been so."""

    count: int = 0
    oldest: timedelta | None = None

    def __str__(self) -> str:
        return in_figures(self.count)


@dataclass(frozen=True, slots=True)
class Process:
    """One process that runs, or did a while ago and ended without a word."""

    kind: str
    host: str
    version: str
    started_at: datetime
    beat_at: datetime
    is_alive: bool


@dataclass(frozen=True, slots=True)
class Storage:
    """Bytes. `wal` is SQLite's log of what is not in the file yet; `free` and `size` are of the disk with the files."""

    database: int
    wal: int | None
    free: int
    size: int


@dataclass(frozen=True, slots=True)
class Reading:
    """How the engine is, by the database's clock."""

    at: datetime
    processes: tuple[Process, ...]
    bells: Line
    actions: Line
    """Actions that are due and in nobody's hand."""
    timers: Line
    """Timers, and what runs tell each other: what the clock delivers."""
    held: int
    expired: Line
    incidents: dict[str, Line]
    gates: tuple[int, ...]
    """Open gates by age, in the classes of `AGES` and one for what is older."""
    letters: Line
    untold: Line
    """Changes of what governs that nobody has been told of yet."""
    faults: int
    refusals: int
    """Within the last hour."""
    storage: Storage

    def alive(self, kind: str) -> int:
        """Return how many processes of this kind live."""
        return sum(process.is_alive for process in self.processes if process.kind == kind)

    def silence(self, kind: str) -> timedelta | None:
        """Return how long ago a process of this kind was last heard; None where none is known."""
        heard = [process.beat_at for process in self.processes if process.kind == kind]
        return max(self.at - max(heard), timedelta(0)) if heard else None


def in_figures(count: int) -> str:
    """Return the count as it is shown."""
    return f"{MOST:,}+" if count > MOST else f"{count:,}"


def read(clock: Clock = database_clock) -> Reading:
    """Ask it all. No lock is taken, and nothing is written."""
    now = clock()
    due = Work.objects.filter(status=WorkStatus.READY.value, due_at__lte=now, run__status__in=RUN_OPEN)
    due = due.filter(run__paused=False).order_by("due_at")
    leases = _first(Work.objects.filter(status=WorkStatus.LEASED.value).order_by("lease_until"), "lease_until")
    expired = [until for until in leases if until < now]
    letters = Letter.objects.filter(status=WorkStatus.READY.value, due_at__lte=now).order_by("due_at")
    refused = _first(Refused.objects.order_by("-pk"), "at")
    return Reading(
        at=now,
        processes=_processes(now),
        bells=_bells(now),
        actions=_line(_first(due.filter(kind=Work.Kind.ACTION), "due_at"), now),
        timers=_line(_first(due.filter(kind__in=Work.AT_ONCE), "due_at"), now),
        held=len(leases) - len(expired),
        expired=_line(expired, now),
        incidents=_incidents(now),
        gates=_gates(now),
        letters=_line(_first(letters, "due_at"), now),
        untold=_line(_first(Untold.objects.order_by("pk"), "entry__at"), now),
        faults=ChannelFault.objects.filter(resolved_at=None)[: MOST + 1].count(),
        refusals=sum(at > now - HOUR for at in refused),
        storage=_storage(),
    )


def _first(rows: QuerySet, column: str) -> list[datetime]:
    return list(rows.values_list(column, flat=True)[: MOST + 1])


def _line(times: Iterable[datetime], now: datetime) -> Line:
    times = list(times)
    return Line(len(times), max(now - min(times), timedelta(0)) if times else None)


def _processes(now: datetime) -> tuple[Process, ...]:
    return tuple(
        Process(beat.kind, beat.host, beat.version, beat.started_at, beat.beat_at, now - beat.beat_at <= SILENT)
        for beat in Beat.objects.order_by("kind", "-beat_at")[:MOST]
    )


def _bells(now: datetime) -> Line:
    """What rings for workers. Only a queue in the database says for how long."""
    if "orm" in settings.Q_CLUSTER:
        return _line(_first(OrmQ.objects.filter(lock__lte=now).order_by("lock"), "lock"), now)
    return Line(get_broker().queue_size())


def _incidents(now: datetime) -> dict[str, Line]:
    """The oldest open ones, by their code."""
    opened = Incident.objects.filter(status=IncidentStatus.OPEN.value).order_by("opened_at")
    found: dict[str, list[datetime]] = {}
    for code, at in opened.values_list("code", "opened_at")[: MOST + 1]:
        found.setdefault(code, []).append(at)
    return {code: _line(times, now) for code, times in sorted(found.items())}


def _gates(now: datetime) -> tuple[int, ...]:
    # the condition of the index `step_open`, written out: SQLite knows it by its words, not by parameters
    still_open = "runs_step.status IN ('waiting', 'open', 'active')"
    opened = Step.objects.filter(kind="gate").extra(where=[still_open]).order_by("opened_at")
    edges = [now, *(now - age for age in AGES), None]
    counts = []
    for later, earlier in pairwise(edges):
        there = opened.filter(opened_at__lte=later)
        there = there.filter(opened_at__gt=earlier) if earlier is not None else there
        counts.append(there[: MOST + 1].count())
    return tuple(counts)


def _storage() -> Storage:
    disk = shutil.disk_usage(settings.DATA_DIR)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return Storage(cursor.fetchone()[0], None, disk.free, disk.total)
    file = Path(str(connection.settings_dict["NAME"]))
    wal = file.with_name(f"{file.name}-wal")
    sizes = [path.stat().st_size if path.is_file() else 0 for path in (file, wal)]
    return Storage(*sizes, disk.free, disk.total)
