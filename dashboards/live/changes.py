"""What is new at a look: runs that changed, ticks on their checklists, and whom a notice was written for.

A transaction may commit later than the times in it say. So every look reads a little of what it has read before, the
whole one five seconds of it, and drops what it knows. All three are read along an index from the newest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from dashboards.live.alarms import Wake
from runs.clock import database_clock
from runs.models import Notice, Run, Ticked

OVERLAP = timedelta(seconds=5)
AT_A_WAKE = timedelta(seconds=0.5)
NOTICES_AGAIN = 50
"""Keys are given before the commit: so many below the newest are read again at a whole look."""

Known = tuple[UUID, int, datetime]
"""A run, what tells this change from others of it, and when it was."""


@dataclass(frozen=True)
class New:
    """`people` have new notices; what happened up to `cursor` is told with this or was before."""

    runs: tuple[UUID, ...]
    people: frozenset[int]
    cursor: datetime


class Changes:
    """What one watcher knows. Begins a little before now, for whoever has just begun to listen."""

    def __init__(self) -> None:
        self._cursor = self._newest = database_clock()
        self._known: set[Known] = set()
        self._notice = Notice.objects.aggregate(newest=Max("pk"))["newest"] or 0
        again = Notice.objects.filter(pk__gt=self._notice - NOTICES_AGAIN)
        self._notices: set[int] = set(again.values_list("pk", flat=True))

    def look(self, wake: Wake) -> New:
        """Read what is new since the last look. Three queries, none of which grows with what has happened before."""
        now = None if wake.runs else database_clock()
        if wake.whole and now:
            self._cursor = now
        # a time ahead of the clock (it was put back) must not hide what happens until then
        since = min(self._newest, now or self._newest) - (OVERLAP if wake.whole else AT_A_WAKE)
        runs, ticks = Run.objects.filter(changed_at__gte=since), Ticked.objects.filter(at__gte=since)
        if wake.runs:
            runs, ticks = Run.objects.filter(pk__in=wake.runs), ticks.filter(step__run__in=wake.runs)
        found: set[Known] = {
            *runs.values_list("pk", "seq", "changed_at"),
            *ticks.values_list("step__run", "pk", "at"),
        }
        new = found - self._known
        if wake.whole:
            self._known = {one for one in self._known if one[2] >= since}
        self._known |= found
        self._newest = max([self._newest, *(at for _, _, at in found)])
        # whoever rings for a run is believed: what changed may not have been committed with a time of late
        changed = {run for run, _, _ in new} | (wake.runs or frozenset())
        return New(tuple(changed), self._notified(wake), self._cursor)

    def _notified(self, wake: Wake) -> frozenset[int]:
        again = self._notice - NOTICES_AGAIN
        after = again if wake.whole else self._notice
        rows = list(Notice.objects.filter(pk__gt=after).values_list("pk", "person"))
        new = frozenset(person for pk, person in rows if pk not in self._notices)
        self._notices = {pk for pk in self._notices if pk > again} | {pk for pk, _ in rows}
        self._notice = max([self._notice, *(pk for pk, _ in rows)])
        return new
