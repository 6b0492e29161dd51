"""Taking work and keeping it: claim, lease, heartbeat.

A claim raises the row's token and its count of claims in the statement that takes it; whoever delivers
later must still hold that token (guarantees 2.3). The lease outlives six missed heartbeats.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection
from django.db.models import Q

from engine.lifecycles import RUN_OPEN, WorkStatus
from runs.clock import Clock, database_clock
from runs.models import Work
from runs.outbox import order
from workflows.writing import writing

LEASE = timedelta(seconds=30)
BEAT_SECONDS = 5.0
#: So many claims without a result, and whoever claims it next reports it as lost instead of doing it.
MOST_CLAIMS = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claimed:
    """One row of work in this process's hands. `claims` counts this one too."""

    pk: int
    token: int
    claims: int
    run_id: UUID
    kind: str
    visit: int
    name: str
    payload: str

    @property
    def handle(self) -> tuple[int, int]:
        return self.pk, self.token


def claim(
    most: int, providers: Sequence[str], kinds: Collection[str] = (), clock: Clock = database_clock
) -> list[Claimed]:
    """Take up to `most` rows that are due, or whose lease ended; earliest first. Of these kinds, or of all.

    Of a paused run only what it is told from outside.

    Actions only of these providers: what a worker does not know it leaves to those who do (guarantees 7.23).
    """
    with writing():
        now, lease, times = _times(clock)
        known = ", ".join(["%s"] * len(providers))
        conditions = f"(w.kind <> 'action' OR w.name IN ({known}))" if providers else "w.kind <> 'action'"
        parameters: list[Any] = [*times[:2], *providers]
        if kinds:
            conditions += f" AND w.kind IN ({', '.join(['%s'] * len(kinds))})"
            parameters += kinds
        statuses = ", ".join(f"'{status.value}'" for status in sorted(RUN_OPEN))
        in_a_pause = ", ".join(f"'{kind.value}'" for kind in Work.IN_A_PAUSE)
        skip = "FOR UPDATE OF w SKIP LOCKED" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            # materialized: PostgreSQL may otherwise run the LIMIT once per row and take more than asked for
            cursor.execute(
                f"""
                WITH due AS MATERIALIZED (
                    SELECT w.id FROM runs_work w JOIN runs_run r ON r.id = w.run_id
                    WHERE ((w.status = 'ready' AND w.due_at <= {now})
                        OR (w.status = 'leased' AND w.lease_until < {now}))
                      AND {conditions} AND r.status IN ({statuses}) AND (NOT r.paused OR w.kind IN ({in_a_pause}))
                    ORDER BY w.due_at, w.id LIMIT {int(most)} {skip}
                )
                UPDATE runs_work SET status = 'leased', token = token + 1, claims = claims + 1, lease_until = {lease}
                WHERE id IN (SELECT id FROM due) RETURNING id
                """,
                [*parameters, *times[2:]],
            )
            taken = [row[0] for row in cursor.fetchall()]
        rows = sorted(Work.objects.filter(pk__in=taken), key=order) if taken else []
        return [
            Claimed(row.pk, row.token, row.claims, row.run_id, row.kind, row.visit, row.name, row.payload)
            for row in rows
        ]


def _times(clock: Clock) -> tuple[str, str, list[Any]]:
    """Return SQL for now and for the lease's end, and their parameters: now twice, then the end."""
    if connection.vendor == "postgresql" and clock is database_clock:
        # stable within the statement, unlike clock_timestamp(), so that the indexes serve
        return "statement_timestamp()", f"statement_timestamp() + interval '{LEASE.total_seconds()} seconds'", []
    time = clock()
    now, end = (connection.ops.adapt_datetimefield_value(moment) for moment in (time, time + LEASE))
    return "%s", "%s", [now, now, end]


def is_due(kinds: Collection[str], clock: Clock = database_clock) -> bool:
    """Say whether some work of these kinds could be claimed now."""
    now = clock()
    rows = Work.objects.filter(Q(run__paused=False) | Q(kind__in=Work.IN_A_PAUSE), kind__in=kinds)
    rows = rows.filter(run__status__in=RUN_OPEN)
    ready = rows.filter(status=WorkStatus.READY.value, due_at__lte=now)
    return ready.exists() or rows.filter(status=WorkStatus.LEASED.value, lease_until__lt=now).exists()


class Heart:
    """Renews the leases of all work in hand, from a thread and a connection of its own.

    `lost` holds the handles that are not this process's any more, or may not be: the database has not been
    heard of for two beats. What is lost must not be delivered; the token would refuse it anyway.
    """

    def __init__(self, beat_seconds: float = BEAT_SECONDS) -> None:
        self._beat_seconds = beat_seconds
        self._held: set[tuple[int, int]] = set()
        self._missed: dict[tuple[int, int], int] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._live, name="heart", daemon=True)
        self.lost: set[tuple[int, int]] = set()

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(timeout=self._beat_seconds)

    def hold(self, claimed: Claimed) -> None:
        self._held.add(claimed.handle)

    def drop(self, claimed: Claimed) -> None:
        self._held.discard(claimed.handle)
        self.lost.discard(claimed.handle)

    def _live(self) -> None:
        try:
            while not self._stopped.wait(self._beat_seconds):
                for handle in sorted(self._held):
                    self._beat(handle)
        finally:
            connection.close()

    def _beat(self, handle: tuple[int, int]) -> None:
        """Renew one lease in a transaction of its own: two rows in one could deadlock with a transition."""
        pk, token = handle
        try:
            with writing():
                held = Work.objects.filter(pk=pk, token=token, status=WorkStatus.LEASED.value)
                kept = held.update(lease_until=database_clock() + LEASE)
        except DatabaseError as fault:
            log.warning("heartbeat_missed", work=pk, fault=str(fault))
            connection.close()
            self._missed[handle] = self._missed.get(handle, 0) + 1
            if self._missed[handle] >= 2:
                self.lost.add(handle)
            return
        self._missed.pop(handle, None)
        if not kept:
            self.lost.add(handle)
