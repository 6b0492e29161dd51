"""One run: where is it, why, and what now, and where was it at any moment? What an operator may do to it is
`dashboards.views.operate`'s."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from dashboards.course import moments, page
from dashboards.course.reading import fetch
from dashboards.fresh import unchanged
from dashboards.views import operate
from runs.models import Run


@require_safe
@login_required
def run(request: HttpRequest, number: int) -> HttpResponse:
    """The page, as of now or (`?seq=`) after an entry of the log, and for HTMX its live part alone."""
    mine = Run.objects.visible_to(request.user)
    fresh = unchanged(request, mine.filter(number=number), moments.number(request.GET))
    if fresh.answer is not None:
        return fresh.answer
    today = fetch(request.user, number, mine)
    asked = moments.asked(request.GET, today.run)
    if "at" in request.GET and asked.seq and not asked.problem:
        # the zone of a date is its reader's: what is passed on names the entry
        return HttpResponseRedirect(f"{reverse('run', args=[number])}?seq={asked.seq}")
    seen, asked = moments.turn(today, asked)
    template = "run/run.html#live" if request.headers.get("HX-Request") else "run/run.html"
    return fresh.mark(render(request, template, page.context(request, seen, today, asked)))


urlpatterns = [
    path("runs/<int:number>/", run, name="run"),
    *operate.urlpatterns,
]
