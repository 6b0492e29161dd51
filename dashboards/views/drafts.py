"""Drafts: is what I wrote right? The text with what is wrong at its lines, and the ways on: a review, or publishing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboards.drafts import begun, page
from dashboards.reviews.source import remarks_of
from engine.lifecycles import ReviewStatus, VersionStatus
from workflows import drafting, guard, reviewing
from workflows.drafting import Draft, WrittenMeanwhile
from workflows.governing import Refused
from workflows.models import PLAN, Artifact, Review, Unit, Version
from workflows.publish import NotPublished, publish_version

REFUSED, WRONG = 409, 422


def fetch(request: HttpRequest, slug: str, number: int) -> Version:
    """Read a version that is not published, for whoever may read it. Raises Http404."""
    known = Version.objects.select_related("artifact__unit", "artifact__owner", "author", "based_on")
    version = get_object_or_404(known, artifact__slug=slug, number=number, published_at=None)
    if not guard.may_read_draft(request.user, version):
        raise Http404("not for this person")
    return version


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show a draft; a POST saves what was typed, and goes on to what was asked for besides."""
    version = fetch(request, slug, number)
    if version.status != VersionStatus.DRAFT:
        review = version.reviews.first()
        return redirect("review", review.pk) if review else redirect("playbook", slug)
    if request.method != "POST":
        return _page(request, page.of(version), play="play" in request.GET)
    typed, changes = request.POST.get("text", ""), request.POST.get("changes", "").strip()
    based_on = version.artifact.published if request.POST.get("based") == "now" else None
    answer = drafting.write(
        typed,
        version.artifact.unit,
        request.user,
        changes,
        based_on,
        draft=version,
        seen_at=_moment(request.POST.get("seen", "")),
    )
    if isinstance(answer, Draft):
        return _go_on(request, answer.version)
    version.changes = changes
    if isinstance(answer, WrittenMeanwhile):
        version.written_at = answer.version.written_at
        return _page(request, page.of(version, typed), saved=answer.version, status=REFUSED)
    return _page(request, page.of(version, typed), refusal=answer, status=WRONG if answer.field else REFUSED)


def _go_on(request: HttpRequest, version: Version) -> HttpResponse:
    """The text is saved: ask for a review or publish it, where that was pressed."""
    act, address = request.POST.get("act"), (version.artifact.slug, version.number)
    if act == "review":
        answer = reviewing.submit(version, request.user)
        if isinstance(answer, Review):
            messages.success(request, f"Version {version.number} is in review. Its reviewers find it on their page.")
            return redirect("review", answer.pk)
        return _page(request, page.of(version), refusal=answer, status=REFUSED)
    if act == "publish":
        published = publish_version(version, request.user)
        if not isinstance(published, NotPublished):
            messages.success(request, f"Version {version.number} is published: new runs start on it.")
            return redirect("playbook", version.artifact.slug)
        refusal = Refused(published.code, published.sentence or "Something in the text stands in the way.")
        return _page(request, page.of(version), refusal=refusal, status=REFUSED)
    messages.success(request, "Your draft is saved.")
    return redirect("draft", *address)


def _page(
    request: HttpRequest,
    shown: page.Page,
    *,
    refusal: Refused | None = None,
    saved: Version | None = None,
    play: bool = False,
    status: int = 200,
) -> HttpResponse:
    version = shown.version
    played = shown.play() if play else None
    context: dict[str, Any] = {
        "section": "library",
        "page": shown,
        "version": version,
        "definition": shown.definition,
        "picture": shown.picture,
        "proven": played or shown.proven,
        "refusal": refusal,
        "saved": saved,
        "seen": version.written_at.isoformat() if version.written_at else "",
        "may_change": guard.may_change_draft(request.user, version),
        "may_discard": guard.may(request.user, "retire", version.artifact.unit),
        "remarks": remarks_of(version),
        "last": version.reviews.exclude(status=ReviewStatus.OPEN).select_related("closed_by").first(),
    }
    return render(request, "drafts/draft.html", context, status=status)


@login_required
@require_POST
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a draft from what is published, or go on with the reader's own."""
    artifact = get_object_or_404(Artifact.objects.visible_to(request.user).select_related("unit"), slug=slug)
    published = artifact.published or artifact.versions.exclude(published_at=None).order_by("-number").first()
    mine = drafting.draft_of(request.user, artifact)
    if mine is not None:
        return redirect("draft", slug, mine.number)
    if published is None:
        raise Http404("nothing of it was ever published")
    answer = drafting.write(published.source, artifact.unit, request.user)
    if isinstance(answer, Draft):
        return redirect("draft", slug, answer.version.number)
    messages.error(request, answer.sentence if isinstance(answer, Refused) else "It was begun elsewhere just now.")
    return redirect("playbook", slug)


@login_required
@require_POST
def discard(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = fetch(request, slug, number)
    refusal = drafting.discard(version, request.user)
    if refusal is not None:
        messages.error(request, f"Nothing was thrown away. {refusal.sentence}")
        return redirect("draft", slug, number)
    messages.success(request, f"The draft of {version.title} is gone.")
    return redirect("reviews")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin something new: a first text to change; a POST saves it as a draft, whether it compiles or not."""
    units = begun.units_of(request.user)
    if not units:
        raise Http404("an author of no unit")
    asked = request.POST if request.method == "POST" else request.GET
    unit = next((one for one in units if one.slug == asked.get("unit")), units[0])
    typed, refusal = asked.get("text") or begun.text(unit, asked.get("kind", "")), None
    if request.method == "POST":
        chosen = get_object_or_404(Unit, slug=asked.get("unit", ""))
        answer = drafting.write(typed, chosen, request.user, asked.get("changes", "").strip())
        if isinstance(answer, Draft):
            messages.success(request, "Your draft is saved.")
            return redirect("draft", answer.version.artifact.slug, answer.version.number)
        refusal = answer if isinstance(answer, Refused) else None
    context = {"section": "library", "units": units, "unit": unit, "text": typed, "refusal": refusal}
    kind = "plan" if asked.get("kind") == PLAN else "playbook"
    context |= {"kind": kind, "changes": asked.get("changes", "")}
    context |= {"rows": page.rows_of(typed), "numbers": page.numbers_of(typed)}
    return render(request, "drafts/new.html", context, status=WRONG if refusal else 200)


def _moment(text: str) -> datetime | None:
    """Read when the draft was saved as its page said it; None for anything else, which is not compared."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if timezone.is_aware(at) else None


urlpatterns = [
    path("drafts/new/", new, name="draft-new"),
    path("library/<slug:slug>/change/", change, name="change"),
    path("library/<slug:slug>/drafts/<int:number>/", draft, name="draft"),
    path("library/<slug:slug>/drafts/<int:number>/discard/", discard, name="draft-discard"),
]
