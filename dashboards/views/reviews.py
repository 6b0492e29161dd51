"""Reviews: what waits for mine, and one of them: may this version be published?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboards import proofs
from dashboards.differing import shown
from dashboards.drafts import begun
from dashboards.reviews import lists, page, source
from engine.lifecycles import ReviewStatus, VersionStatus
from workflows import guard, remarking, reviewing
from workflows.governing import Refused
from workflows.models import POLICY, Opinion, Remark, Review, Version
from workflows.publish import NotPublished, publish_version
from workflows.reviewing import Closed

REFUSED, WRONG = 409, 422


@never_cache
@require_safe
@login_required
def reviews(request: HttpRequest) -> HttpResponse:
    context = {"section": "library", "lists": lists.of(request.user), "may_write": bool(begun.units_of(request.user))}
    return render(request, "reviews/reviews.html", context)


def fetch(request: HttpRequest, number: int) -> Review:
    """Read a review for whoever may read its version, or was asked. Raises Http404."""
    known = Review.objects.select_related(
        "version__artifact__unit", "version__author", "version__based_on", "opened_by", "closed_by"
    )
    review = get_object_or_404(known, pk=number)
    if not guard.may_read_draft(request.user, review.version):
        raise Http404("not for this person")
    return review


@never_cache
@require_safe
@login_required
def review(request: HttpRequest, number: int) -> HttpResponse:
    """What is new in a version, what was proven, what it means, who may decide, and the text with its remarks."""
    return _page(request, fetch(request, number))


@login_required
@require_POST
def say(request: HttpRequest, number: int) -> HttpResponse:
    """Approve, ask for changes or reject; what somebody else decided meanwhile is told, and nothing typed is lost."""
    asked = fetch(request, number)
    given = {name: request.POST.get(name, "") for name in ("choice", "comment", "digest")}
    answer = reviewing.say(asked, request.user, **given)
    if isinstance(answer, Opinion):
        now = Review.objects.select_related("version").get(pk=number)
        messages.success(request, _what_came_of(now, answer))
        return redirect("review", number)
    asked = fetch(request, number)
    if isinstance(answer, Closed):
        return _page(request, asked, closed=answer.says, comment=given["comment"], status=REFUSED)
    status = WRONG if answer.field else REFUSED
    return _page(request, asked, refusal=answer, comment=given["comment"], status=status)


def _what_came_of(review: Review, opinion: Opinion) -> str:
    number = review.version.number
    if review.status == ReviewStatus.OPEN:
        return "Your review is counted. Others are still to say what they think."
    if opinion.choice == Opinion.Choice.APPROVE:
        return f"Version {number} is approved: it can be published now."
    if opinion.choice == Opinion.Choice.REJECT:
        return f"Version {number} is rejected, and will not be published."
    return f"Version {number} is a draft again; its author finds what you wrote."


@login_required
@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    asked = fetch(request, number)
    answer = reviewing.withdraw(asked.version, request.user)
    if isinstance(answer, Refused):
        return _page(request, fetch(request, number), refusal=answer, status=REFUSED)
    messages.success(request, f"Version {answer.number} is a draft again.")
    return redirect("draft", answer.artifact.slug, answer.number)


@login_required
@require_POST
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Let the approved version take the new runs."""
    asked = fetch(request, number)
    answer = publish_version(asked.version, request.user)
    if isinstance(answer, NotPublished):
        refusal = Refused(answer.code, answer.sentence, problems=proofs.problems(asked.version, answer.problems))
        return _page(request, fetch(request, number), refusal=refusal, status=REFUSED)
    messages.success(request, f"Version {answer.number} is published: new runs start on it from now on.")
    return redirect("playbook", answer.artifact.slug)


@login_required
@require_POST
def remark(request: HttpRequest, number: int) -> HttpResponse:
    """Write a remark at a line, or an answer to one."""
    asked = fetch(request, number)
    line = request.POST.get("line", "0")
    answers = asked.version.remarks.filter(pk=_number(request.POST.get("answers", ""))).first()
    answer = remarking.add(asked.version, request.user, request.POST.get("text", ""), _number(line), answers)
    if isinstance(answer, Refused):
        typed = request.POST.get("text", "")
        status = WRONG if answer.field else REFUSED
        return _page(request, asked, asked=_number(line), typed=typed, refusal=answer, status=status)
    return redirect(f"{reverse('review', args=[number])}#{f'L{answer.line}' if answer.line else 'remarks'}")


@login_required
@require_POST
def resolve(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    asked = fetch(request, number)
    answer = remarking.resolve(get_object_or_404(Remark, pk=pk, version=asked.version), request.user)
    if isinstance(answer, Refused):
        return _page(request, asked, refusal=answer, status=REFUSED)
    return redirect(f"{reverse('review', args=[number])}#{f'L{answer.line}' if answer.line else 'remarks'}")


def _page(
    request: HttpRequest,
    review: Review,
    *,
    refusal: Refused | None = None,
    closed: str = "",
    comment: str = "",
    asked: int | None = None,
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    version, threads = review.version, source.remarks_of(review.version)
    heard = page.voices(review)
    may_remark = guard.may_remark(request.user, version)
    asked = _number(request.GET.get("line", "")) if asked is None else asked
    artifact = version.artifact
    is_open = review.status == ReviewStatus.OPEN
    mine = next((one for one in heard if one.person == request.user), None)
    context: dict[str, Any] = {
        "section": "library",
        "review": review,
        "version": version,
        "artifact": artifact,
        "published": artifact.published,
        "is_open": is_open,
        "is_approved": version.status == VersionStatus.APPROVED and review == version.reviews.first(),
        "how": reviewing.how_it_closed(review) if not is_open else "",
        "voices": heard,
        "may": [one for one in heard if one.verdict],
        "may_not": [one for one in heard if not one.verdict],
        "approvals": sum(one.counts for one in heard),
        "missing": page.missing(review, heard),
        "whom": page.whom(review, review.quorum),
        "my_verdict": guard.may_review(request.user, review),
        "mine": mine.opinion if mine else None,
        "live": page.live_runs(artifact),
        "proven": proofs.proven(version),
        "shown": shown(version.based_on, version) if version.based_on else None,
        "threads": threads,
        "unsettled": sum(one.remark.resolved_at is None for one in threads),
        "blocks": source.blocks(
            source.lines(version, threads, asked if may_remark else 0),
            version.based_on.source if version.based_on else None,
        ),
        "may_remark": may_remark,
        "typed": typed,
        "refusal": refusal,
        "closed": closed,
        "comment": comment,
        "is_author": request.user.pk == version.author_id,
        "may_publish": guard.may(request.user, _publishing(version), artifact.unit),
        "may_roll_out": artifact.published
        and not version.is_document
        and guard.may(request.user, "roll-out", artifact.unit),
        "moved_on": reviewing.moved_on(artifact, version),
    }
    return render(request, "reviews/review.html", context, status=status)


def _publishing(version: Version) -> guard.Act:
    return "publish-policy" if version.kind == POLICY else "publish"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


urlpatterns = [
    path("reviews/", reviews, name="reviews"),
    path("reviews/<int:number>/", review, name="review"),
    path("reviews/<int:number>/say/", say, name="review-say"),
    path("reviews/<int:number>/withdraw/", withdraw, name="review-withdraw"),
    path("reviews/<int:number>/publish/", publish, name="review-publish"),
    path("reviews/<int:number>/remarks/", remark, name="review-remark"),
    path("reviews/<int:number>/remarks/<int:pk>/resolve/", resolve, name="review-resolve"),
]
