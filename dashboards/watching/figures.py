"""Every metric at `/metrics`: what it is called, what it means and which labels it has.

`docs/reference/metrics.md` is this list; a test keeps them, the dashboard and the alerts together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from runs.health.judging import Level, judge
from runs.health.reading import AGES, Line, Reading
from runs.models import Beat

Samples = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True)
class Figure:
    """One gauge; `of` gives its samples, labels first."""

    name: str
    help: str
    of: Callable[[Reading], Samples]
    labels: tuple[str, ...] = ()


def _one(value: float | None) -> Samples:
    return [] if value is None else [((), float(value))]


def _seconds(length: timedelta | None) -> float:
    return length.total_seconds() if length is not None else 0.0


def _oldest(lines: Mapping[str, Line]) -> Samples:
    return [((kind,), _seconds(line.oldest)) for kind, line in lines.items()]


def _counts(lines: Mapping[str, Line]) -> Samples:
    return [((kind,), line.count) for kind, line in lines.items()]


def _due(reading: Reading) -> Mapping[str, Line]:
    return {"action": reading.actions, "timer": reading.timers}


def _gates(reading: Reading) -> Samples:
    names = [f"up to {age.total_seconds() / 3600:g}h" for age in AGES]
    return zip(((name,) for name in (*names, "longer")), reading.gates, strict=True)


def _silence(reading: Reading) -> Samples:
    found = ((kind.value, reading.silence(kind)) for kind in Beat.Kind)
    return [((kind,), _seconds(silence)) for kind, silence in found if silence is not None]


FIGURES = (
    Figure(
        "penstock_heard_seconds",
        "Seconds since the newest beat of a process of this kind; absent where none was heard within the last hour.",
        _silence,
        ("kind",),
    ),
    Figure(
        "penstock_processes",
        "Processes of this kind that have been heard within 30 seconds.",
        lambda reading: [((kind.value,), reading.alive(kind)) for kind in Beat.Kind],
        ("kind",),
    ),
    Figure("penstock_bells", "Bells in the queue that no worker has answered.", lambda it: _one(it.bells.count)),
    Figure(
        "penstock_bells_oldest_seconds",
        "Seconds that the oldest bell has been waiting; 0 where none is. Always 0 with a queue outside the database.",
        lambda it: _one(_seconds(it.bells.oldest)),
    ),
    Figure(
        "penstock_work_due",
        "Work that is due and in nobody's hand; `timer` is all that the clock delivers.",
        lambda it: _counts(_due(it)),
        ("kind",),
    ),
    Figure(
        "penstock_work_oldest_due_seconds",
        "Seconds by which the oldest of it is late; 0 where nothing is.",
        lambda it: _oldest(_due(it)),
        ("kind",),
    ),
    Figure("penstock_leases_held", "Actions in a worker's hand.", lambda it: _one(it.held)),
    Figure("penstock_leases_expired", "Actions whose worker is gone.", lambda it: _one(it.expired.count)),
    Figure(
        "penstock_leases_oldest_expired_seconds",
        "Seconds since the first of these leases ended; 0 where none has.",
        lambda it: _one(_seconds(it.expired.oldest)),
    ),
    Figure("penstock_incidents_open", "Open incidents.", lambda it: _counts(it.incidents), ("code",)),
    Figure(
        "penstock_incidents_oldest_seconds",
        "Seconds that the oldest open incident of this code has been open.",
        lambda it: _oldest(it.incidents),
        ("code",),
    ),
    Figure("penstock_gates_open", "Open gates by how long they have been open.", _gates, ("age",)),
    Figure("penstock_messages_due", "Mails and messages that are to be sent now.", lambda it: _one(it.letters.count)),
    Figure(
        "penstock_messages_oldest_due_seconds",
        "Seconds by which the oldest of them is late; 0 where none is.",
        lambda it: _one(_seconds(it.letters.oldest)),
    ),
    Figure(
        "penstock_untold", "Changes of governance that nobody has been told of yet.", lambda it: _one(it.untold.count)
    ),
    Figure(
        "penstock_untold_oldest_seconds",
        "Seconds since the oldest of them was written; 0 where none is.",
        lambda it: _one(_seconds(it.untold.oldest)),
    ),
    Figure("penstock_channels_failing", "Channels, and mail as such, that do not deliver.", lambda it: _one(it.faults)),
    Figure("penstock_refusals_last_hour", "Acts that were refused within the last hour.", lambda it: _one(it.refusals)),
    Figure("penstock_database_bytes", "Size of the database.", lambda it: _one(it.storage.database)),
    Figure(
        "penstock_database_wal_bytes",
        "What SQLite has not moved into its file yet; absent on PostgreSQL.",
        lambda it: _one(it.storage.wal),
    ),
    Figure("penstock_disk_free_bytes", "Room left on the disk of the data folder.", lambda it: _one(it.storage.free)),
    Figure("penstock_disk_bytes", "Size of that disk.", lambda it: _one(it.storage.size)),
    Figure(
        "penstock_judgement",
        "What the page Health says of this part: 0 fine, 1 to be watched, 2 wrong.",
        lambda it: [((vital.key,), list(Level).index(vital.level)) for vital in judge(it)],
        ("part",),
    ),
)
