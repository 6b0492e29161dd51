"""Files, given out one by one through the guard so that no browser executes one; comments with files and mentions."""

from __future__ import annotations

from typing import BinaryIO
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from dashboards import attaching
from dashboards.said import Reply
from dashboards.views.signin import safe_next
from engine.machine.commands import Refusal
from runs import comment as comments
from runs import files, guard, kinds, mentions
from runs.models import File, Run
from runs.outcomes import Answer, FieldErrors, is_accepted

#: What a browser is told of every file: draw or save it, execute and embed nothing, keep no copy.
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
DAMAGED, WRONG, REFUSED = 410, 422, 409


@require_safe
@login_required
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give the file to save, or with `?inline=1` an image to draw. What is not the reader's is 404."""
    found = File.objects.select_related("run").filter(pk=pk).first()
    if found is None:
        raise Http404("no such file")
    answer = files.open_for(request.user, found)
    if isinstance(answer, Refusal):
        if answer.code == "not-visible":
            raise Http404(answer.sentence)
        return render(request, "errors/file.html", {"file": found, "reason": answer.sentence}, status=DAMAGED)
    return _given(found, answer, inline=request.GET.get("inline") == "1" and found.type in kinds.IMAGES)


def _given(found: File, content: BinaryIO, inline: bool) -> HttpResponse:
    """Answer with the whole file, which has been read to compare it; the name is written as RFC 6266 wants it."""
    with content:
        given = HttpResponse(content.read(), content_type=found.type, headers=HEADERS)
    given["Content-Disposition"] = content_disposition_header(not inline, found.name)
    return given


@login_required
@require_POST
def comment(request: HttpRequest, run: int) -> HttpResponse:
    """Keep a comment with its files and go back to the page it was written on; what is wrong is put right here."""
    seen = _seen(request, run)
    text, number = request.POST.get("text", ""), request.POST.get("visit", "")
    visit = int(number) if number.isdecimal() and len(number) < 10 else None
    verdict = guard.may_comment(request.user, seen)
    attached = attaching.read(request, seen) if verdict else Refusal(verdict.code, verdict.sentence)
    if not verdict:
        answer: Answer = attached
    elif isinstance(attached, Refusal):
        answer = attaching.as_errors(attached)
    else:
        answer = comments.comment(seen, request.user, text, visit, attached, request.POST.get("key") or None)
    if is_accepted(answer):
        messages.success(request, "Your comment is kept in the log.")
        there = safe_next(request, "my-work") if request.POST.get("next") else reverse("run", args=[run])
        return HttpResponseRedirect(there)
    errors = answer if isinstance(answer, FieldErrors) else {}
    refusal = attaching.refusal_in(errors)
    attach = attaching.offer(request, seen, None, refusal, id="said")
    there, key = request.POST.get("next", ""), request.POST.get("key") or uuid4().hex
    reply = Reply(seen, visit, there, text, errors.get("text", ""), attach, key)
    refused = answer.sentence if isinstance(answer, Refusal) else ""
    context = {"section": "runs", "reply": reply, "refused": refused}
    return render(request, "comments/comment.html", context, status=REFUSED if refused else WRONG)


@require_safe
@login_required
def people(request: HttpRequest, run: int) -> HttpResponse:
    """Suggest whom a comment may mention: people who may see this run and whose name begins as typed, as a list."""
    found = mentions.suggest(_seen(request, run), request.GET.get("q", ""), request.user)
    told = [(person, mentions.spelt(person, found)) for person in found]
    return render(request, "comments/people.html", {"people": told})


def _seen(request: HttpRequest, run: int) -> Run:
    related = ("version__artifact", "unit")
    seen = Run.objects.visible_to(request.user).select_related(*related).filter(number=run).first()
    if seen is None:
        raise Http404("no such run, or not yours")
    return seen


urlpatterns = [
    path("files/<uuid:pk>/", file, name="file"),
    path("runs/<int:run>/comments/", comment, name="comment"),
    path("runs/<int:run>/people/", people, name="run-people"),
]
