"""A reading of the engine that everybody in this process shares: however many ask, it is read once in two seconds."""

from __future__ import annotations

import threading
import time

from runs.health.reading import Reading, read

FRESH_SECONDS = 2.0

_lock = threading.Lock()
_kept: tuple[float, float, Reading] | None = None


def latest() -> Reading:
    """Return a reading that is at most so old. Raises what the database raises."""
    return timed()[0]


def timed() -> tuple[Reading, float]:
    """Return it with the seconds that it took to read."""
    global _kept
    with _lock:
        now = time.monotonic()
        if _kept is None or now - _kept[0] > FRESH_SECONDS:
            found = read()
            _kept = (time.monotonic(), time.monotonic() - now, found)
        return _kept[2], _kept[1]


def forget() -> None:
    """Read anew next time."""
    global _kept
    with _lock:
        _kept = None
