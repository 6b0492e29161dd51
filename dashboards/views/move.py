"""Move runs to a version: what stands against each, which step is which, five first, then the rest."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboards.moving import asking, grouped
from engine.migration import concerning, wrong_mapping
from runs import definitions, moving
from runs.models import Run
from workflows.models import Artifact, Person, Version


def fetch(person: Person, slug: str) -> Artifact:
    """Read the playbook. Raises Http404."""
    return get_object_or_404(Artifact.objects.visible_to(person).select_related("unit"), slug=slug)


@never_cache
@require_safe
@login_required
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the runs by what stands against moving them; the forms order it as an act on many runs."""
    artifact = fetch(request.user, slug)
    versions = list(moving.targets(artifact))
    wanted = request.GET.get("version", "")
    chosen = next((one for one in versions if str(one.number) == wanted), versions[0] if versions else None)
    context: dict[str, Any] = {"section": "library", "artifact": artifact, "versions": versions, "version": chosen}
    if wanted and chosen is not None and str(chosen.number) != wanted:
        context["problem"] = f"There is no version {wanted[:9]} that runs may be moved to."
    if chosen is not None:
        context |= _assessed(request, artifact, chosen)
    return render(request, "library/move.html", context)


def _assessed(request: HttpRequest, artifact: Artifact, version: Version) -> dict[str, Any]:
    person, query = request.user, request.GET
    visible = Run.objects.visible_to(person).open().filter(version__artifact=artifact).exclude(version=version)
    there = visible.select_related("unit", "version").order_by("number")
    runs, count = list(there[: grouped.MOST]), visible.count()
    after = definitions.of_version(version)
    typed = asking.typed_mapping(query)
    raw = asking.typed_values(query, after)
    given, wrong = moving.open_given(after, raw)
    preview = grouped.preview(person, runs, version, typed, given)
    wrong_maps: dict[str, str] = {}
    for before in preview.before:
        wrong_maps |= wrong_mapping(before, after, concerning(before, typed))
    wanting = asking.fields(preview.wanting, raw, after)
    return {
        "preview": preview,
        "count": count,
        "unseen": count - len(runs) + preview.unseen,
        "moved": grouped.moved(person, version),
        "controls": asking.mappings(preview.before, preview.lacking, after, typed, wrong_maps),
        "values": asking.values(wanting, query, wrong, secrets=False),
        "secrets": [one.label for one in preview.wanting if one.spec.secret],
        "wrong": wrong | wrong_maps,
        "key": uuid4().hex,
        "first": grouped.FIRST,
    }


urlpatterns = [path("library/<slug:slug>/move/", move, name="move")]
