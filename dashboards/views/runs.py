"""Runs: is anything stuck? The board, as a sheet, on a wall. Saved views and the page of one run are beside it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from dashboards.board import filters as asked
from dashboards.board import lanes, narrow, rows, sheet, tabs, tiles, together, wall
from dashboards.board.known import Known
from dashboards.fresh import unchanged
from dashboards.views import bulk, run, saved_views
from runs import sight
from runs.staffing import readers


@require_safe
@login_required
def runs(request: HttpRequest) -> HttpResponse:
    """The page, for HTMX its live part alone; `?wall=1` for a screen on the wall."""
    now = timezone.now()
    fresh = unchanged(request)
    if fresh.answer is not None:
        return fresh.answer
    known = Known(request.user)
    filters = asked.read(request.GET, known)
    is_part = bool(request.headers.get("HX-Request"))
    seen = sight.read(request.user)
    scope = narrow.scope(filters)
    counts = tiles.count(seen, scope, now, lanes.today(now))
    if request.GET.get("wall"):
        context = {
            "tiles": counts,
            "wall": wall.read(request.user, filters, now, seen),
            "now": now,
            "filters": filters,
            "chips": filters.chosen(known),
        }
        return fresh.mark(render(request, "runs/wall.html#board" if is_part else "runs/wall.html", context))
    try:
        page, lost = lanes.page(request.user, filters, now, seen, scope), False
    except lanes.BadCursor:
        page, lost = lanes.page(request.user, filters.first_page(), now, seen, scope), True
    context = {
        "section": "runs",
        "filters": filters,
        "chips": filters.chosen(known),
        "tiles": [(tile, filters.query(state=tile.state)) for tile in counts],
        "rows": rows.rows_of(page.runs, now, request.user),
        "columns": asked.COLUMNS,
        "state_words": asked.STATES[filters.state],
        "nothing": asked.NOTHING.get(filters.state, "Nothing here"),
        "bulk": together.ACTS if seen.operates else (),
        "filters_words": filters.words(known),
        "in_all_states": filters.query(state="all"),
        "ended_address": filters.query(state="ended"),
        "next": filters.query(after=page.after) if page.after else "",
        "any_run": bool(page.runs) or lanes.any_run(request.user, now, seen),
    }
    if is_part:
        response = render(request, "runs/runs.html#board", context)
    else:
        response = render(request, "runs/runs.html", context | _around(request, known, filters, lost))
    patch_vary_headers(fresh.mark(response), ["HX-Request"])
    return response


def _around(request: HttpRequest, known: Known, filters: asked.Filters, lost: bool) -> dict[str, object]:
    """What stands around the live part: the views, the controls, and what must be said first."""
    overseen = readers.paths(request.user)
    return {
        "lost": lost,
        "known": known,
        "wall_address": filters.on_the_wall,
        "no_filters": asked.Filters(order=filters.order, columns=filters.columns).query(),
        "versions": known.versions(filters.playbook) if filters.playbook else {},
        "tabs": tabs.read(request.user, filters),
        "units": known.own_units,
        "states": asked.STATES,
        "risks": asked.RISKS,
        "orders": asked.ORDERS,
        "too_thin": readers.published_count(overseen),
    }


@require_safe
@login_required
def sheet_of_runs(request: HttpRequest) -> StreamingHttpResponse:
    """What the filters leave, as a sheet."""
    now = timezone.now()
    filters = asked.read(request.GET, Known(request.user)).first_page()
    response = StreamingHttpResponse(sheet.lines(request.user, filters, now), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="runs-{timezone.localtime(now):%Y-%m-%d}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [
    path("runs/", runs, name="runs"),
    path("runs/runs.csv", sheet_of_runs, name="runs-sheet"),
    *saved_views.urlpatterns,
    *bulk.urlpatterns,
    *run.urlpatterns,
]
