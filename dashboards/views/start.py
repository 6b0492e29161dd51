"""Start a run: a form made from the playbook's inputs, with the guard's reason where the reader may not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboards import attaching, forms
from dashboards.planning import starting as planned
from dashboards.planning.starting import Served
from engine import fields
from engine.definition import Definition
from engine.lifecycles import VersionStatus
from engine.machine.commands import Refusal
from engine.naming import title
from runs import definitions, guard
from runs import start as starting
from runs.models import Run
from runs.outcomes import Accepted, FieldErrors
from runs.staffing.starting import Outlook
from runs.staffing.starting import outlook as starting_with
from workflows import rolling_out
from workflows.models import Person, Version
from workflows.policies import checking

REFUSED, WRONG = 409, 422


def fetch(person: Person, slug: str, key: str) -> Version:
    """Read the version that a start with this key takes: the published one, or its pilot. Raises Http404."""
    found = Version.objects.visible_to(person).playbooks().select_related("artifact__unit")
    published = found.filter(artifact__slug=slug, status=VersionStatus.PUBLISHED.value).first()
    version = published and rolling_out.version_for(published.artifact, person, key)
    if version is None:
        raise Http404("no such playbook, or it starts no runs any more")
    return version


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form; a POST starts the run. A repeated POST gets the run that the first one started.

    Opened from a plan it is filled in with what the plan gives, and the run counts for the plan.
    """
    key = request.POST.get("key") or uuid4().hex
    version = fetch(request.user, slug, key)
    definition = definitions.of_version(version)
    asked = request.POST if request.method == "POST" else request.GET
    served = planned.find(request.user, asked, slug)
    changed = planned.CHANGED if served is None and planned.is_asked(asked) else None
    if request.method != "POST":
        if served is None:
            return _page(request, version, definition, key, refusal=changed)
        wrong = planned.wrong(served, definition)
        return _page(request, version, definition, key, planned.typed(served, definition), wrong, served=served)
    post, wrong = attaching.posted(request)
    typed = forms.typed(definition.inputs, post)
    given = forms.as_read(definition.inputs, typed)
    if wrong:
        errors = fields.read_all(definition.inputs, given)[1] | wrong
        return _page(request, version, definition, key, typed, errors, status=WRONG, served=served)
    if changed is not None:
        return _page(request, version, definition, key, typed, refusal=changed, status=REFUSED)
    serves = served.serves if served else None
    answer = starting.start(version, request.user, given, key, serves=serves)
    if isinstance(answer, Accepted):
        run = Run.objects.get(pk=answer.run_id)
        messages.success(request, f"Run {run.number}, {run.title}, is under way.")
        return redirect("run", run.number)
    if isinstance(answer, FieldErrors):
        return _page(request, version, definition, key, typed, answer, status=WRONG, served=served)
    return _page(request, version, definition, key, typed, refusal=answer, status=REFUSED, served=served)


def _page(
    request: HttpRequest,
    version: Version,
    definition: Definition,
    key: str,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
    served: Served | None = None,
) -> HttpResponse:
    controls = forms.controls(definition.inputs, typed, errors, _pickable(definition))
    known = {spec.name for spec in definition.inputs}
    may_start = guard.may(request.user, "start", version=version)
    outlook = starting_with(version, request.user.username) if may_start else Outlook()
    barred = checking.refusal(version, timezone.now) if may_start else ""
    context = {
        "section": "library",
        "version": version,
        "definition": definition,
        "first_step": _first_step(definition),
        "controls": controls,
        "wrong": [control for control in controls if control.error],
        "elsewhere": [says for name, says in (errors or {}).items() if name not in known],
        "refusal": refusal,
        "may_start": may_start,
        "outlook": outlook,
        # what has been typed stays on the page, even where it cannot be started meanwhile
        "is_futile": (outlook.refusal is not None or bool(barred)) and request.method != "POST",
        "barred": barred,
        "served": served,
        "key": key,
        "is_pilot": version.status != VersionStatus.PUBLISHED,
    }
    return render(request, "library/start.html", context, status=status)


def _first_step(definition: Definition) -> str:
    first = definition.target("", "start")
    return title(definition, first) if first in definition.steps else ""


def _pickable(definition: Definition) -> list[Person]:
    """People to choose from, where an input asks for one and there are few enough to list."""
    if not any(spec.type == "user" for spec in definition.inputs):
        return []
    people = Person.objects.filter(is_active=True).order_by("first_name", "last_name")
    return list(people[: forms.PICKABLE_PEOPLE + 1])


urlpatterns = [path("library/<slug:slug>/start/", start, name="start")]
