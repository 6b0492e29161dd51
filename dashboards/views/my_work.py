"""My work: what waits for the reader, gates first."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboards import worklist


@never_cache
@require_safe
@login_required
def my_work(request: HttpRequest) -> HttpResponse:
    """The page, and for HTMX its list alone, with the count of the navigation beside it."""
    fragment = bool(request.headers.get("HX-Request"))
    work = worklist.of(request.user)
    context = {"section": "my-work", "work": work, "waiting_count": work.count, "fragment": fragment}
    return render(request, "my_work/my_work.html#list" if fragment else "my_work/my_work.html", context)


urlpatterns = [path("", my_work, name="my-work")]
