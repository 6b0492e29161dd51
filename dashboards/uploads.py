"""How much one request may send: what is larger is refused before it is read.

An ASGI server hands the body over piece by piece, and Django would write all of it to disk before any view is asked. So
the limit stands in front of Django: by the length that the request announces, else by what has come so far.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.template import loader

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: A submission may have as many full files as this; the form beside them needs little.
FULL_FILES, FORM = 4, 5_000_000


class TooLarge(Exception):
    """More has come than a request may have."""


def most() -> int:
    """How many bytes a request may have."""
    return int(settings.PENSTOCK_FILE_MB * 1_000_000) * FULL_FILES + FORM


def limited(app: App) -> App:
    """Return the application with the limit in front of it."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        if _announced(scope) > most():
            return await _refuse(send)
        came, begun = 0, False

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most():
                raise TooLarge
            return message

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await app(scope, counted, sent)
        except TooLarge:
            if not begun:
                await _refuse(send)

    return guarded


def limited_wsgi(app: WSGIApplication) -> WSGIApplication:
    """Return a WSGI application with the limit in front of it; a body there is as long as was announced."""

    def guarded(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) <= most():
            return app(environ, start)
        body, headers = _answer()
        start("413 Content Too Large", [(name.decode(), value.decode()) for name, value in headers])
        return [body]

    return guarded


def _announced(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


async def _refuse(send: Send) -> None:
    body, headers = _answer()
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _answer() -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Say so, and close: what still comes is not read."""
    body = loader.get_template("errors/413.html").render({"most": f"{most() // 1_000_000} MB"}).encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    return body, headers
