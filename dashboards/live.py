"""What changed, pushed: server-sent events that carry ids of runs and nothing else, and the same news for polling.

One thread a process watches the database while anybody listens: on SQLite it asks `PRAGMA data_version` five times
a second, on PostgreSQL it listens to the channel `penstock`; both then read which runs changed, by `changed_at`.
That thread also asks, with its one connection, which of them each listening person may see, and fans the ids out.
Under WSGI there is no stream and pages poll.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from engine.values import digest
from runs.models import Run, Ticked
from workflows.models import Person

CHANNEL = "penstock"
LOOK_EVERY = 0.2
"""Seconds between two looks at SQLite's data version; also how soon the watcher ends after the last listener."""
Change = tuple[UUID, int, datetime]
"""A run, what tells this change from others of it, and when it was."""
LISTEN_FOR = 1.0
"""Seconds on PostgreSQL after which the table is read although nobody rang: a lost NOTIFY costs no more than that."""
ALIVE_EVERY = 15.0
OVERLAP = timedelta(seconds=5)
"""A transaction may commit later than its time says; older rows are read again and known ones dropped."""
STREAM_FOR = 900.0
"""Seconds after which a stream ends and the browser opens the next one, so that a sign-out is noticed."""
MOST = 200


@dataclass(eq=False)
class Listener:
    """One open stream."""

    person: int
    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[list[str]] = field(default_factory=asyncio.Queue)

    def tell(self, ids: list[str]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop closed meanwhile: nobody is left to be told
            self.loop.call_soon_threadsafe(self.queue.put_nowait, ids)


class Watcher:
    """The one watching thread of this process: begins with the first listener, ends with the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._thread: threading.Thread | None = None

    def add(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.add(listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="live", daemon=True)
                self._thread.start()

    def remove(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)

    def _somebody_listens(self) -> bool:
        """Whether to go on; the last look clears the thread under the lock, so that none is lost or doubled."""
        with self._lock:
            if self._listeners:
                return True
            self._thread = None
            return False

    def _watch(self) -> None:
        since, known = timezone.now() - OVERLAP, set[Change]()
        waits = _waits()
        try:
            while self._somebody_listens():
                try:
                    if next(waits):
                        since, known = self._look(since, known)
                except (DatabaseError, InterfaceError):
                    connection.close()
                    waits = _waits()
                    time.sleep(LISTEN_FOR)
        finally:
            connection.close()

    def _look(self, since: datetime, known: set[Change]) -> tuple[datetime, set[Change]]:
        """Tell what changed since the last look, and return what is known now. A tick changes no run, but its page."""
        runs = Run.objects.filter(changed_at__gte=since - OVERLAP).values_list("pk", "seq", "changed_at")
        ticks = Ticked.objects.filter(at__gte=since - OVERLAP).values_list("step__run", "pk", "at")
        found = {*runs, *ticks}
        if found - known:
            self._fan_out(list({run for run, _, _ in found - known}))
        return max([since, *(at for _, _, at in found)]), found

    def _fan_out(self, changed: list[UUID]) -> None:
        with self._lock:
            listeners = list(self._listeners)
        by_person: dict[int, list[Listener]] = {}
        for listener in listeners:
            by_person.setdefault(listener.person, []).append(listener)
        for person in Person.objects.filter(pk__in=by_person):
            ids = _visible(person, changed)
            for listener in by_person[person.pk] if ids else ():
                listener.tell(ids)


def _waits() -> Any:
    """Yield whether something may have changed, each time after waiting for it a moment."""
    return _wait_on_postgres() if connection.vendor == "postgresql" else _wait_on_sqlite()


def _wait_on_sqlite() -> Iterable[bool]:
    last = None
    while True:
        with connection.cursor() as cursor:
            version = cursor.execute("PRAGMA data_version").fetchone()[0]
        yield version != last
        last = version
        time.sleep(LOOK_EVERY)


def _wait_on_postgres() -> Iterable[bool]:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    while True:
        for _ in connection.connection.notifies(timeout=LISTEN_FOR, stop_after=1):
            pass
        yield True


watcher = Watcher()


def _visible(person: Person, ids: list[UUID]) -> list[str]:
    """Which of these runs this person may see, now."""
    found = []
    for start in range(0, len(ids), MOST):
        found += Run.objects.visible_to(person).filter(pk__in=ids[start : start + MOST]).values_list("pk", flat=True)
    return [str(pk) for pk in found]


def _news_since(person: Person, since: str) -> dict[str, Any]:
    """Say what changed after this cursor and give the next one. An unknown cursor means: from now on."""
    cursor = Run.objects.aggregate(at=Max("changed_at"))["at"] or timezone.now()
    after = parse_datetime(since.replace(" ", "+")) if since else None
    if after is None or timezone.is_naive(after):
        return {"runs": [], "versions": [], "more": False, "cursor": cursor.isoformat()}
    changed = Run.objects.visible_to(person).filter(changed_at__gte=after - OVERLAP).order_by("-changed_at", "pk")
    rows = list(changed.values_list("pk", "seq")[: MOST + 1])
    return {
        "runs": [str(pk) for pk, _ in rows[:MOST]],
        "versions": [seq for _, seq in rows],
        "more": len(rows) > MOST,
        "cursor": cursor.isoformat(),
    }


def _say(event: str, news: dict[str, Any]) -> str:
    head = f"id: {news['cursor']}\n" if "cursor" in news else ""
    return f"{head}event: {event}\ndata: {json.dumps(news)}\n\n"


async def _stream(person: Person, since: str) -> AsyncIterator[str]:
    listener = Listener(person.pk, asyncio.get_running_loop())
    watcher.add(listener)
    try:
        yield "retry: 2000\n\n"
        yield _say("runs", await sync_to_async(_first_news)(person, since))
        end = listener.loop.time() + STREAM_FOR
        while listener.loop.time() < end:
            try:
                ids = await asyncio.wait_for(listener.queue.get(), ALIVE_EVERY)
            except TimeoutError:
                yield _say("alive", {})
                continue
            while not listener.queue.empty():
                ids += listener.queue.get_nowait()
            yield _say("runs", {"runs": sorted(set(ids)), "cursor": timezone.now().isoformat()})
    finally:
        watcher.remove(listener)


def _first_news(person: Person, since: str) -> dict[str, Any]:
    """What was missed before this stream opened; then this request's own connection is given back."""
    news = _news_since(person, since)
    if not connection.in_atomic_block:
        connection.close()
    return news


async def live(request: HttpRequest) -> HttpResponseBase:
    """The stream of a signed-in person. Anybody else, and a server that cannot stream, is told to poll."""
    person = await request.auser()
    if request.method != "GET" or not person.is_authenticated:
        return HttpResponse(status=403)
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)
    since = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    response = StreamingHttpResponse(_stream(person, since), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@require_safe
@login_required
def changes(request: HttpRequest) -> HttpResponse:
    """The same news for pages whose stream fails: 304 while nothing has changed since the last answer."""
    news = _news_since(request.user, request.GET.get("since", ""))
    etag = f'"{digest([news["runs"], news["versions"]])[:32]}"'
    if request.headers.get("If-None-Match") == etag and request.GET.get("since"):
        response: HttpResponse = HttpResponse(status=304)
    else:
        response = JsonResponse(news)
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


urlpatterns = [
    path("live/", live, name="live"),
    path("live/changes/", changes, name="live-changes"),
]
