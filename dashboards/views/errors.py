"""What a page says when it cannot be shown: what happened, what was kept, and what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from engine.machine.commands import Refusal
from runs import guard, security_log
from runs.models import Run


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that is nothing, or a run that is not the reader's: the same words for both.

    Whoever would have done something to a run that is not theirs stands in the security log.
    """
    if request.method == "POST" and request.resolver_match is not None and request.user.is_authenticated:
        given = request.resolver_match.kwargs
        run = Run.objects.filter(number=given.get("run") or given.get("number") or 0).first()
        verdict = guard.may(request.user, "see", run) if run else guard.YES
        if run and not verdict:
            act = request.resolver_match.url_name or ""
            security_log.note(request.user, act[:30], run, "", Refusal(verdict.code, verdict.sentence))
    # a fragment takes the place of the whole page: what it offered is no longer to be had, and it asks no more
    template = "errors/gone.html" if request.headers.get("HX-Request") else "errors/404.html"
    return render(request, template, status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", {"reason": str(exception or "")}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's proof of origin is missing or old: nothing was done, and the way back keeps what was typed."""
    return render(request, "errors/csrf.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of ours. Rendered without the frame, which may be what is broken."""
    return HttpResponse(loader.get_template("errors/500.html").render(), status=500)
