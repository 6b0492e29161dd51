"""What a policy may not say beside those that bind its unit already: less than they do, or what none could keep.

Nothing is merged, so that whatever an upper policy demands holds below too. A lower one that asks for less would
mislead whoever reads it, and two that exclude each other's people would stop every playbook: both are told when it is
published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.contrib.auth.models import Group

from engine.compiler import Compiled
from engine.language.policy import Approval, Before, Policy, Review
from engine.policies import listed, say_days
from engine.problems import Problem
from workflows.models import Part, Unit
from workflows.policies.approvals import part_of, words_of
from workflows.policies.binding import Bound, binding


@dataclass(frozen=True)
class Trouble:
    """What is wrong, at which key of the policy."""

    path: tuple[str | int, ...]
    message: str
    hint: str = ""


def problems(compiled: Compiled, policy: Policy, unit: Unit) -> tuple[Problem, ...]:
    """Return what keeps a policy from being published for this unit."""
    return tuple(
        Problem("bad-value", one.message, compiled.places.at(*one.path), one.hint, file=compiled.file)
        for one in troubles(policy, binding(unit))
    )


def troubles(policy: Policy, others: Iterable[Bound]) -> tuple[Trouble, ...]:
    """Return where the policy contradicts or weakens one of the others, which bind its unit."""
    found = list(_strangers(policy))
    for other in others:
        if other.artifact.slug == policy.id:
            continue
        named = f"“{other.version.title}” of {other.artifact.unit.title}"
        if policy.publish is not None and other.policy.publish is not None:
            found += _publishing(policy.publish, other.policy.publish, named)
        if _may_meet(policy, other.policy):
            found += _demands(policy, other.policy, named)
    return tuple(found)


def _strangers(policy: Policy) -> Iterator[Trouble]:
    """Give who is to approve a version and is no part and no group."""
    if policy.publish is None:
        return
    for number, name in enumerate(policy.publish.roles):
        if part_of(name) not in Part.Kind.values and not Group.objects.filter(name=name).exists():
            parts = listed([f"`{kind.replace('_', '-')}`" for kind in Part.Kind.values], "or")
            message = f"`{name}` is no part and no group, so nobody could approve a version."
            yield Trouble(("publish", "approvers", number), message, f"A part is {parts}.")


def _publishing(own: Approval, other: Approval, named: str) -> Iterator[Trouble]:
    if own.quorum < other.quorum:
        message = f"{named} asks for {other.quorum} approvals of each version; {own.quorum} would be less than that."
        yield Trouble(("publish", "quorum"), message, f"Ask for {other.quorum} or more, or leave `publish` out.")
    theirs = {part_of(name) for name in other.roles}
    mine = {part_of(name) for name in own.roles}
    if mine.isdisjoint(theirs):
        accepted = listed([words_of(name) for name in sorted(theirs)], "or")
        message = f"{named} accepts only approvals of {accepted}: nobody could approve for both."
        yield Trouble(("publish", "approvers"), message, "Name approvers whom both accept.")
    elif more := sorted(mine - theirs):
        message = f"{named} does not accept approvals of {listed([words_of(name) for name in more], 'or')}."
        yield Trouble(("publish", "approvers"), message, "Leave them out: they would not count.")
    if left := [name for name in other.exclude if name not in own.exclude]:
        message = f"{named} excludes {listed([words_of(name) for name in left])}, and this one does not."
        yield Trouble(("publish", "exclude"), message, "Exclude them here too.")


def _may_meet(one: Policy, other: Policy) -> bool:
    """Say whether both may apply to the same playbook."""
    pairs = ((one.risk, other.risk), (one.kind, other.kind), (one.domain, other.domain))
    return all(not mine or not theirs or not set(mine).isdisjoint(theirs) for mine, theirs in pairs)


def _demands(policy: Policy, other: Policy, named: str) -> Iterator[Trouble]:
    for number, demand in enumerate(policy.require):
        for theirs in other.require:
            if isinstance(demand, Review) and isinstance(theirs, Review) and demand.at_most > theirs.at_most:
                most = say_days(theirs.at_most)
                message = (
                    f"{named} has every playbook reviewed again within {most}; {say_days(demand.at_most)} is longer."
                )
                yield Trouble(("require", number, "review_every"), message, f"Ask for {most} or less.")
            elif isinstance(demand, Before) and isinstance(theirs, Before) and _may_be_same(demand, theirs):
                yield from _gates(demand, theirs, named, number)


def _may_be_same(one: Before, other: Before) -> bool:
    """Say whether both may mean the same step: the same tag, or globs one of which fits the other."""
    if one.tag or other.tag:
        return one.tag == other.tag
    return fnmatchcase(one.action, other.action) or fnmatchcase(other.action, one.action)


def _gates(demand: Before, theirs: Before, named: str, number: int) -> Iterator[Trouble]:
    what = f"`{demand.action or demand.tag}`"
    path = ("require", number, "gate")
    own, other = demand.gate, theirs.gate
    if set(own.roles) <= set(other.exclude):
        message = f"{named} keeps {listed([f'`{role}`' for role in own.roles])} out of the gate before {what}."
        yield Trouble((*path, "roles"), message, "No gate could keep both: ask for others.")
    elif set(other.roles) <= set(own.exclude):
        message = (
            f"{named} asks {listed([f'`{role}`' for role in other.roles], 'or')} before {what}, whom this excludes."
        )
        yield Trouble((*path, "exclude"), message, "No gate could keep both: exclude others.")
    is_covered = demand.tag == theirs.tag and fnmatchcase(demand.action, theirs.action)
    if is_covered and set(own.roles) >= set(other.roles) and own.quorum < other.quorum:
        message = f"{named} asks for {other.quorum} approvals before {what}; {own.quorum} would be less than that."
        yield Trouble((*path, "quorum"), message, f"Ask for {other.quorum} or more, or leave this out.")
