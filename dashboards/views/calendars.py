"""Calendars: when is there work, which days are off, and what counts by it? A list, and a page for each."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.shelf import openings


@require_safe
@login_required
def calendars(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    shelf = [(kept, openings.in_short(kept.calendar), kept.calendar.is_open(now)) for kept in openings.all_of_them()]
    return render(request, "calendars/calendars.html", {"section": "library", "shelf": shelf})


@require_safe
@login_required
def calendar(request: HttpRequest, name: str) -> HttpResponse:
    """One calendar: its week, what is unlike it in the next 12 months, who counts by it, its source."""
    kept = openings.find(name)
    if kept is None:
        raise Http404
    now = timezone.now()
    is_open = kept.calendar.is_open(now)
    context = {
        "section": "library",
        "kept": kept,
        "is_open": is_open,
        "opens_at": None if is_open else kept.calendar.next_opening(now),
        "week": openings.week(kept.calendar),
        "days": openings.days_ahead(kept, now),
        "users": openings.used_by(request.user, kept),
        "units": openings.units_of(request.user, kept),
        "source": kept.source.splitlines(),
    }
    return render(request, "calendars/calendar.html", context)


urlpatterns = [
    path("calendars/", calendars, name="calendars"),
    path("calendars/<slug:name>/", calendar, name="calendar"),
]
