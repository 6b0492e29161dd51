"""What happened since a moment, for one person: told to whoever comes back, and to whoever polls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dashboards.live.changes import OVERLAP
from dashboards.live.fan_out import BELL, MOST_IDS, said
from dashboards.live.interest import Interest
from dashboards.live.rows import MOST, Pushed, Rows
from engine.values import digest
from runs.clock import database_clock
from runs.models import Notice, Run, Ticked
from workflows.models import Person

LONG = timedelta(hours=2)
"""Whoever was away for longer asks for everything: that is sooner done than said what changed."""


@dataclass(frozen=True)
class Missed:
    """`more`: too much to be listed. `bell`: there are new notices. `version` is another one after any other change."""

    cursor: datetime
    runs: tuple[str, ...] = ()
    rows: tuple[Pushed, ...] = ()
    more: bool = False
    bell: bool = False
    version: str = ""

    def events(self) -> bytes:
        rows = b"".join(row.event for row in self.rows)
        told = said("runs", self.cursor, runs=list(self.runs), more=self.more)
        return rows + (BELL if self.bell else b"") + told

    def data(self) -> dict[str, Any]:
        return {
            "runs": list(self.runs),
            "rows": [row.data() for row in self.rows],
            "more": self.more,
            "bell": self.bell,
            "cursor": self.cursor.isoformat(),
        }


def missed(person: Person, interest: Interest, since: str) -> Missed:
    """Say what changed after this cursor, and give the next one. An unknown cursor means: from now on."""
    cursor = database_clock()
    after = _moment(since)
    if after is None:
        return Missed(cursor)
    if cursor - after > LONG:
        return Missed(cursor, more=True, bell=True, version=digest([since]))
    changed = _changed(person, interest, after)
    notice = Notice.objects.filter(person=person).order_by("-pk").values_list("pk", "at").first()
    bell = notice is not None and notice[1] >= after - OVERLAP
    version = digest([[str(pk), what] for pk, what in changed] + [notice[0] if bell and notice else 0])
    if len(changed) > MOST_IDS:
        return Missed(cursor, more=True, bell=bell, version=version)
    ids = list(dict.fromkeys(pk for pk, _ in changed))
    rows = Rows(ids) if interest.board and 0 < len(ids) <= MOST else None
    return Missed(
        cursor,
        tuple(str(pk) for pk in ids),
        _as_seen(rows, person, ids) if rows else (),
        bell=bell,
        version=version,
    )


def _changed(person: Person, interest: Interest, after: datetime) -> list[tuple[Any, str]]:
    """Return runs, each with what tells this change from others of it: of changes and of ticks."""
    visible = Run.objects.visible_to(person)
    if not interest.board and not interest.any_run:
        if not interest.runs:
            return []
        visible = visible.filter(pk__in=interest.runs)
    runs = visible.filter(changed_at__gte=after - OVERLAP).order_by("-changed_at", "pk")
    ticked = dict(Ticked.objects.filter(at__gte=after - OVERLAP).values_list("step__run", "pk")[: MOST_IDS + 1])
    ticked_in = visible.filter(pk__in=ticked).values_list("pk", flat=True) if ticked else ()
    changed = runs.values_list("pk", "seq", "changed_at")[: MOST_IDS + 1]
    # an incident that ends, or a tick taken away, is no event of the run: the time tells it from what was before
    return [*((pk, f"{seq} {at}") for pk, seq, at in changed), *((pk, str(ticked[pk])) for pk in ticked_in)]


def _as_seen(rows: Rows, person: Person, ids: list[Any]) -> tuple[Pushed, ...]:
    callers = Run.objects.visible_to(person).filter(pk__in=rows.callers).values_list("pk", flat=True)
    seen = set(callers) if rows.callers else set()
    return tuple(row for row in (rows.of(run, person.pk, person.time_zone, seen) for run in ids) if row is not None)


def _moment(since: str) -> datetime | None:
    try:
        moment = parse_datetime(since.replace(" ", "+")) if since else None
    except ValueError:
        return None
    return None if moment is None or timezone.is_naive(moment) else moment
