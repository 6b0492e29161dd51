"""When it is asked whether people are enough: as soon as directory, absences or library have changed, and nightly.

The clock's sweep asks one statement each half second. Any number of clocks may: whoever finds that something is due
takes the one row by compare-and-set, and what it had read is noted when all has been looked at; a clock that dies
meanwhile is followed by another a minute later. The open runs are looked at each minute besides (`runs.work.audit`),
because absences begin and end by themselves.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from engine.lifecycles import IncidentStatus
from engine.machine import state as states
from runs import under_way
from runs.clock import database_clock
from runs.models import DelegationEntry, Incident, Run, Shortage, StaffingCheck
from runs.staffing import opened, published
from workflows.models import DirectoryEntry, GovernanceEntry, Version
from workflows.writing import writing

#: How long whoever has taken the row may need before another takes it.
PATIENCE = timedelta(minutes=1)
ROW = 1


def check(day: date | None = None) -> int:
    """Ask what may have changed; return of how many runs and steps something else is told. One statement if nothing.

    `day` is today, by this host: for once a day no clock needs to be asked.
    """
    row = _row()
    if row is None:
        with writing():
            StaffingCheck.objects.bulk_create([StaffingCheck(pk=ROW)], ignore_conflicts=True)
        row = _row()
        assert row is not None
    day = day or timezone.now().date()
    is_news = (row.last_entry, row.last_delegation, row.last_version) != (row.entry, row.delegation, row.version)
    if not is_news and row.day == day:
        return _look_at_new_incidents() if row.is_unseen else 0
    now = database_clock()
    if not _take(row, now):
        return 0
    changed = published.look() + _look_at_all(now)
    with writing():
        StaffingCheck.objects.filter(pk=ROW, claimed_at=now).update(
            entry=row.last_entry,
            delegation=row.last_delegation,
            version=row.last_version,
            day=day,
            claimed_at=None,
        )
    return changed


def _row() -> StaffingCheck | None:
    asked = StaffingCheck.objects.annotate(
        # a unit that was moved takes along who may start its runs: both logs only grow, and so does the sum
        last_entry=_newest(DirectoryEntry) + _newest(GovernanceEntry, kind=GovernanceEntry.Kind.UNIT_MOVED),
        last_delegation=_newest(DelegationEntry),
        last_version=_newest(Version),
        is_unseen=Exists(_unseen()),
    )
    return asked.filter(pk=ROW).first()


def _newest(model: type[models.Model], **narrowed: str) -> Coalesce:
    return Coalesce(Subquery(model._default_manager.filter(**narrowed).order_by("-pk").values("pk")[:1]), Value(0))


def _unseen() -> QuerySet[Incident]:
    """The gates that the machine itself has found short, and of which nobody has said who would help."""
    told = Shortage.objects.filter(step=OuterRef("step"), resolved_at=None)
    return Incident.objects.filter(~Exists(told), status=IncidentStatus.OPEN.value, code=opened.ROSTER)


def _take(row: StaffingCheck, now: datetime) -> bool:
    """Take the row, unless somebody else has it."""
    if row.claimed_at is not None and row.claimed_at > now - PATIENCE:
        return False
    with writing():
        there = StaffingCheck.objects.filter(pk=ROW, claimed_at=row.claimed_at)
        if row.claimed_at is None:
            there = StaffingCheck.objects.filter(pk=ROW, claimed_at__isnull=True)
        return bool(there.update(claimed_at=now))


def _look_at_all(now: datetime) -> int:
    with writing():
        Shortage.objects.filter(resolved_at=None, step__ended_at__isnull=False).update(resolved_at=now)
    return sum(opened.look([(run, states.load(run.state)) for run in page]) for page in under_way.pages())


def _look_at_new_incidents() -> int:
    runs = Run.objects.open().filter(pk__in=_unseen().values("run")).select_related("unit", "version__artifact")
    return opened.look([(run, states.load(run.state)) for run in runs])
