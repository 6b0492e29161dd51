"""My work: what waits for the reader, gates first."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from dashboards import worklist


@require_safe
@login_required
def my_work(request: HttpRequest) -> HttpResponse:
    """The page, and for HTMX its list alone."""
    template = "my_work/my_work.html#list" if request.headers.get("HX-Request") else "my_work/my_work.html"
    return render(request, template, {"section": "my-work", "work": worklist.of(request.user)})


urlpatterns = [path("", my_work, name="my-work")]
