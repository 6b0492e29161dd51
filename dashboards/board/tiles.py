"""The five counts over the table, each a filter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q

from dashboards.board.filters import ENDED, OPEN, OPEN_VISITS
from dashboards.board.narrow import overdue, waiting_for_people
from dashboards.templatetags.times import span
from engine.lifecycles import IncidentStatus, RunStatus
from runs.models import Incident, Step
from runs.models.run import RunQuerySet


@dataclass(frozen=True)
class Tile:
    """`state` is the filter the tile stands for; `look` and `icon` are those of its status."""

    state: str
    look: str
    icon: str
    word: str
    count: int
    note: str


def count(runs: RunQuerySet, now: datetime, today: datetime) -> tuple[Tile, ...]:
    """Count these (visible) runs. Four queries: open runs, runs ended since `today`, open gates, open incidents."""
    soon = Q(paused=False, next_due_at__gte=now, next_due_at__lt=today + timedelta(days=1))
    open_runs = runs.filter(status__in=OPEN).aggregate(
        running=Count("pk", filter=Q(parent=None)),
        called=Count("pk", filter=Q(parent__isnull=False)),
        waiting=Count("pk", filter=waiting_for_people()),
        attention=Count("pk", filter=Q(incident_count__gt=0)),
        overdue=Count("pk", filter=overdue(now)),
        soon=Count("pk", filter=soon),
        paused=Count("pk", filter=Q(paused=True)),
    )
    ended = runs.filter(status__in=ENDED, ended_at__gte=today, parent=None).aggregate(
        done=Count("pk", filter=Q(status=RunStatus.COMPLETED.value)),
        failed=Count("pk", filter=Q(status=RunStatus.FAILED.value)),
        other=Count("pk", filter=Q(status__in=[RunStatus.CANCELLED.value, RunStatus.ROLLED_BACK.value])),
    )
    gates = Step.objects.filter(kind="gate", status__in=OPEN_VISITS, run__in=runs.filter(status__in=OPEN))
    asked = gates.aggregate(gates=Count("pk"), oldest=Min("opened_at"))
    in_trouble = runs.filter(status__in=OPEN, incident_count__gt=0)
    incidents = Incident.objects.filter(status=IncidentStatus.OPEN.value, run__in=in_trouble)
    stuck = incidents.aggregate(oldest=Min("opened_at"), newest=Max("opened_at"))
    return (
        Tile(
            "running",
            "running",
            "running",
            "Running",
            open_runs["running"],
            _running(open_runs["paused"], open_runs["called"]),
        ),
        Tile("waiting", "waiting", "waiting", "Waiting for people", open_runs["waiting"], _gates(asked, now)),
        Tile("attention", "attention", "attention", "Needs attention", open_runs["attention"], _stuck(stuck, now)),
        Tile("overdue", "failed", "overdue", "Overdue", open_runs["overdue"], f"{open_runs['soon']} more due today"),
        Tile("done", "done", "done", "Done today", ended["done"], _ended(ended)),
    )


def _running(paused: int, called: int) -> str:
    parts = ["every run that has not ended", f"{paused} paused" if paused else "", f"{called} called" if called else ""]
    return ", ".join(filter(None, parts))


def _gates(asked: dict[str, object], now: datetime) -> str:
    if not asked["gates"]:
        return "none at a gate"
    assert isinstance(asked["oldest"], datetime)
    return f"{asked['gates']} at a gate, oldest {span(now - asked['oldest'])}"


def _stuck(stuck: dict[str, object], now: datetime) -> str:
    oldest, newest = stuck["oldest"], stuck["newest"]
    if not isinstance(oldest, datetime) or not isinstance(newest, datetime):
        return "nothing is stuck"
    return (
        f"since {span(now - oldest)}"
        if oldest == newest
        else f"oldest {span(now - oldest)}, newest {span(now - newest)}"
    )


def _ended(ended: dict[str, int]) -> str:
    parts = [f"{ended['failed']} failed"] * bool(ended["failed"])
    parts += [f"{ended['other']} cancelled or rolled back"] * bool(ended["other"])
    return ", ".join(parts) or "nothing failed"
