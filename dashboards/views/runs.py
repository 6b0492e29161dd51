"""Runs: is anything stuck? The board, its filters, and the same on a wall. The page of one run is beside it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from dashboards.board import filters as asked
from dashboards.board import lanes, rows, tiles, together, wall
from dashboards.fresh import unchanged
from dashboards.shelf.titles import titles
from dashboards.views import bulk, run
from runs import sight
from runs.models import Run
from runs.staffing import readers


@require_safe
@login_required
def runs(request: HttpRequest) -> HttpResponse:
    """The page, for HTMX its live part alone; `?wall=1` for a screen on the wall."""
    now = timezone.now()
    fresh = unchanged(request, Run.objects.all())
    if fresh.answer is not None:
        return fresh.answer
    seen = sight.read(request.user)
    if request.GET.get("wall"):
        context = {"tiles": tiles.count(seen, now, lanes.today(now)), "wall": wall.read(seen, now), "now": now}
        template = "runs/wall.html#board" if request.headers.get("HX-Request") else "runs/wall.html"
        return fresh.mark(render(request, template, context))
    playbooks = titles(request.user)
    filters = asked.read(request.GET, playbooks)
    try:
        page, lost = lanes.page(request.user, filters, now, seen), False
    except lanes.BadCursor:
        page, lost = lanes.page(request.user, filters.first_page(), now, seen), True
    overseen = () if request.headers.get("HX-Request") else readers.paths(request.user)
    context = {
        "section": "runs",
        "filters": filters,
        "lost": lost,
        "playbooks": playbooks,
        "chips": filters.chosen(playbooks),
        "orders": asked.ORDERS,
        "mine": asked.MINE,
        "tiles": [(tile, filters.query(state=tile.state)) for tile in tiles.count(seen, now, lanes.today(now))],
        "rows": rows.rows_of(page.runs, now, request.user),
        "state_words": asked.STATES[filters.state],
        "nothing": asked.NOTHING.get(filters.state, "Nothing here"),
        "bulk": together.ACTS,
        "paused_address": filters.query(state="paused"),
        "called_address": filters.query(called="1"),
        "ended_address": filters.query(state="ended"),
        "first": filters.query(),
        "next": filters.query(after=page.after) if page.after else "",
        "sees_gates": bool(overseen),
        "too_thin": readers.published_count(overseen),
        "any_run": bool(page.runs) or lanes.any_run(request.user, now, seen),
    }
    template = "runs/runs.html#board" if request.headers.get("HX-Request") else "runs/runs.html"
    response = fresh.mark(render(request, template, context))
    patch_vary_headers(response, ["HX-Request"])
    return response


urlpatterns = [path("runs/", runs, name="runs"), *bulk.urlpatterns, *run.urlpatterns]
