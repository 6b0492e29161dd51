"""What a verb answers: accepted, refused (`engine.machine.commands.Refusal`), too late, or a form that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard
from uuid import UUID

from engine.machine.commands import Move, Refusal


@dataclass(frozen=True, slots=True)
class Accepted:
    """The event is entry `seq` of the run's log. Of a repeat the moves are not told again."""

    run_id: UUID
    seq: int
    moves: tuple[Move, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody else holds this work now, or it is done: what came of it here changes nothing."""

    run_id: UUID


class FieldErrors(dict[str, str]):
    """What is wrong with a form, by field name. Nothing of that submission was applied."""


Outcome = Accepted | Refusal | Stale
Answer = Accepted | Refusal | FieldErrors


def is_accepted(outcome: object) -> TypeGuard[Accepted]:
    return isinstance(outcome, Accepted)


def of_form(outcome: Outcome) -> Answer:
    """Turn the machine's `field:<name>` into the field's error, and leave everything else."""
    if isinstance(outcome, Stale):
        return Refusal("not-open")
    if isinstance(outcome, Refusal) and outcome.code.startswith("field:"):
        return FieldErrors({outcome.code.removeprefix("field:"): outcome.sentence})
    return outcome
