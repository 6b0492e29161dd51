"""Who must agree before a version of a unit is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.definition import Definition
from engine.language.policy import Approval
from engine.naming import listed
from engine.policies import applies
from workflows.models import Part, Unit
from workflows.policies.binding import Bound, binding


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


def required(unit: Unit, definition: Definition | None = None) -> Required:
    """Return what the review of a version of this unit takes: the strictest that the policies binding it ask.

    Given the definition, only the policies that apply to such a playbook count; without it all of them do.
    """
    asking = [
        bound
        for bound in binding(unit)
        if bound.policy.publish is not None and (definition is None or applies(bound.policy, definition))
    ]
    if not asking:
        rule = f"No policy says who reviews what {unit.title} publishes: one process owner, not its author."
        return Required(1, (Part.Kind.PROCESS_OWNER.value,), ("author",), rule, is_asked=False)
    asked = [bound.policy.publish for bound in asking if bound.policy.publish is not None]
    quorum, approvers, exclude = strictest(asked)
    return Required(quorum, approvers, exclude, _rule(asking, quorum, approvers, exclude), is_asked=True)


def strictest(asked: Iterable[Approval]) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """Return what keeps all of these: the largest quorum, approvers whom all accept, and all whom any excludes.

    Where no approver is accepted by all, those of the first count: of the uppermost unit.
    """
    asked = list(asked)
    accepted = [dict.fromkeys(part_of(name) for name in one.roles) for one in asked]
    common = [name for name in accepted[0] if all(name in other for other in accepted)]
    excluded = dict.fromkeys(part_of(name) for one in asked for name in one.exclude)
    return max(one.quorum for one in asked), tuple(common or accepted[0]), tuple(excluded)


def part_of(name: str) -> str:
    """Return the part that a policy means by a name such as `process-owner`; any other name is a group's."""
    part = name.replace("-", "_")
    return part if part in Part.Kind.values else name


def words_of(name: str) -> str:
    """Return what is said on the screen for a part, or for a group."""
    return Part.Kind(name).label.lower() if name in Part.Kind.values else name.replace("-", " ")


def _rule(asking: list[Bound], quorum: int, approvers: tuple[str, ...], exclude: tuple[str, ...]) -> str:
    where = listed([f"“{bound.version.title}” of {bound.artifact.unit.title}" for bound in asking])
    who = listed([words_of(name) for name in approvers], "or")
    people = f"one person ({who})" if quorum == 1 else f"{quorum} people ({who})"
    out = f", not its {listed([words_of(name) for name in exclude], 'or')}" if exclude else ""
    return f"{where}: {people}{out}."
