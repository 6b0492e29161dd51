"""One run: where is it, why, and what now?"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from dashboards.fresh import unchanged
from runs.models import Run


@require_safe
@login_required
def run(request: HttpRequest, number: int) -> HttpResponse:
    """The page, and for HTMX its live part alone."""
    visible = Run.objects.visible_to(request.user)
    shown = get_object_or_404(visible.select_related("version__artifact__unit", "started_by", "unit"), number=number)
    fresh = unchanged(request, visible.filter(pk=shown.pk))
    if fresh.answer is not None:
        return fresh.answer
    context = {"section": "runs", "run": shown}
    template = "run/run.html#live" if request.headers.get("HX-Request") else "run/run.html"
    return fresh.mark(render(request, template, context))


urlpatterns = [path("runs/<int:number>/", run, name="run")]
