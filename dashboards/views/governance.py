"""Governance: are we in order? What is due in the units somebody looks after, the matrix of policies, and the log."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboards.governance import due, logged, sheet
from workflows import guard

View = Callable[[HttpRequest, tuple[str, ...]], HttpResponse | StreamingHttpResponse]


def for_governing(view: View) -> Callable[[HttpRequest], HttpResponse | StreamingHttpResponse]:
    """Let auditors, process owners and authors in, with the units that they look after; for others there is no page."""

    @never_cache
    @require_safe
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        paths = guard.governed(request.user)
        if not paths:
            raise Http404("no part that looks after a unit")
        return view(request, paths)

    return guarded


@for_governing
def governance(request: HttpRequest, paths: tuple[str, ...]) -> HttpResponse:
    overview = due.read(request.user, paths, timezone.now(), request.GET.get("show", ""))
    return render(request, "governance/governance.html", {"section": "governance", "overview": overview})


@for_governing
def log(request: HttpRequest, paths: tuple[str, ...]) -> HttpResponse:
    context = {"section": "governance", "log": logged.read(paths, request.GET), "kinds": logged.KINDS}
    return render(request, "governance/log.html", context)


@for_governing
def log_as_csv(request: HttpRequest, paths: tuple[str, ...]) -> StreamingHttpResponse:
    """What the filters leave, all pages of it."""
    fitting = logged.entries(paths, logged.asked(request.GET))
    answer = StreamingHttpResponse(sheet.lines(fitting), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="governance-log.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


urlpatterns = [
    path("governance/", governance, name="governance"),
    path("governance/log/", log, name="governance-log"),
    path("governance/log.csv", log_as_csv, name="governance-log-csv"),
]
