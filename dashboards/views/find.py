"""Find anything: a page at its own address, for HTMX the list alone. And the switch of single-letter keys."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboards import frame
from dashboards.finder import found
from dashboards.finder.pages import Around
from dashboards.views.signin import safe_next
from runs.health.readers import may_see_health
from runs.staffing import readers
from workflows import guard


@never_cache
@require_safe
@login_required
def find(request: HttpRequest) -> HttpResponse:
    text = found.read(request.GET)
    is_list = bool(request.headers.get("HX-Request"))
    around = _around(request, is_list)
    context = {
        "section": "find",
        "found": found.find(request.user, text, around, timezone.now()),
        "reads_directory": around.reads_directory,
    }
    return render(request, "find/list.html" if is_list else "find/find.html", context)


def _around(request: HttpRequest, is_list: bool) -> Around:
    return Around(
        sees_gates=bool(readers.paths(request.user)),
        sees_health=may_see_health(request.user),
        sees_governance=bool(guard.governed(request.user)),
        reads_directory=guard.may_read_directory(request.user),
        theme=frame.theme_of(request),
        letters=frame.letters_of(request),
        here=request.headers.get("HX-Current-URL", "") if is_list else request.get_full_path(),
    )


@require_POST
def letters(request: HttpRequest) -> HttpResponse:
    """Remember in this browser whether single letters are keys (WCAG 2.1.4)."""
    chosen = request.POST.get("letters", "")
    response: HttpResponse
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
    else:
        response = HttpResponseRedirect(safe_next(request, "my-work"))
    if chosen in frame.LETTERS:
        response.set_cookie(frame.LETTERS_COOKIE, chosen, max_age=400 * 86_400, samesite="Lax", httponly=True)
    return response


urlpatterns = [path("find/", find, name="find"), path("letters/", letters, name="letters")]
