"""Files, given out one by one through the guard so that no browser executes one; and comments with files."""

from __future__ import annotations

from typing import BinaryIO
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from dashboards import attaching
from dashboards.views.signin import safe_next
from engine.machine.commands import Refusal
from runs import comment as comments
from runs import files, kinds
from runs.models import File, Run
from runs.outcomes import FieldErrors, is_accepted

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
def file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
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


def _given(found: File, content: BinaryIO, inline: bool) -> FileResponse:
    """Django writes the name as RFC 6266 and RFC 5987 want it."""
    given = FileResponse(content, as_attachment=not inline, filename=found.name, content_type=found.type)
    for name, value in HEADERS.items():
        given[name] = value
    return given


@login_required
@require_POST
def comment(request: HttpRequest, run: int) -> HttpResponse:
    """Keep a comment with its files and go back to the page it was written on; what is wrong is put right here."""
    seen = Run.objects.visible_to(request.user).select_related("version__artifact").filter(number=run).first()
    if seen is None:
        raise Http404("no such run, or not yours")
    text, number = request.POST.get("text", ""), request.POST.get("visit", "")
    visit = int(number) if number.isdecimal() and len(number) < 10 else None
    attached = attaching.read(request, seen)
    if isinstance(attached, Refusal):
        answer: object = FieldErrors({attached.code.removeprefix("field:"): attached.sentence})
    else:
        answer = comments.comment(seen, request.user, text, visit, attached, request.POST.get("key") or None)
    if is_accepted(answer):
        messages.success(request, "Your comment is kept in the log.")
        there = safe_next(request, "my-work") if request.POST.get("next") else reverse("run", args=[run])
        return HttpResponseRedirect(there)
    errors = answer if isinstance(answer, FieldErrors) else {}
    refusal = answer if isinstance(answer, Refusal) else None
    name, says = next(iter(errors.items()), ("", ""))
    context = {
        "section": "runs",
        "run": seen,
        "text": text,
        "visit": visit,
        "next": request.POST.get("next", ""),
        "key": request.POST.get("key") or uuid4().hex,
        "text_error": errors.get("text", ""),
        "attach": attaching.offer(request, seen, None, Refusal(f"field:{name}", says) if name else None, id="said"),
        "refusal": refusal,
    }
    return render(request, "comments/comment.html", context, status=REFUSED if refusal else WRONG)


urlpatterns = [
    path("files/<uuid:pk>/", file, name="file"),
    path("runs/<int:run>/comments/", comment, name="comment"),
]
