"""A browser's side of the stream, for tests: the real ASGI application, asked as an ASGI server asks it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from dashboards.asgi import application
from workflows.models import Person


@dataclass(frozen=True)
class Event:
    name: str
    data: dict[str, Any]
    id: str = ""


@dataclass
class Stream:
    """One open stream. `reads` is cleared to be a reader that takes nothing any more."""

    person: Person
    query: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    status: int = 0
    answer: dict[str, str] = field(default_factory=dict)
    text: str = ""
    seen: int = 0

    async def __aenter__(self) -> Stream:
        cookie = self.cookie = await asyncio.to_thread(cookie_of, self.person)
        self.leaves, self.reads, self.said = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.reads.set()
        headers = [(b"host", b"localhost"), (b"cookie", cookie.encode()), *self.headers]
        query = self.query.encode()
        scope = {"type": "http", "method": "GET", "path": "/live/", "query_string": query, "headers": headers}
        self.task = asyncio.create_task(application(scope, self._receive, self._send))
        await self.until(lambda: bool(self.status))
        return self

    async def __aexit__(self, *fault: object) -> None:
        self.leaves.set()
        self.reads.set()
        await asyncio.wait_for(self.task, 5)

    async def _receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.answer = {name.decode(): value.decode() for name, value in message["headers"]}
        self.text += message.get("body", b"").decode()
        self.said.set()

    async def until(self, holds: Callable[[], bool], seconds: float = 5) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                self.said.clear()
                await self.said.wait()

    @property
    def events(self) -> list[Event]:
        return [event for event in map(read, self.text.split("\n\n")[:-1]) if event.name]

    def named(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    @property
    def runs(self) -> set[str]:
        """Every id that was told."""
        return {run for event in self.named("runs") for run in event.data["runs"]}

    async def next(self, name: str, seconds: float = 5) -> Event:
        """The next event of this name, after those that were taken so."""
        await self.until(lambda: any(event.name == name for event in self.events[self.seen :]), seconds)
        at = next(n for n, event in enumerate(self.events) if n >= self.seen and event.name == name)
        self.seen = at + 1
        return self.events[at]


def read(text: str) -> Event:
    lines = dict(line.split(": ", 1) for line in text.split("\n") if ": " in line and not line.startswith(":"))
    return Event(lines.get("event", ""), json.loads(lines.get("data", "{}")), lines.get("id", ""))


def cookie_of(person: Person) -> str:
    """Sign in, in a thread of one's own."""
    try:
        browser = Client()
        browser.force_login(person)
        return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    finally:
        if not connection.in_atomic_block:
            connection.close()


async def elsewhere(act: Callable[[], Any]) -> Any:
    """Do something on a connection of its own, as another process would."""
    made: list[Any] = []

    def do() -> None:
        try:
            made.append(act())
        finally:
            connection.close()

    thread = threading.Thread(target=do)
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(0.005)
    return made[0]
