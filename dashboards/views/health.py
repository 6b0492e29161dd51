"""Health: is the engine itself well? For operators, auditors and administrators; reads only, tells nothing of runs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from dashboards.live.listeners import listeners
from dashboards.watching.latest import latest
from runs.health import judging, reading
from runs.health.readers import may_see_health

_ADDRESSES = {"incidents": ("runs", "?state=attention"), "gates": ("gates", "")}


@require_safe
@login_required
def health(request: HttpRequest) -> HttpResponse:
    """The page, for HTMX its changing part alone."""
    if not may_see_health(request.user):
        raise Http404("no part that shows how the engine is")
    found = latest()
    vitals = judging.judge(found)
    worst = judging.worst(vitals)
    counts = list(zip((*map(judging.lasting, reading.AGES), ""), found.gates, strict=True))
    context = {
        "section": "health",
        "reading": found,
        "vitals": vitals,
        "addresses": _ADDRESSES,
        "worst": worst,
        "troubles": [vital for vital in vitals if vital.level is not judging.Level.FINE],
        "gates": [(upto, reading.in_figures(count), count) for upto, count in counts],
        "most_gates": max(found.gates),
        "live": listeners.count(),
        "silent_seconds": int(reading.SILENT.total_seconds()),
    }
    return render(
        request, "health/health.html#now" if request.headers.get("HX-Request") else "health/health.html", context
    )


@require_safe
@login_required
def banner(request: HttpRequest) -> HttpResponse:
    """What stands above the board of runs where clock or workers stand still, for those who can do something."""
    if not may_see_health(request.user):
        return HttpResponse(status=204)
    return render(request, "health/banner.html", {"standing": judging.standing_still(latest())})


urlpatterns = [path("health/", health, name="health"), path("health/banner/", banner, name="health-banner")]
