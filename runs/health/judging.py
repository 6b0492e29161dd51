"""What of a reading is fine, to be watched, or wrong: one sentence for each part of the engine, and what to do.

The limits are those of docs/alerts too; both say the same of the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from runs.health.reading import HOUR, MOST, Reading, in_figures
from runs.models import Beat

MINUTE = timedelta(minutes=1)
#: Refusals within an hour that are more than people's mistakes.
MANY_REFUSALS = 100
LARGE_WAL = 1_000_000_000


class Level(StrEnum):
    FINE = "fine"
    WATCH = "watch"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Vital:
    """One part of the engine. `do` is empty where it is fine."""

    key: str
    title: str
    level: Level
    says: str
    do: str = ""


def judge(reading: Reading) -> tuple[Vital, ...]:
    """Return a judgement on each part, always in the same order."""
    return (
        _clock(reading),
        _workers(reading),
        _actions(reading),
        _timers(reading),
        _leases(reading),
        _incidents(reading),
        _gates(reading),
        _notices(reading),
        _refusals(reading),
        _storage(reading),
    )


def worst(vitals: tuple[Vital, ...]) -> Level:
    levels = {vital.level for vital in vitals}
    return next(level for level in (Level.WRONG, Level.WATCH, Level.FINE) if level in levels)


def standing_still(reading: Reading) -> tuple[Vital, ...]:
    """Return what of clock and workers is wrong: then nothing moves, whatever the board shows."""
    return tuple(vital for vital in (_clock(reading), _workers(reading)) if vital.level is Level.WRONG)


def lasting(length: timedelta) -> str:
    """Return a length of time in its one or two largest units."""
    seconds = int(length.total_seconds())
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 0, "")):
        if seconds >= size:
            rest = seconds % size // smaller if smaller else 0
            return f"{seconds // size} {unit}" + (f" {rest} {name}" if rest else "")
    return f"{seconds} s"


def _level(late: timedelta | None, watch: timedelta, wrong: timedelta) -> Level:
    if late is None or late < watch:
        return Level.FINE
    return Level.WRONG if late >= wrong else Level.WATCH


def _clock(reading: Reading) -> Vital:
    silence = reading.silence(Beat.Kind.CLOCK)
    do = "Start the clock again (manage.py clock), and read what it said last; any number may run."
    if silence is None:
        says = "No clock has been heard: nothing that is due happens."
        return Vital("clock", "Clock", Level.WRONG, says, do)
    level = _level(silence, MINUTE / 3, MINUTE)
    if level is Level.FINE:
        count = reading.alive(Beat.Kind.CLOCK)
        return Vital("clock", "Clock", level, f"{_many(count, 'clock')}, heard {lasting(silence)} ago.")
    says = f"The clock has not been heard for {lasting(silence)}: nothing that is due happens."
    return Vital("clock", "Clock", level, says, do)


def _workers(reading: Reading) -> Vital:
    count = reading.alive(Beat.Kind.WORKER)
    if count:
        return Vital("workers", "Workers", Level.FINE, f"{_many(count, 'worker')} at hand.")
    silence = reading.silence(Beat.Kind.WORKER)
    heard = f"for {lasting(silence)}" if silence is not None else "at all"
    says = f"No worker has been heard {heard}: no action is performed and no mail goes out."
    return Vital(
        "workers",
        "Workers",
        Level.WRONG,
        says,
        "Start the workers again (manage.py qcluster), and read what they said last.",
    )


def _actions(reading: Reading) -> Vital:
    due, bells = reading.actions, reading.bells
    level = max(_level(due.oldest, MINUTE, 5 * MINUTE), _level(bells.oldest, MINUTE, 5 * MINUTE), key=list(Level).index)
    if level is Level.FINE:
        says = f"{_many(due.count, 'action')} due, {_many(bells.count, 'bell').lower()} waiting."
        return Vital("actions", "Actions", level, says)
    waits = max(due.oldest or timedelta(0), bells.oldest or timedelta(0))
    says = f"{_many(due.count, 'action')} due and in nobody's hand, the oldest for {lasting(waits)}."
    do = "All workers may be busy: see what is in hand, and give them more processes (PENSTOCK_WORKERS)."
    return Vital("actions", "Actions", level, says, do)


def _timers(reading: Reading) -> Vital:
    due = reading.timers
    level = _level(due.oldest, MINUTE / 2, 2 * MINUTE)
    if level is Level.FINE:
        return Vital("timers", "Timers", level, "Timers fire on time.")
    says = f"{_many(due.count, 'timer')} late, the oldest by {lasting(due.oldest or timedelta(0))}."
    return Vital("timers", "Timers", level, says, "The clock is behind or stands still: see above, and its last lines.")


def _leases(reading: Reading) -> Vital:
    held = f"{_many(reading.held, 'action')} in hand"
    late = reading.expired
    if _level(late.oldest, MINUTE, 5 * MINUTE) is Level.FINE:
        return Vital("leases", "In hand", Level.FINE, f"{held}.")
    level = _level(late.oldest, MINUTE, 5 * MINUTE)
    says = f"{held}; {late} whose worker is gone, the oldest for {lasting(late.oldest or timedelta(0))}."
    return Vital("leases", "In hand", level, says, "Another worker takes each up as soon as one is free: see workers.")


def _incidents(reading: Reading) -> Vital:
    count = sum(line.count for line in reading.incidents.values())
    if not count:
        return Vital("incidents", "Incidents", Level.FINE, "No run needs an operator.")
    oldest = max(line.oldest or timedelta(0) for line in reading.incidents.values())
    says = f"{_many(count, 'incident')} open, the oldest for {lasting(oldest)}."
    level = Level.WRONG if "stuck" in reading.incidents else Level.WATCH
    return Vital(
        "incidents", "Incidents", level, says, "Open those that need attention on the board, the oldest first."
    )


def _gates(reading: Reading) -> Vital:
    count, old = min(sum(reading.gates), MOST + 1), reading.gates[-1]
    if not old:
        says = f"{_many(count, 'gate')} open, none for more than a week." if count else "No gate waits for votes."
        return Vital("gates", "Gates", Level.FINE, says)
    says = f"{_many(count, 'gate')} open, {in_figures(old)} of them for more than a week."
    return Vital("gates", "Gates", Level.WATCH, says, "See under Gates who is left to decide, and remind or delegate.")


def _notices(reading: Reading) -> Vital:
    if reading.faults:
        says = f"{_many(reading.faults, 'way')} of sending {'does' if reading.faults == 1 else 'do'} not deliver."
        return Vital(
            "notices", "Notices", Level.WATCH, says, "An administrator finds the reason under the channel's name."
        )
    untold = reading.untold
    if (level := _level(untold.oldest, 5 * MINUTE, HOUR)) is not Level.FINE:
        says = f"{_many(untold.count, 'change')} of governance that nobody has been told of, "
        says += f"the oldest for {lasting(untold.oldest or HOUR)}."
        return Vital(
            "notices", "Notices", level, says, "The clock tells of them: see above, and why in its last lines."
        )
    level = _level(reading.letters.oldest, 5 * MINUTE, HOUR)
    if level is Level.FINE:
        return Vital("notices", "Notices", level, "Mails and messages go out.")
    oldest = lasting(reading.letters.oldest or HOUR)
    says = f"{_many(reading.letters.count, 'message')} not sent yet, the oldest for {oldest}."
    return Vital("notices", "Notices", level, says, "Workers send them: see workers.")


def _refusals(reading: Reading) -> Vital:
    says = f"{_many(reading.refusals, 'refusal')} in the last hour."
    if reading.refusals < MANY_REFUSALS:
        return Vital("refusals", "Refusals", Level.FINE, says)
    do = "Read in the security log who is refused what: a program with an old password, or somebody who tries doors."
    return Vital("refusals", "Refusals", Level.WATCH, says, do)


def _storage(reading: Reading) -> Vital:
    storage = reading.storage
    free = storage.free / storage.size if storage.size else 1.0
    says = f"The database has {_size(storage.database)}, the disk {_size(storage.free)} left."
    if free < 0.1:
        level = Level.WRONG if free < 0.02 else Level.WATCH
        return Vital(
            "storage", "Storage", level, says, "Make room: without it nothing can be written, and all stands still."
        )
    if storage.wal is not None and storage.wal > LARGE_WAL:
        says = f"SQLite's log of changes has grown to {_size(storage.wal)}."
        do = "Something reads for hours in one go (a backup, a shell): let it end, and the log shrinks."
        return Vital("storage", "Storage", Level.WATCH, says, do)
    return Vital("storage", "Storage", Level.FINE, says)


def _many(count: int, noun: str) -> str:
    return f"{in_figures(count) if count else 'No'} {noun}{'' if count == 1 else 's'}"


def _size(size: int) -> str:
    for unit, one in (("GB", 10**9), ("MB", 10**6)):
        if size >= one:
            return f"{size / one:.1f} {unit}"
    return f"{size / 1000:.0f} kB"
