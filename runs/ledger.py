"""The log's chain: what an entry's hash covers, and how a whole log is verified.

hash = SHA-256(0x00 || previous hash || canonical JSON of run, seq, kind, actor, on behalf of, time,
definition digest, event and moves), the first entry's previous being empty (guarantees section 5). The digest is that
of the definition that the event met: what moves a run to another version names both. One
chain per run: a chain over all runs would make them wait for each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine import values
from engine.machine import events, state
from engine.machine.commands import Advance, Move
from engine.machine.events import Event
from engine.machine.state import State
from runs import definitions
from runs.models import Entry, Run


def entry(run: Run, previous: str, definition: str, event: Event, step: Advance) -> Entry:
    """Make the entry for an accepted event; `previous` is the hash of the one before, or empty."""
    made = Entry(
        run=run,
        seq=step.state.seq,
        at=step.state.at,
        kind=event.kind,
        actor=event.actor,
        on_behalf_of=event.on_behalf_of or "",
        event=values.canonical(events.to_json(event)).decode(),
        moves=values.canonical(moves_json(step.moves)).decode(),
    )
    made.hash = digest(made, previous, definition)
    return made


def moves_json(moves: Iterable[Move]) -> list[dict[str, Any]]:
    return [
        {"kind": move.kind, "visit": move.visit, "step": move.step, "data": values.encode(dict(move.data))}
        for move in moves
    ]


def digest(entry: Entry, previous: str, definition: str) -> str:
    """Return the hash of this entry, given the one before it and the digest of the run's definition."""
    return chained(previous, covered(entry, definition))


def covered(entry: Entry, definition: str) -> bytes:
    """Return what the hash covers of the entry itself."""
    body = {
        "run": str(entry.run_id),
        "seq": entry.seq,
        "kind": entry.kind,
        "actor": entry.actor,
        "on_behalf_of": entry.on_behalf_of,
        "at": _utc(entry.at),
        "definition": definition,
        "event": entry.event,
        "moves": entry.moves,
    }
    return values.canonical(body)


def chained(previous: str, covered: bytes) -> str:
    """Return the hash of the entry that covers this, given the hash of the one before, or nothing."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(previous) + covered).hexdigest()


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


@dataclass(frozen=True)
class Flaw:
    """The first thing in a run's log that is not as it must be."""

    run: str
    seq: int
    says: str


def verify(run: Run) -> Flaw | None:
    """Check chain, gaps, projection columns and replay of one run; None when all of it holds.

    The replay folds `advance` over the stored events: the moves of each must be those stored, and the
    last state must be the run's, byte for byte.
    """
    previous, at, pinned = "", 0, definitions.first_of(run)
    folded: State | None = None
    for stored in run.entries.order_by("seq").iterator(chunk_size=500):
        at += 1
        if stored.seq != at:
            return Flaw(str(run.pk), at, f"entry {at} is missing")
        if stored.hash != digest(stored, previous, pinned):
            return Flaw(str(run.pk), at, "the entry or one before it was changed: its hash does not fit")
        flaw, folded = _replayed(run, stored, folded, pinned)
        if flaw or folded is None:
            return flaw
        previous, pinned = stored.hash, folded.definition
    if folded is None:
        return Flaw(str(run.pk), 1, "the run has no log")
    if (run.seq, run.head) != (at, previous):
        return Flaw(str(run.pk), at + 1, f"the run is at {run.seq}, its log ends at {at}")
    if state.dump(folded) != run.state.encode():
        return Flaw(str(run.pk), at, "the stored state is not what the log gives")
    return None


def _replayed(run: Run, stored: Entry, before: State | None, pinned: str) -> tuple[Flaw | None, State | None]:
    event = events.from_json(json.loads(stored.event))
    if (event.kind, event.actor, event.on_behalf_of or "") != (stored.kind, stored.actor, stored.on_behalf_of):
        return Flaw(str(run.pk), stored.seq, "the entry's columns are not those of its event"), None
    step = definitions.take(definitions.by_digest(pinned), before, event)
    if not isinstance(step, Advance):
        return Flaw(str(run.pk), stored.seq, f"the machine refuses this event: {step.code}"), None
    if values.canonical(moves_json(step.moves)).decode() != stored.moves:
        return Flaw(str(run.pk), stored.seq, "the machine makes other moves of this event"), None
    return None, step.state


def verify_all(runs: Iterable[Run]) -> Iterator[Flaw]:
    for run in runs:
        flaw = verify(run)
        if flaw:
            yield flaw
