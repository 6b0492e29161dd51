"""Plans: what do we want to reach, will we, and what is to be started next? A list, and a page for each."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboards.drafts import begun
from dashboards.planning import listed, page
from dashboards.shelf import keeping
from runs import link as linking
from runs.link import NotLinked

REFUSED, WRONG = 409, 422


@never_cache
@require_safe
@login_required
def plans(request: HttpRequest) -> HttpResponse:
    lines = listed.read(request.user, timezone.now())
    context = {"section": "library", "lines": lines, "may_write": bool(begun.units_of(request.user))}
    return render(request, "plans/plans.html", context)


@never_cache
@require_safe
@login_required
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, slug)


def _page(request: HttpRequest, slug: str, refusal: NotLinked | None = None) -> HttpResponse:
    now = timezone.now()
    shown = page.read(request.user, slug, now, request.GET.get("version", ""))
    context = {
        "section": "library",
        "page": shown,
        # as on the pages of all that is published: what may be done with it
        "version": shown.version,
        "book": shown.version,
        "is_current": shown.is_current,
        "kept": keeping.of(shown.version.artifact, request.user, shown.versions, now),
        "refusal": refusal,
        "asked": request.POST if refusal else {},
        "source": shown.version.source.splitlines(),
    }
    status = 200 if refusal is None else WRONG if refusal.at else REFUSED
    return render(request, "plans/plan.html", context, status=status)


@require_POST
@login_required
def link(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a run deliver a milestone; what does not fit is said at the field, and what was typed is kept."""
    version, _ = page.fetch(request.user, slug)
    typed = request.POST.get("run", "").strip()
    number = int(typed) if typed.isdecimal() and len(typed) < 16 else 0
    answer = linking.link(version.artifact, request.POST.get("milestone", ""), number, request.user)
    if isinstance(answer, NotLinked):
        return _page(request, slug, answer)
    messages.success(request, f"Run {answer.number}, {answer.title}, now counts for this plan.")
    return redirect("plan", slug)


@require_POST
@login_required
def unlink(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a run no longer count for the plan."""
    version, _ = page.fetch(request.user, slug)
    typed = request.POST.get("run", "")
    number = int(typed) if typed.isdecimal() and len(typed) < 16 else 0
    answer = linking.unlink(version.artifact, number, request.user)
    if isinstance(answer, NotLinked):
        return _page(request, slug, answer)
    messages.success(request, f"Run {answer.number} no longer counts for this plan. It goes on as before.")
    return redirect("plan", slug)


urlpatterns = [
    path("plans/", plans, name="plans"),
    path("plans/<slug:slug>/", plan, name="plan"),
    path("plans/<slug:slug>/link/", link, name="plan-link"),
    path("plans/<slug:slug>/unlink/", unlink, name="plan-unlink"),
]
