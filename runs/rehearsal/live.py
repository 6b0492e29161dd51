"""Real runs beside a rehearsal: what the scenario does goes to the real `apply`, at the scenario's time.

Needs a database without runs, and leaves it to be thrown away (`runs.rehearsal.scratch`). There is always a worker at
hand, which claims actions as they come due and waits for the script to say what came of them; no provider is called.
The clock is swept at every time at which a timer falls due.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Min

from engine.lifecycles import RUN_OPEN, WorkStatus
from engine.machine.commands import Refusal
from engine.machine.events import Event, Result
from engine.rehearsal.play import Play
from engine.rehearsal.twin import Difference
from engine.rehearsal.world import World
from runs import doorbell, outbox
from runs.apply import BATCH, Delivery, apply
from runs.models import Work
from runs.outcomes import Outcome, is_accepted
from runs.rehearsal.logs import first_difference
from runs.rehearsal.people import People
from runs.rehearsal.shelf import Shelf
from runs.work.claims import LEASE, Claimed, claim
from runs.work.sweep import fire

_TOLD = tuple(kind for kind in Work.AT_ONCE if kind != Work.Kind.TIMER)

Attempt = tuple[UUID, int, int]
"""A run, a visit, an attempt of it."""


class Live:
    """The twin of a world, made of real runs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = world.now
        self.people = People(world.directory)
        self.shelf = Shelf(self.people, world)
        self.in_hand: dict[Attempt, Claimed] = {}
        self.seen: dict[str, int] = {}
        self.found: Difference | None = None

    def clock(self) -> datetime:
        return self.now

    # ---- told by the rehearsal

    def start(self, play: Play, event: Event, answer: Refusal | None) -> None:
        run = UUID(str(getattr(event, "run", "")))
        self.people.settle()
        self.people.keep(event, None)
        self._deliver(Delivery(run, event, version=self.shelf.version(play.definition)), answer)

    def deliver(self, play: Play, event: Event, answer: Refusal | None) -> None:
        run = UUID(play.current.run)
        work = self._work(run, event) if isinstance(event, Result) else None
        self.people.settle()
        self.people.keep(event, run)
        self._deliver(Delivery(run, event, work=work, reauthenticated=event.facts.reauthenticated), answer)

    def advance(self, until: datetime) -> None:
        self.people.settle()
        while (due := self._next()) is not None and due <= until:
            self.now = max(self.now, due)
            with doorbell.quiet():
                if not fire(self.clock):
                    break
                self._tell()
            self._claim()
        self.now = until

    def difference(self) -> Difference | None:
        return self.found or first_difference(self.world.plays, self.seen)

    # ---- the real thing

    def _deliver(self, delivery: Delivery, answer: Refusal | None) -> None:
        self.now = self.world.now
        with doorbell.quiet():
            (outcome,) = apply([delivery], self.clock)
            self._tell()
        if _code(outcome) != (answer.code if answer is not None else ""):
            message = f"`{delivery.event.kind}` is answered otherwise live."
            self.found = self.found or Difference(message, answer or "accepted", outcome)
        self._claim()

    def _tell(self) -> None:
        """Let runs tell each other what they have to, as a worker does at once; timers wait for the clock."""
        fire(self.clock, _TOLD)

    def _next(self) -> datetime | None:
        """Return when the next timer is due."""
        waiting = Work.objects.filter(kind=Work.Kind.TIMER, status=WorkStatus.READY.value, run__paused=False)
        due: datetime | None = waiting.filter(run__status__in=RUN_OPEN).aggregate(due=Min("due_at"))["due"]
        return due

    def _claim(self) -> None:
        """Take every action that is due, and keep the leases of those in hand, as a worker's heart does."""
        handles = [claimed.pk for claimed in self.in_hand.values()]
        Work.objects.filter(pk__in=handles, status=WorkStatus.LEASED.value).update(lease_until=self.now + LEASE)
        providers = list(
            Work.objects.filter(kind=Work.Kind.ACTION, status=WorkStatus.READY.value)
            .values_list("name", flat=True)
            .distinct()
        )
        while providers and (claimed := claim(BATCH, providers, [Work.Kind.ACTION], self.clock)):
            for work in claimed:
                perform = outbox.load(work.payload)
                self.in_hand[work.run_id, perform.visit, perform.attempt] = work

    def _work(self, run: UUID, event: Result) -> tuple[int, int] | None:
        """Return the handle of the attempt that is answered; without one it is an answer that comes too late."""
        claimed = self.in_hand.pop((run, event.visit, event.attempt), None)
        return claimed.handle if claimed is not None else None


def _code(outcome: Outcome) -> str:
    """Return by which rule this was refused; nothing where it was accepted."""
    if is_accepted(outcome):
        return ""
    return outcome.code if isinstance(outcome, Refusal) else "stale"
