"""Gates: who is left to decide, and what does it cost to ask them? For those who answer for a unit; read-only."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.metrics import drawn
from dashboards.metrics.period import Period
from dashboards.staffing import ahead, asked, cost, thin
from runs.staffing import readers
from workflows.models import Version


def _visible(request: HttpRequest) -> list[Version]:
    """Return the published playbooks that the reader answers for. Raises Http404 for everybody else."""
    paths = readers.paths(request.user)
    if not paths:
        raise Http404("no part that shows gates")
    return thin.visible(paths)


def _zone() -> ZoneInfo:
    zone = timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo)
    return zone


@require_safe
@login_required
def gates(request: HttpRequest) -> HttpResponse:
    """Every gate, the thinnest first, and the tasks that hang on one person or on nobody."""
    versions = _visible(request)
    question = asked.read(request.GET, versions)
    chosen = asked.narrow(versions, question)
    rows = thin.read(chosen, timezone.now(), _zone())
    units = {version.artifact.unit.slug: version.artifact.unit for version in versions}
    titles = {version.artifact.slug: version.title for version in versions}
    context = {
        "section": "gates",
        "question": question,
        "units": sorted(units.values(), key=lambda unit: unit.path),
        "playbooks": dict(sorted(titles.items(), key=lambda one: one[1].lower())),
        "gates": [row for row in rows if row.is_gate],
        "tasks": [row for row in rows if not row.is_gate],
        "shortages": thin.open_shortages(chosen, request.user),
        "days": ahead.DAYS,
    }
    return render(request, "gates/gates.html", context)


@require_safe
@login_required
def gate(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """One gate: its people, who is away, and what it has cost in the last 90 days."""
    now = timezone.now()
    version = next((version for version in _visible(request) if version.artifact.slug == slug), None)
    rows = thin.read([version], now, _zone(), only=step) if version is not None else []
    if version is None or not rows:
        raise Http404("no such gate, or not one that the reader answers for")
    (row,) = rows
    period = Period(cost.DAYS, now, _zone())
    found = cost.measure(version.artifact, step, period) if row.is_gate else None
    whole = found.whole if found else None
    context = {
        "section": "gates",
        "row": row,
        "unit": version.artifact.unit,
        "cost": found,
        "period": period,
        "definition": cost.DEFINITION,
        "chart": drawn.waiting(found.weeks, whole, cost.DEFINITION) if found and whole else None,
        "sees_people": readers.may_see_people(request.user, version.artifact.unit),
        "open_gates": thin.open_gates(version, step, request.user) if row.is_gate else [],
        "days": ahead.DAYS,
    }
    return render(request, "gates/gate.html", context)


urlpatterns = [
    path("gates/", gates, name="gates"),
    path("gates/<slug:slug>/<slug:step>/", gate, name="gate-people"),
]
