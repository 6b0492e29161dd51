"""My work: what waits for the reader, gates first; and gates that were read decided in one go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from dashboards import deciding, deciding_many, worklist
from engine.lifecycles import Choice
from engine.machine.commands import Refusal
from workflows.models import Review

WRONG = 422


@never_cache
@require_safe
@login_required
def my_work(request: HttpRequest) -> HttpResponse:
    """The page, and for HTMX its list alone, with the count of the navigation beside it."""
    fragment = bool(request.headers.get("HX-Request"))
    work = worklist.of(request.user)
    context = {
        "section": "my-work",
        "work": work,
        "waiting_count": work.count,
        "fragment": fragment,
        "reviews_waiting": Review.objects.waiting_for(request.user).count(),
        "selectable": deciding_many.selectable(request.user, work.gates),
        "choices": [(choice.value, words) for choice, (words, _) in deciding_many.CHOICES.items()],
    }
    return render(request, "my_work/my_work.html#list" if fragment else "my_work/my_work.html", context)


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest) -> HttpResponse:
    """Say what a choice does at each of the gates selected; a POST casts the votes and shows what came of each."""
    asked = request.POST if request.method == "POST" else request.GET
    choice = Choice(asked["choice"]) if asked.get("choice") in list(Choice) else None
    lines = deciding_many.preview(request.user, asked.getlist("gate"), choice or Choice.APPROVE, timezone.now())
    given = deciding.typed(request.POST)
    context: dict[str, Any] = {
        "section": "my-work",
        "choice": choice,
        "looks": deciding_many.CHOICES.get(choice) if choice else None,
        "choices": [(one.value, words) for one, (words, _) in deciding_many.CHOICES.items()],
        "lines": lines,
        "votes": [line for line in lines if line.refusal is None],
        "requires": {need for line in lines if line.refusal is None for need in deciding.requires(line.seen)},
        "given": given,
        "comment": given.comment,
        "link": given.link,
    }
    if request.method != "POST" or choice is None or not lines:
        return render(request, "my_work/decide.html", context, status=200 if choice and lines else WRONG)
    evidence = deciding.attached(given)
    if isinstance(evidence, Refusal):
        return _again(request, context, evidence)
    given = replace(given, evidence=evidence)
    refusal = deciding_many.lacking(context["votes"], choice, given)
    refusal = refusal or deciding_many.prove(context["votes"], request.user, given)
    if refusal is not None:
        return _again(request, context, refusal)
    results = deciding_many.cast(lines, request.user, choice, given)
    return render(request, "my_work/decided.html", context | {"results": results})


def _again(request: HttpRequest, context: dict[str, Any], refusal: Refusal) -> HttpResponse:
    """Show the preview once more: no vote was cast, nothing typed is lost."""
    wrong = {"refusal": refusal, "wrong": deciding.FIELDS.get(refusal.code, "")}
    return render(request, "my_work/decide.html", context | wrong, status=WRONG)


urlpatterns = [path("", my_work, name="my-work"), path("my-work/decide/", decide, name="decide-many")]
