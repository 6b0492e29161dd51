"""The rollout of a version: how is the pilot doing beside the version before, and who gets it next?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboards.metrics import beside
from dashboards.rollout import asking
from engine.lifecycles import VersionStatus
from runs.models import Run
from runs.models.run import RunQuerySet
from workflows import guard, rolling_out
from workflows.models import Artifact, Person, Rollout
from workflows.rolling_out import Answer, NotRolledOut

REFUSED, WRONG = 403, 422


def fetch(person: Person, slug: str) -> Artifact:
    """Read the playbook. Raises Http404."""
    return get_object_or_404(Artifact.objects.visible_to(person).select_related("unit"), slug=slug)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rollout(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the rollout under way, or the form that begins one; a POST begins it."""
    artifact = fetch(request.user, slug)
    if request.method != "POST":
        return _page(request, artifact)
    asked = asking.to_begin(artifact, request.POST)
    if isinstance(asked, NotRolledOut):
        return _page(request, artifact, asked)
    answer = rolling_out.begin(asked.version, request.user, unit=asked.unit, share=asked.share)
    return _answer(request, artifact, answer, "From now on version {number} takes {stage}.")


@never_cache
@login_required
@require_POST
def widen(request: HttpRequest, slug: str) -> HttpResponse:
    artifact = fetch(request.user, slug)
    asked = asking.to_widen(request.POST)
    if isinstance(asked, NotRolledOut):
        return _page(request, artifact, asked)
    answer = rolling_out.widen(_there(artifact, request), request.user, unit=asked.unit, share=asked.share)
    return _answer(request, artifact, answer, "From now on version {number} takes {stage}.")


@never_cache
@login_required
@require_POST
def finish(request: HttpRequest, slug: str) -> HttpResponse:
    artifact = fetch(request.user, slug)
    answer = rolling_out.finish(_there(artifact, request), request.user)
    return _answer(request, artifact, answer, "Version {number} is published: all new runs start on it.")


@never_cache
@login_required
@require_POST
def take_back(request: HttpRequest, slug: str) -> HttpResponse:
    artifact = fetch(request.user, slug)
    answer = rolling_out.take_back(_there(artifact, request), request.user, request.POST.get("reason", ""))
    return _answer(request, artifact, answer, "Version {number} was taken back: new runs start on version {before}.")


def _there(artifact: Artifact, request: HttpRequest) -> Rollout:
    """Return the rollout that the page showed, ended or not. Raises Http404."""
    key = request.POST.get("rollout", "")
    there = artifact.rollouts.select_related("version", "before", "unit", "artifact")
    found = there.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 10 else None
    if found is None:
        raise Http404("no such rollout")
    return found


def _answer(request: HttpRequest, artifact: Artifact, answer: Answer, says: str) -> HttpResponse:
    if isinstance(answer, NotRolledOut):
        return _page(request, artifact, answer)
    known = {"number": answer.version.number, "before": answer.before.number, "stage": rolling_out.stage(answer)}
    messages.success(request, says.format_map(known))
    return redirect("rollout", artifact.slug)


def _page(request: HttpRequest, artifact: Artifact, refusal: NotRolledOut | None = None) -> HttpResponse:
    may = guard.may(request.user, "roll-out", artifact.unit)
    there = rolling_out.under_way(artifact)
    context: dict[str, Any] = {
        "section": "library",
        "artifact": artifact,
        "published": artifact.published,
        "rollout": there,
        "may": may,
        "refusal": refusal,
        "ended": artifact.rollouts.exclude(pk=there.pk if there else None).select_related("version", "ended_by")[:10],
    }
    posted: Mapping[str, str] = request.POST if refusal else {}
    if there is not None:
        # whoever decides needs the numbers of all its runs; of no run they see more than before
        runs = Run.objects.all() if may else Run.objects.visible_to(request.user)
        context |= _beside(runs.filter(version__artifact=artifact), there)
        context |= {"stage": rolling_out.stage(there), "controls": asking.stage_controls(there, posted, refusal)}
        context["reason"] = asking.reason_control(posted, refusal)
    elif may:
        context["approved"] = approved = artifact.versions.filter(status=VersionStatus.APPROVED)
        context["controls"] = asking.begin_controls(approved, artifact, posted, refusal)
    status = 200 if refusal is None else WRONG if refusal.field else REFUSED if not may else 409
    return render(request, "library/rollout.html", context, status=status)


def _beside(runs: RunQuerySet, there: Rollout) -> dict[str, Any]:
    found = beside.measure(runs, (there.version, there.before), there.started_at)
    courses = [
        (there.version, "the pilot", found[there.version_id]),
        (there.before, "as published", found[there.before_id]),
    ]
    return {
        "courses": courses,
        "definition": beside.DEFINITION,
        "open_before": runs.open().filter(version=there.before).count(),
        "open_pilot": runs.open().filter(version=there.version).count(),
    }


urlpatterns = [
    path("library/<slug:slug>/rollout/", rollout, name="rollout"),
    path("library/<slug:slug>/rollout/widen/", widen, name="rollout-widen"),
    path("library/<slug:slug>/rollout/finish/", finish, name="rollout-finish"),
    path("library/<slug:slug>/rollout/take-back/", take_back, name="rollout-take-back"),
]
