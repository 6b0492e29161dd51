"""`manage.py clock`: fires what is due every half second, looks after what was lost or comes due every minute."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connection

from runs.health import beats
from runs.models import Beat
from runs.work.audit import audit
from runs.work.leftovers import forget
from runs.work.sweep import sweep
from workflows.reminding import remind

SWEEP_SECONDS, AUDIT_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 60.0, 15.0

log = structlog.get_logger()


class Command(BaseCommand):
    """Any number of clocks may run at once; each works without knowing of the others."""

    help = "Fire timers and schedules, let in runs that wait, and ring for work that is due, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="sweep and audit once, and end")

    def handle(self, *args: Any, once: bool = False, **options: Any) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        if once:
            reminded, swept = remind(), sweep()
            self.stdout.write(
                f"{swept.timers} timers fired, {swept.started} runs started by a schedule, {swept.admitted} let in, "
                f"{audit()} flaws found, {forget()} uploads forgotten, {reminded} due to be told"
            )
            return
        log.info("clock_started")
        heart = beats.Heartbeat(Beat.Kind.CLOCK)
        tick_until(stopped, heart)
        heart.stop()
        log.info("clock_stopped")


def tick_until(stopped: threading.Event, heart: beats.Heartbeat) -> None:
    """Sweep and audit until stopped, and say after each sweep that this clock goes.

    A database that is away is waited for, with growing pauses.
    """
    next_audit, pause = time.monotonic(), SWEEP_SECONDS
    while not stopped.is_set():
        close_old_connections()
        try:
            sweep()
            heart.beat()
            if time.monotonic() >= next_audit:
                next_audit = time.monotonic() + AUDIT_SECONDS
                audit()
                forget()
                beats.forget()
                remind()
            pause = SWEEP_SECONDS
        except Exception:
            log.exception("sweep_failed", pause_seconds=pause)
            connection.close()
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        stopped.wait(pause)
