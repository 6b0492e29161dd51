"""Import of people and units: what would each line do? Then all of it, or nothing."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboards.units import importing
from dashboards.units.importing import Given, Preview
from workflows import guard
from workflows.directory.imports.doing import NotImported
from workflows.directory.imports.table import COLUMNS, MOST_LINES

REFUSED, WRONG = 403, 422


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_people(request: HttpRequest) -> HttpResponse:
    """Ask for a table; a POST says what its lines would do, and with `seen`, what was looked at, does it."""
    may = guard.may_arrange(request.user)
    if request.method != "POST":
        if not may:
            raise Http404("not an administrator")
        return _page(request, Given())
    new = request.POST.get("new_groups") == "true"
    sent = importing.given(request.POST.get("text", ""), request.FILES.get("file"), new)
    seen = request.POST.get("seen", "")
    # what was changed in the field since is looked at first, and whoever may not is refused by the verb
    act = request.POST.get("act")
    if may and (sent.trouble or not seen or act != "import"):
        return _look(request, sent, is_whole=act == "look-at-all")
    answer = importing.do(sent, request.user, seen)
    if isinstance(answer, str):
        if not may:
            raise Http404("not for this person")
        return _page(request, sent, trouble=answer, status=WRONG)
    if isinstance(answer, NotImported):
        if answer.plan is None and not guard.may_read_directory(request.user):
            raise Http404("not for this person")
        preview = importing.preview(answer.plan) if answer.plan else None
        return _page(request, sent, preview, answer.sentence, REFUSED if answer.plan is None else WRONG)
    said = f"{answer.detail.capitalize()}; kept in the log under your name." if answer else "It was so already."
    messages.success(request, said)
    return redirect("units" if answer and answer.about == "units" else "people")


def _look(request: HttpRequest, sent: Given, is_whole: bool) -> HttpResponse:
    if sent.trouble:
        return _page(request, sent, trouble=sent.trouble, status=WRONG)
    found = importing.look(sent, request.user, is_whole)
    if isinstance(found, str):
        return _page(request, sent, trouble=found, status=WRONG)
    return _page(request, sent, found)


def _page(
    request: HttpRequest, sent: Given, preview: Preview | None = None, trouble: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "section": "people",
        "sent": sent,
        "preview": preview,
        "trouble": trouble,
        "columns": COLUMNS,
        "most": MOST_LINES,
    }
    return render(request, "units/import.html", context, status=status)


urlpatterns = [path("people/import/", import_people, name="import-people")]
