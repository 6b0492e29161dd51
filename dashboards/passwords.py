"""A password that somebody else set is good for one thing: to choose one's own.

Whoever set it knows it, so until it is replaced nothing can be done in this person's name.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

#: Pages that are open all the same.
OPEN = ("my-password", "sign-out", "theme", "letters")


def own_password_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: whoever's password is temporary is sent to the page where it is replaced, whatever they ask for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_temporary = request.user.is_authenticated and request.user.password_is_temporary
        if is_temporary and request.path not in {reverse(name) for name in OPEN}:
            return redirect("my-password")
        return get_response(request)

    return middleware
