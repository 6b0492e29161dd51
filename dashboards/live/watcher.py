"""The one watching thread of this process: begins with the first listener, ends with the last.

It has a connection of its own, looks when it is woken, and hands out what is new. After a look it rests half as long as
that took, so that in the busiest hour something is left for pages, and what gathers meanwhile is told together.
"""

from __future__ import annotations

import threading
import time

import structlog
from django.db import DatabaseError, InterfaceError, connection

from dashboards.live import fan_out, signed_in
from dashboards.live.alarms import Wake, wakes
from dashboards.live.changes import Changes
from dashboards.live.listeners import Listener, Listeners, listeners

CHECK_EVERY = 5.0
"""Seconds after which a stream of somebody who is not signed in any more is noticed."""
AFTER_A_FAULT = 1.0

log = structlog.get_logger()


class Watcher:
    def __init__(self, listeners: Listeners) -> None:
        self._listeners = listeners
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def is_watching(self) -> bool:
        return self._thread is not None

    def add(self, listener: Listener, most: int) -> bool:
        """Let one more listen, and watch; False where there are `most` already."""
        with self._lock:
            if not self._listeners.add(listener, most):
                return False
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="live", daemon=True)
                self._thread.start()
            return True

    def _goes_on(self) -> bool:
        """Whether somebody listens; the last look clears the thread under the lock, so that none is lost or doubled."""
        with self._lock:
            if self._listeners.count():
                return True
            self._thread = None
            return False

    def _watch(self) -> None:
        try:
            while self._goes_on():
                try:
                    self._watch_until_nobody_listens()
                except (DatabaseError, InterfaceError) as fault:
                    log.warning("live_watcher_failed", fault=str(fault))
                    connection.close()
                    time.sleep(AFTER_A_FAULT)
        finally:
            _stop_hearing()
            connection.close()

    def _watch_until_nobody_listens(self) -> None:
        changes, checked_at = Changes(), time.monotonic()
        for wake in wakes():
            if not self._somebody_listens():
                return
            if not wake.nothing:
                self._look(changes, wake)
            if time.monotonic() - checked_at > CHECK_EVERY:
                checked_at = time.monotonic()
                self._end_those_who_left()

    def _somebody_listens(self) -> bool:
        return self._listeners.count() > 0

    def _look(self, changes: Changes, wake: Wake) -> None:
        began = time.monotonic()
        new = changes.look(wake)
        self._listeners.hand_out(fan_out.told(new, self._listeners.now()), new.cursor.isoformat())
        time.sleep((time.monotonic() - began) / 2)

    def _end_those_who_left(self) -> None:
        now = self._listeners.now()
        left = signed_in.left(one.visitor for one in now)
        self._listeners.end((one for one in now if one.visitor in left), "signed-out")


def _stop_hearing() -> None:
    """A connection of a pool is used again by others, who must not hear what they do not ask for."""
    if connection.vendor == "postgresql" and connection.connection is not None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("UNLISTEN *")
        except (DatabaseError, InterfaceError):
            pass  # it is gone, and hears nothing any more


watcher = Watcher(listeners)
