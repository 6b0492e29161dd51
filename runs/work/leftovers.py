"""What the clock does every minute with files: forget what was uploaded a day ago and attached to nothing.

Bytes go when no row names their digest any more; in case a process ended in between, one of the 256 folders is looked
through each time. What an entry of a log names stays for good.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from runs import stored
from runs.clock import Clock, database_clock
from runs.files import is_named
from runs.models import File

#: How long an upload may wait to be attached: somebody begins a form in the evening and sends it the next morning.
PATIENCE = timedelta(hours=24)
_AT_ONCE = 200

log = structlog.get_logger()


def forget(clock: Clock = database_clock) -> int:
    """Delete the rows of what was never attached and then the bytes; return how many files that were."""
    now = clock()
    before = now - PATIENCE
    waiting = File.objects.filter(attached=False, at__lt=before).order_by("at")
    rows = dict(waiting.values_list("pk", "sha256")[:_AT_ONCE])
    if rows:
        # asked again: it may have been attached meanwhile
        File.objects.filter(pk__in=rows, attached=False).delete()
        gone = sum(stored.forget(sha256, is_named) for sha256 in set(rows.values()))
        log.info("uploads_forgotten", rows=len(rows), files=gone)
    stored.tidy(before.timestamp(), is_named)
    _look_through(int(now.timestamp() // 60) % 256, before)
    return len(rows)


def _look_through(folder: int, before: datetime) -> None:
    """Delete what lies in one folder since before then, and no row names it."""
    there = stored.older(folder, before.timestamp())
    named = set(File.objects.filter(sha256__in=there).values_list("sha256", flat=True)) if there else set()
    for sha256 in there - named:
        stored.forget(sha256, is_named)
