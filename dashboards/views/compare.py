"""Two versions of a playbook, a decision, a policy or a plan beside each other."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from dashboards.differing import shown
from workflows.models import Artifact, Version


@require_safe
@login_required
def compare(request: HttpRequest, slug: str, a: int, b: int) -> HttpResponse:
    """What is different in version `b`, seen from version `a`."""
    artifact, versions, (before, after) = _found(request, slug, a, b)
    context = {
        "section": "library",
        "artifact": artifact,
        "before": before,
        "after": after,
        "versions": versions.order_by("-number").defer("source", "definition"),
        "shown": shown(before, after),
    }
    return render(request, "library/compare.html", context)


@require_safe
@login_required
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the chooser leads: the two versions it names, for whoever finds both."""
    numbers = [request.GET.get(name, "") for name in ("from", "to")]
    if not all(number.isdecimal() and len(number) < 10 for number in numbers):
        raise Http404("no such version")
    a, b = (int(number) for number in numbers)
    _found(request, slug, a, b)
    return redirect("compare", slug, a, b)


def _found(request: HttpRequest, slug: str, *numbers: int) -> tuple[Artifact, QuerySet[Version], list[Version]]:
    """Return the artifact, what the reader finds of its versions, and those of these numbers; else it is 404."""
    artifact = get_object_or_404(Artifact.objects.visible_to(request.user).select_related("unit"), slug=slug)
    versions = Version.objects.visible_to(request.user).filter(artifact=artifact).select_related("artifact__unit")
    by_number = {version.number: version for version in versions.filter(number__in=numbers)}
    if not all(number in by_number for number in numbers):
        raise Http404("no such version")
    return artifact, versions, [by_number[number] for number in numbers]


urlpatterns = [
    path("library/<slug:slug>/compare/", choose, name="compare-versions"),
    path("library/<slug:slug>/compare/<int:a>/<int:b>/", compare, name="compare"),
]
