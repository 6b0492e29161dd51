"""What the tables say of one visit: the one way from a visit to its rows, for today (`runs.projections`) and for any
moment of the past (`runs.past`).

Takes a visit in its last form and what only the moves tell of it; leaves rows that are not saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from engine.definition import Definition
from engine.machine.commands import Move
from engine.machine.state import Asking, Visit, step_of
from runs.models import Gate, Step


@dataclass(frozen=True, slots=True)
class Facts:
    """What a row keeps of a visit that its last form does not.

    `opened_at` is when the visit began, though what kept it shut may have gone later; `picked` is a username, None
    where nobody was.
    """

    opened_at: datetime | None = None
    claimed_at: datetime | None = None
    reminded_at: datetime | None = None
    picked: str | None = None
    attempt: int = 0


def by_visit(moves: Iterable[tuple[datetime, Move]]) -> Mapping[int, list[tuple[datetime, Move]]]:
    """Sort moves by the visit that each is about."""
    found: dict[int, list[tuple[datetime, Move]]] = {}
    for at, move in moves:
        if move.visit is not None:
            found.setdefault(move.visit, []).append((at, move))
    return found


def follow(before: Facts, visit: Visit, moves: Iterable[tuple[datetime, Move]]) -> Facts:
    """Return the facts of a visit after these moves of it, each with its time."""
    claimed, reminded, picked = before.claimed_at, before.reminded_at, before.picked
    for at, move in moves:
        if move.kind == "claimed":
            claimed = at
        elif move.kind == "reminded":
            reminded = at
        elif move.kind == "picked":
            picked = move.data["person"]
    attempt = visit.attempt.number if visit.attempt else before.attempt
    return Facts(
        opened_at=before.opened_at or visit.opened_at,
        claimed_at=claimed if visit.claimed_by else None,
        reminded_at=reminded,
        picked=picked,
        attempt=attempt,
    )


def step(run: UUID, definition: Definition, visit: Visit, facts: Facts, known: Mapping[str, int]) -> Step:
    """Make the row of a visit. `known` are the keys of people by name."""
    spec = step_of(definition, visit)
    return Step(
        run_id=run,
        number=visit.number,
        name=visit.step,
        kind=spec.kind,
        scope=visit.scope,
        undoes=visit.undoes,
        title=(visit.title or spec.title or visit.step)[:300],
        status=visit.status.value,
        opened_at=facts.opened_at or visit.opened_at,
        claimed_at=facts.claimed_at,
        ended_at=visit.ended_at,
        due_at=visit.due_at,
        overdue=visit.overdue,
        reminded_at=facts.reminded_at,
        claimed_by_id=known.get(visit.claimed_by or ""),
        claimed_for_id=known.get(visit.claimed_for or ""),
        ended_by_id=known.get(visit.by or ""),
        picked_id=known.get(facts.picked or ""),
        outcome=visit.outcome or "",
        attempt=facts.attempt,
    )


def gate(step: int | None, visit: Visit, asking: Asking) -> Gate:
    """Make the row of an asking, beside the step with this key."""
    return Gate(
        step_id=step,
        question=asking.question,
        digest=asking.digest,
        status=asking.status.value,
        decided_by=asking.decided_by,
        decided_at=visit.ended_at,
    )
