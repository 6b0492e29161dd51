"""Notices: what is new for the reader. Reading is a POST; looking at the list changes nothing."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboards import notified
from runs.notices import reading


@never_cache
@require_safe
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """The page, for HTMX its list alone."""
    return _list(request)


def _list(request: HttpRequest) -> HttpResponse:
    fragment = bool(request.headers.get("HX-Request"))
    try:
        page, lost = reading.page(request.user, request.GET.get("after", "")), False
    except reading.BadCursor:
        page, lost = reading.page(request.user), True
    context = {
        "section": "notices",
        "page": page,
        "unread": notified.lines(page.unread, page.sight),
        "earlier": notified.lines(page.earlier, page.sight),
        "lost": lost,
        "first": not request.GET.get("after"),
        "fragment": fragment,
    }
    return render(request, "notices/notices.html#list" if fragment else "notices/notices.html", context)


@never_cache
@require_safe
@login_required
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone; nothing where it shows that many already, so that nobody is told twice."""
    count = reading.unread_count(request.user)
    if request.GET.get("shown") == str(count):
        return HttpResponse(status=204)
    return render(request, "components/bell.html", {"unread_count": count})


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notice as read, or all that the page has shown."""
    if request.POST.get("notice", "").isdigit():
        reading.mark(request.user, [_number(request.POST["notice"])])
    elif request.POST.get("newest", "").isdigit():
        reading.mark_all(request.user, _number(request.POST["newest"]))
    return _list(request) if request.headers.get("HX-Request") else redirect("notices")


def _number(digits: str) -> int:
    """A key, or none where the digits are more than any key has."""
    return int(digits) if digits.isascii() and len(digits) <= 18 else 0


@login_required
@require_POST
def opened(request: HttpRequest, run: int, visit: int | None = None) -> HttpResponse:
    """The page of a step or a run is open before its reader: what was told of it is read."""
    if not reading.opened(request.user, run, visit):
        return HttpResponse(status=204)
    return render(request, "components/bell.html", {"unread_count": reading.unread_count(request.user)})


@login_required
@require_POST
def opened_page(request: HttpRequest) -> HttpResponse:
    """A page of governance is open before its reader: what led there is read."""
    if not reading.opened_page(request.user, request.GET.get("page", "")[:300]):
        return HttpResponse(status=204)
    return render(request, "components/bell.html", {"unread_count": reading.unread_count(request.user)})


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/bell/", bell, name="notices-bell"),
    path("notices/read/", read, name="notices-read"),
    path("notices/opened/", opened_page, name="notices-opened-page"),
    path("notices/opened/<int:run>/", opened, name="notices-opened-run"),
    path("notices/opened/<int:run>/<int:visit>/", opened, name="notices-opened"),
]
