"""The open streams of this process: who listens to what, how many there may be, and what waits to be sent to each.

What is told to a stream waits in a short line of its own. A reader that is too slow for it loses the line and is told
to ask for everything instead, so a stuck connection costs no memory and misses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Iterable

from dashboards.live.interest import Interest
from dashboards.live.signed_in import Visitor

EACH = 20
"""Streams of one person; with one more the oldest ends, and that page polls."""
WAITING_BYTES = 256_000
"""What may wait for one reader."""


class Listener:
    """One open stream. All but the fixed facts is touched in its event loop alone."""

    __slots__ = ("_bytes", "_line", "awake", "interest", "is_behind", "loop", "over", "visitor")

    def __init__(self, visitor: Visitor, interest: Interest) -> None:
        self.visitor = visitor
        self.interest = interest
        self.loop = asyncio.get_running_loop()
        self.awake = asyncio.Event()
        self.over = ""
        self.is_behind = False
        self._line: deque[bytes] = deque()
        self._bytes = 0

    def take(self, said: bytes) -> None:
        if self._bytes + len(said) > WAITING_BYTES:
            self._line.clear()
            self._bytes, self.is_behind = 0, True
        elif not self.is_behind:
            self._line.append(said)
            self._bytes += len(said)
        self.awake.set()

    def give(self) -> bytes:
        """Return what waits to be sent, all at once."""
        said = b"".join(self._line)
        self._line.clear()
        self._bytes = 0
        self.awake.clear()
        return said

    def end(self, why: str) -> None:
        """Let the stream end, and say why: `gone`, `signed-out`, `too-many`."""
        self.over = self.over or why
        self.awake.set()


class Listeners:
    """All of this process. `cursor` is up to when everything has been handed out, as the pages send it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[Listener, None] = {}
        self.cursor = ""

    def add(self, listener: Listener, most: int) -> bool:
        """Keep one more, unless there are `most`. Of one person's the oldest ends where there are too many."""
        with self._lock:
            if len(self._all) >= most:
                return False
            theirs = [one for one in self._all if one.visitor.person == listener.visitor.person and not one.over]
            self._all[listener] = None
        if len(theirs) >= EACH:
            _in_its_loop(theirs[0], "too-many")
        return True

    def remove(self, listener: Listener) -> None:
        with self._lock:
            self._all.pop(listener, None)

    def now(self) -> list[Listener]:
        with self._lock:
            return list(self._all)

    def count(self) -> int:
        return len(self._all)

    def hand_out(self, said: Iterable[tuple[Listener, bytes]], cursor: str) -> None:
        """Put what was said into the lines, from any thread: one call into each event loop, in order."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Listener, bytes]]] = {
            listener.loop: [] for listener in self.now()
        }
        for listener, text in said:
            by_loop.setdefault(listener.loop, []).append((listener, text))
        for loop, lines in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop closed meanwhile: nobody is left to be told
                loop.call_soon_threadsafe(self._take, lines, cursor)

    def end(self, listeners: Iterable[Listener], why: str) -> None:
        for listener in listeners:
            _in_its_loop(listener, why)

    def _take(self, lines: list[tuple[Listener, bytes]], cursor: str) -> None:
        self.cursor = cursor
        for listener, text in lines:
            listener.take(text)


def _in_its_loop(listener: Listener, why: str) -> None:
    with contextlib.suppress(RuntimeError):
        listener.loop.call_soon_threadsafe(listener.end, why)


listeners = Listeners()
