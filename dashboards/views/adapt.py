"""Adapt a template from its page; a child beside its parent; a child brought up to a newer parent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.adapting import asked
from dashboards.adapting.rows import TITLES
from dashboards.adapting.standing import late_for, standing
from dashboards.adapting.standing import proposal as proposed
from dashboards.differing import Side, of
from dashboards.forms import PICKABLE_PEOPLE
from engine.lifecycles import VersionStatus
from runs import definitions
from workflows import drafting, guard
from workflows.drafting import Draft, WrittenMeanwhile
from workflows.governing import Refused
from workflows.models import Person, Version

REFUSED, WRONG = 409, 422


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adapt(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of an adaptation. A POST looks at what was typed, or writes it as a draft; nothing of it is lost."""
    known = Version.objects.visible_to(request.user).playbooks().select_related("artifact__unit")
    version = get_object_or_404(known, artifact__slug=slug, status=VersionStatus.PUBLISHED)
    offer = asked.offer(version, definitions.of_version(version), request.user)
    if request.method != "POST":
        return _form(request, offer, None)
    if not offer.units:
        # an author of no unit is refused by the verb, which writes the attempt down
        answer = drafting.write(version.source, version.artifact.unit, request.user)
        return _form(request, offer, None, None if isinstance(answer, Draft) else answer, status=REFUSED)
    typed, do = asked.read(request.POST, offer), request.POST.get("do", "")
    is_written = typed.written is not None and (typed.is_right or do == "write-anyway")
    if do not in ("write", "write-anyway") or not is_written or typed.unit is None or typed.written is None:
        status = WRONG if do in ("look", "write", "write-anyway") and not typed.is_right else 200
        return _form(request, offer, typed, status=status)
    answer = drafting.write(typed.written.text, typed.unit, request.user, f"Adapts {version.title}.")
    if isinstance(answer, Draft):
        return _to_draft(request, answer.version)
    return _form(request, offer, typed, refusal=answer, status=REFUSED)


def _form(
    request: HttpRequest,
    offer: asked.Offer,
    typed: asked.Typed | None,
    refusal: Refused | WrittenMeanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    drawn, head, parameters = (
        asked.drawn(offer, typed),
        asked.head(offer, typed),
        asked.parameters(offer, typed, _people(offer)),
    )
    context: dict[str, Any] = {
        "section": "library",
        "offer": offer,
        "version": offer.version,
        "typed": typed,
        "head": head,
        "parameters": parameters,
        "rows": drawn,
        "wrong": [one for one in (*head, *parameters, *(one for row in drawn for one in row.controls)) if one.error],
        "adds": [(does, *words) for does, words in TITLES.items()],
        "refusal": refusal,
        "verdict": guard.may(request.user, "author", offer.version.artifact.unit),
    }
    if typed is not None and typed.base is not None and typed.tried is not None and typed.tried.content is not None:
        before = Side(f"{offer.version.title}, version {offer.version.number}", typed.base)
        context["shown"] = of(before, Side("As adapted", typed.tried.content))
    return render(request, "adapt/adapt.html", context, status=status)


def _people(offer: asked.Offer) -> list[Person]:
    """Return whom a parameter may name, where one names somebody; one more than fit a list where they do not."""
    if not any(spec.type == "user" for spec in offer.parameters):
        return []
    people = Person.objects.filter(is_active=True).order_by("first_name", "last_name")
    return list(people[: PICKABLE_PEOPLE + 1])


def _child(person: Person, slug: str, number: str = "") -> Version:
    """Read the version of a child that is published, or the one asked for, or the newest that the person may read."""
    known = Version.objects.playbooks().filter(artifact__slug=slug).order_by("-number")
    known = known.select_related("artifact__unit", "artifact__owner", "parent__artifact", "author")
    if number.isdecimal() and len(number) < 10:
        known = known.filter(number=int(number))
    visible = set(Version.objects.visible_to(person).filter(artifact__slug=slug).values_list("pk", flat=True))
    readable = [one for one in known if one.pk in visible or _may_read(person, one)]
    published = (one for one in readable if one.status == VersionStatus.PUBLISHED)
    chosen = next(published, None) or next(iter(readable), None)
    if chosen is None:
        raise Http404("no such version")
    return chosen


def _may_read(person: Person, version: Version) -> bool:
    return version.published_at is None and guard.may_read_draft(person, version)


@require_safe
@login_required
def adaptation(request: HttpRequest, slug: str) -> HttpResponse:
    """What a child changes of its parent, as that was when it was compiled or as it is now."""
    child = _child(request.user, slug, request.GET.get("version", ""))
    if child.parent_id is None and "\nextends:" not in f"\n{child.source}":
        raise Http404("it adapts nothing")
    context = {
        "section": "library",
        "child": child,
        "standing": standing(request.user, child, request.GET.get("parent") != "now"),
        "is_draft": child.published_at is None,
    }
    return render(request, "adapt/adaptation.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def newer(request: HttpRequest, slug: str) -> HttpResponse:
    """What a child would be with its parent as it is now; a POST writes that as a draft."""
    child = _child(request.user, slug)
    late = late_for(request.user, child)
    if late is None:
        return redirect("adaptation", slug)
    proposal = proposed(late)
    may_author = guard.may(request.user, "author", child.artifact.unit)
    refusal: Refused | WrittenMeanwhile | None = None
    if request.method == "POST":
        changes = f"Brought up to version {late.now.number} of {late.now.title}."
        answer = drafting.write(proposal.tried.text, child.artifact.unit, request.user, changes, proposal.child)
        if isinstance(answer, Draft):
            return _to_draft(request, answer.version)
        refusal = answer
    context = {
        "section": "library",
        "child": child,
        "late": late,
        "proposal": proposal,
        "shown": proposal.shown,
        "may_author": may_author,
        "refusal": refusal,
        "mine": drafting.draft_of(request.user, child.artifact),
    }
    return render(request, "adapt/newer.html", context, status=REFUSED if refusal else 200)


def _to_draft(request: HttpRequest, draft: Version) -> HttpResponse:
    messages.success(request, f"Version {draft.number} of {draft.title} is a draft now. Nothing starts on it yet.")
    return redirect("draft", draft.artifact.slug, draft.number)


urlpatterns = [
    path("library/<slug:slug>/adapt/", adapt, name="adapt"),
    path("library/<slug:slug>/adaptation/", adaptation, name="adaptation"),
    path("library/<slug:slug>/adaptation/newer/", newer, name="newer-parent"),
]
