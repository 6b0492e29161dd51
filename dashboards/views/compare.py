"""Two versions of a playbook, a decision, a policy or a plan beside each other."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
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
    artifact = get_object_or_404(Artifact.objects.visible_to(request.user).select_related("unit"), slug=slug)
    versions = Version.objects.visible_to(request.user).filter(artifact=artifact).select_related("artifact__unit")
    by_number = {version.number: version for version in versions.filter(number__in=(a, b))}
    if a not in by_number or b not in by_number:
        raise Http404("no such version")
    context = {
        "section": "library",
        "artifact": artifact,
        "before": by_number[a],
        "after": by_number[b],
        "versions": versions.order_by("-number").defer("source", "definition"),
        "shown": shown(by_number[a], by_number[b]),
    }
    return render(request, "library/compare.html", context)


@require_safe
@login_required
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the chooser leads: the two versions it names."""
    numbers = [request.GET.get(name, "") for name in ("from", "to")]
    if not all(number.isdecimal() and len(number) < 10 for number in numbers):
        raise Http404("no such version")
    return redirect("compare", slug, int(numbers[0]), int(numbers[1]))


urlpatterns = [
    path("library/<slug:slug>/compare/", choose, name="compare-versions"),
    path("library/<slug:slug>/compare/<int:a>/<int:b>/", compare, name="compare"),
]
