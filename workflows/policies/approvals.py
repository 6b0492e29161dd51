"""Who must agree before a version of a unit is published."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.models import Part, Unit


@dataclass(frozen=True)
class Required:
    """So many people with one of these parts (in the unit or above) or groups, none of them excluded.

    `rule` says where that comes from; `is_asked` is false where nothing binds the unit, and a version may also be
    published without a review.
    """

    quorum: int
    approvers: tuple[str, ...]
    exclude: tuple[str, ...]
    rule: str
    is_asked: bool


def required(unit: Unit) -> Required:
    """Return what the review of a version of this unit takes."""
    rule = f"No policy says who reviews what {unit.title} publishes: one process owner, not its author."
    return Required(1, (Part.Kind.PROCESS_OWNER.value,), ("author",), rule, is_asked=False)
