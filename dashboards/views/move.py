"""Move runs to a version: what stands against each, which step is which, five first, then the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboards.consequences import title
from dashboards.forms import Control
from dashboards.moving import grouped
from dashboards.moving.grouped import Preview
from engine.definition import Definition
from engine.migration import wrong_mapping
from runs import definitions, moving
from runs.models import Run
from workflows.models import Artifact, Person, Version

MAP = "map."


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
        typed = {key.removeprefix(MAP): new for key, new in request.GET.items() if key.startswith(MAP) and new}
        context |= _assessed(request.user, artifact, chosen, typed)
    return render(request, "library/move.html", context)


def _assessed(person: Person, artifact: Artifact, version: Version, typed: Mapping[str, str]) -> dict[str, Any]:
    visible = Run.objects.visible_to(person).open().filter(version__artifact=artifact).exclude(version=version)
    there = visible.select_related("unit", "version").order_by("number")
    runs, count = list(there[: grouped.MOST]), visible.count()
    after = definitions.of_version(version)
    preview = grouped.preview(person, runs, version, typed)
    wrong: dict[str, str] = {}
    for before in preview.before:
        own = {old: new for old, new in typed.items() if old in before.steps}
        wrong |= wrong_mapping(before, after, own)
    return {
        "preview": preview,
        "count": count,
        "unseen": count - len(runs) + preview.unseen,
        "moved": grouped.moved(person, version),
        "controls": _controls(preview, after, typed, wrong),
        "wrong": wrong,
        "key": uuid4().hex,
        "first": grouped.FIRST,
    }


def _controls(
    preview: Preview, after: Definition, typed: Mapping[str, str], wrong: Mapping[str, str]
) -> tuple[Control, ...]:
    """Ask of each old step that lacks a counterpart which new one it is; what was chosen stays."""
    titles = {step: title(before, step) for before in preview.before for step in before.steps}
    asked = {**dict(preview.lacking), **{old: titles.get(old, old) for old in typed}}
    kinds = {step: before.steps[step].kind for before in preview.before for step in before.steps}
    return tuple(
        Control(
            MAP + old,
            f"f-map-{old}",
            words,
            "select",
            typed.get(old, ""),
            error=wrong.get(old, ""),
            required=False,
            choices=tuple(
                (step, title(after, step)) for step, spec in after.steps.items() if spec.kind == kinds.get(old)
            ),
        )
        for old, words in sorted(asked.items())
    )


urlpatterns = [path("library/<slug:slug>/move/", move, name="move")]
