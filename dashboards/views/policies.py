"""Policies: what would a change of one break? And exceptions from them: who is let off what, why, and until when?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboards.policies import asking, decided, listing
from dashboards.views import library
from workflows import guard
from workflows.directory.changing import NotChanged
from workflows.models import POLICY, Artifact, Person, PolicyException
from workflows.policies import exceptions as verbs

REFUSED, WRONG = 403, 422


@never_cache
@require_safe
@login_required
def exceptions(request: HttpRequest) -> HttpResponse:
    shelf = listing.read(request.user, timezone.now())
    return render(request, "policies/exceptions.html", {"section": "library", "shelf": shelf})


@never_cache
@require_safe
@login_required
def exception(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _find(request.user, pk))


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant, refuse or end an exception, with the rights of this instant."""
    found, act, said = _find(request.user, pk), request.POST.get("act", ""), request.POST.get("said", "")
    answer = decided.perform(found, request.user, act, said)
    if answer is None:
        raise Http404("no such act")
    if isinstance(answer, NotChanged):
        return _page(request, found, answer, act, said, WRONG if answer.errors else REFUSED)
    messages.success(request, decided.DONE[act])
    return redirect("exception", pk)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Show the form for a playbook and a policy; a POST asks."""
    asked = request.POST if request.method == "POST" else request.GET
    policy = get_object_or_404(_artifacts(request.user), slug=asked.get("policy", ""))
    playbook = _playbook(request.user, asked.get("playbook", ""))
    if not policy.versions.filter(kind=POLICY).exists():
        raise Http404("no policy")
    if request.method != "POST":
        return _form(request, policy, playbook)
    typed = asking.read(request.POST)
    if typed.errors:
        return _form(request, policy, playbook, typed.texts, NotChanged("bad-value", "", typed.errors))
    answer = verbs.ask(typed.asked(policy, playbook, request.user), request.user)
    if isinstance(answer, NotChanged):
        return _form(request, policy, playbook, typed.texts, answer)
    messages.success(request, "Asked. It counts once a process owner other than you has granted it.")
    return redirect("exception", answer.pk)


@never_cache
@login_required
@require_POST
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page of a policy with what another text of it would mean. Nothing is written."""
    book = library.fetch(request.user, slug)
    if book.version.kind != POLICY:
        raise Http404("no policy")
    return library.show_policy(request, book, request.POST.get("text", "").replace("\r\n", "\n"))


def _artifacts(person: Person) -> Any:
    return Artifact.objects.visible_to(person).select_related("unit")


def _playbook(person: Person, slug: str) -> Artifact:
    """Read a playbook that is published, or that this person may write: a policy may keep it from being published."""
    found = _artifacts(person).filter(slug=slug).first()
    if found is None:
        found = get_object_or_404(Artifact.objects.select_related("unit"), slug=slug)
        if not guard.may(person, "author", found.unit):
            raise Http404("not theirs")
    return found


def _find(person: Person, pk: int) -> PolicyException:
    rows = PolicyException.objects.visible_to(person)
    return get_object_or_404(rows.select_related("policy__unit", "playbook__unit", "asked_by", "decided_by"), pk=pk)


def _page(
    request: HttpRequest,
    found: PolicyException,
    answer: NotChanged | None = None,
    act: str = "",
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "section": "library",
        "one": listing.shown(found, timezone.now()),
        "exception": found,
        "acts": decided.offered(found, request.user, timezone.now(), act, said, answer),
        "verdict": verbs.may_decide(found, request.user),
        "answer": answer,
        "log": listing.log_of(found),
        "finds": set(_artifacts(request.user).filter(pk__in=(found.policy_id, found.playbook_id))),
    }
    return render(request, "policies/exception.html", context, status=status)


def _form(
    request: HttpRequest,
    policy: Artifact,
    playbook: Artifact,
    typed: Any = None,
    answer: NotChanged | None = None,
) -> HttpResponse:
    errors = answer.errors if answer else {}
    today = timezone.localtime()
    laid_out = asking.controls(policy, playbook, typed, errors, request.GET.get("requirement", ""), today)
    context = {
        "section": "library",
        "policy": policy.published,
        "playbook": playbook,
        "title": playbook.published.title if playbook.published else playbook.slug,
        "controls": laid_out,
        "wrong": [control for control in laid_out if control.error],
        "answer": answer,
        "verdict": guard.may(request.user, "author", playbook.unit),
        "demands": verbs.demands_of(policy, playbook),
        "deciders": verbs.deciders(policy, request.user),
    }
    status = 200 if answer is None else WRONG if answer.errors else REFUSED
    return render(request, "policies/ask.html", context, status=status)


urlpatterns = [
    path("library/<slug:slug>/preview/", preview, name="preview-policy"),
    path("exceptions/", exceptions, name="exceptions"),
    path("exceptions/ask/", ask, name="ask-exception"),
    path("exceptions/<int:pk>/", exception, name="exception"),
    path("exceptions/<int:pk>/decide/", decide, name="decide-exception"),
]
