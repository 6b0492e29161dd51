"""One stream of server-sent events, as a small ASGI application below Django's handler.

An open stream holds its connection, two tasks and a `Listener`: no request, no response, no middleware. That is what
keeps a thousand idle ones small.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings
from django.http import QueryDict

from dashboards.live import interest, signed_in
from dashboards.live.fan_out import BELL, said
from dashboards.live.interest import Interest
from dashboards.live.listeners import Listener, listeners
from dashboards.live.missed import missed
from dashboards.live.signed_in import Visitor
from dashboards.live.watcher import watcher
from dashboards.uploads import App, Receive, Scope, Send
from workflows.models import Person

Answer = TypeVar("Answer")

PATH = "/live/"
ALIVE_EVERY = 15.0
STREAM_FOR = 900.0
"""Seconds after which a page is asked to open its stream again: what a proxy or a laptop holds open is let go."""
SENT_WITHIN = 30.0
"""Seconds that a reader may take for what is sent to it; after that nobody reads."""

HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

_threads = ThreadPoolExecutor(4, thread_name_prefix="live-open")
"""Opening a stream asks the database; a thousand pages that come back at once take turns."""


@dataclass(frozen=True)
class Asked:
    """What the request says: its cookies, its host, the interest and the cursor."""

    cookies: str
    host: str
    interest: Interest
    since: str


def with_streams(app: App) -> App:
    """Return the application with the streams served before it."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == scope.get("root_path", "") + PATH:
            return await stream(scope, receive, send)
        return await app(scope, receive, send)

    return either


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for a stream: with one, or with why there is none (403, 503)."""
    asked = _asked(scope)
    found = await _in_a_thread(_visitor, asked)
    if found is None:
        return await _refuse(send, 403)
    visitor, person = found
    listener = Listener(visitor, asked.interest)
    if not watcher.add(listener, settings.PENSTOCK_LIVE_MOST):
        return await _refuse(send, 503, (b"retry-after", b"30"))
    gone = asyncio.ensure_future(_until_gone(receive, listener))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        # listening first, then what was missed: nothing falls between the two
        first = await _in_a_thread(_missed, person, asked)
        del person, found, asked, scope
        await _send(send, f"retry: {random.randint(1000, 4000)}\n\n".encode() + first)
        await _tell(listener, send)
        await _send(send, _last_words(listener), more=False)
    except asyncio.CancelledError:
        # the server stops: the answer is brought to its end
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except TimeoutError:
        pass  # nobody reads: the server closes the connection
    finally:
        gone.cancel()
        listeners.remove(listener)


async def _tell(listener: Listener, send: Send) -> None:
    """Send what is handed to this listener until the stream is over."""
    end = listener.loop.time() + STREAM_FOR * random.uniform(0.9, 1.0)
    while not listener.over and listener.loop.time() < end:
        try:
            async with asyncio.timeout(ALIVE_EVERY):
                await listener.awake.wait()
        except TimeoutError:
            await _send(send, b": alive\n" + said("alive", listeners.cursor))
            continue
        text = listener.give()
        if listener.is_behind:
            listener.is_behind = False
            text = said("runs", listeners.cursor, runs=[], more=True) + BELL
        if text:
            await _send(send, text)


def _last_words(listener: Listener) -> bytes:
    return said("over", why=listener.over) if listener.over else said("again", listeners.cursor)


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end("gone")


async def _send(send: Send, body: bytes, more: bool = True) -> None:
    async with asyncio.timeout(SENT_WITHIN):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _refuse(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    all_headers = [(b"content-length", b"0"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": b""})


def _asked(scope: Scope) -> Asked:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    query = QueryDict(scope["query_string"])
    return Asked(
        cookies=headers.get(b"cookie", ""),
        host=headers.get(b"host", ""),
        interest=interest.read(query),
        since=headers.get(b"last-event-id", "") or query.get("since", ""),
    )


async def _in_a_thread(ask: Callable[..., Answer], *arguments: object) -> Answer:
    return await asyncio.get_running_loop().run_in_executor(_threads, ask, *arguments)


def _visitor(asked: Asked) -> tuple[Visitor, Person] | None:
    try:
        return signed_in.visitor(asked.cookies) if signed_in.is_our_host(asked.host) else None
    finally:
        signed_in.give_back_connection()


def _missed(person: Person, asked: Asked) -> bytes:
    try:
        return missed(person, asked.interest, asked.since).events()
    finally:
        signed_in.give_back_connection()
