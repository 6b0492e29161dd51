"""What stands around every page: the reader's zone, the theme, the navigation and its counts.

Middleware and one context processor; no view knows of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from dashboards import worklist
from dashboards.demo import organisation
from runs.health import readers as health
from runs.notices import reading
from runs.staffing import readers
from workflows.guard import GOVERNING, READERS

THEME_COOKIE = "theme"
THEMES = ("system", "light", "dark")
LETTERS_COOKIE = "letters"
LETTERS = ("on", "off")
OPENING = frozenset({"gate", "task", "run"})
"""Pages whose opening reads what was told of what they show: by a POST of the page, never by the GET of a program."""
GOVERNED = frozenset({"review", "exception", "playbook", "plan", "rollout", "newer-parent"})
"""The same, where what was told leads to the page by its address."""


def theme_of(request: HttpRequest) -> str:
    """The theme that the reader chose, or `system`."""
    chosen = request.COOKIES.get(THEME_COOKIE, "system")
    return chosen if chosen in THEMES else "system"


def letters_of(request: HttpRequest) -> bool:
    """Whether single letters are keys in this browser (WCAG 2.1.4: they can be switched off)."""
    return request.COOKIES.get(LETTERS_COOKIE) != "off"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of `base.html`: theme, demo, what stands beside My work and the bell (asked where drawn)."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    held = SimpleLazyObject(lambda: set(request.user.parts.values_list("part", flat=True)))
    return {
        "theme": theme_of(request),
        "themes": THEMES,
        "letters": letters_of(request),
        "demo": settings.DEMO,
        "demo_password": organisation.PASSWORD if settings.DEMO else "",
        "sees_gates": SimpleLazyObject(lambda: not held.isdisjoint(readers.PARTS)) if signed_in else False,
        "sees_health": SimpleLazyObject(lambda: request.user.is_superuser or not held.isdisjoint(health.PARTS))
        if signed_in
        else False,
        "sees_people": SimpleLazyObject(lambda: not held.isdisjoint(READERS)) if signed_in else False,
        "sees_governance": SimpleLazyObject(lambda: not held.isdisjoint(GOVERNING)) if signed_in else False,
        "waiting_count": SimpleLazyObject(lambda: worklist.waiting_count(request.user)) if signed_in else 0,
        "unread_count": SimpleLazyObject(lambda: reading.unread_count(request.user)) if signed_in else 0,
        "opened": _opened(request) if signed_in else "",
    }


def _opened(request: HttpRequest) -> str:
    """Where a page of a run, a step or something governed says, once it is there, that its reader has opened it."""
    match = request.resolver_match
    if match is not None and match.url_name in GOVERNED:
        return f"{reverse('notices-opened-page')}?{urlencode({'page': request.path})}"
    if match is None or match.url_name not in OPENING:
        return ""
    numbers = [match.kwargs[name] for name in ("run", "number", "visit") if name in match.kwargs]
    return reverse("notices-opened" if len(numbers) == 2 else "notices-opened-run", args=numbers)


def in_the_readers_zone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: show days and times in the zone of whoever reads."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            with timezone.override(request.user.zone):
                return get_response(request)
        return get_response(request)

    return middleware
