"""What is delivered to `runs.apply`: one event for one run, and what it answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from engine.machine.events import Event
from workflows.models import Version

#: So long a key may be as it is (`Receipt.key`).
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class Tick:
    """A time at which a schedule is due. `before` and `after` are `Trigger.done_at`, as it was and as it will be."""

    trigger: int
    before: datetime
    after: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Serves:
    """What a run is started for: the run `nth` (from 0) of a milestone of a plan, whose artifact has this key."""

    plan: int
    milestone: str
    nth: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one run. `apply` gives it its time and its facts.

    key: an idempotency key, unique in the run (for a start: of the starter); a repeat gets the first answer.
    work: (primary key, token) of the work that this event answers; another token means `Stale`.
    version: only with a `Start`: what the new run runs on.
    tick: only with a `Start`: the trigger that is due, up to when it was done before and will be now; where
        somebody else has done it, `Stale`.
    serves: only with a `Start`: what the new run delivers of a plan (`runs.serving`).
    reauthenticated: who acts has proved a moment ago who they are.
    seen: the last entry that whoever operates had before them; where another operator has acted since, it is refused
        (`runs.overtaking`).
    secrets: the ciphertexts of what the event holds references to (`runs.secrets`), kept where it is accepted.
    """

    run_id: UUID
    event: Event
    key: str | None = None
    work: tuple[int, int] | None = None
    version: Version | None = None
    tick: Tick | None = None
    serves: Serves | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    reauthenticated: bool = False
    seen: int | None = None

    def __post_init__(self) -> None:
        """A key comes from outside: one that no column holds stands for itself by its hash."""
        if self.key and (len(self.key) > LONGEST_KEY or "\0" in self.key):
            object.__setattr__(self, "key", hashlib.sha256(self.key.encode()).hexdigest())
