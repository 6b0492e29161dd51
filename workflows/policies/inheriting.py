"""What a policy may not say beside others: less than one that binds its unit, or what none could keep together.

Nothing is merged, so that whatever an upper policy demands holds below too. A lower one that asks for less would
mislead whoever reads it, and two that exclude each other's people would stop every playbook. Both are told when it is
published, and also when an upper one is: what asks for less below is a warning then, as the stricter counts; what could
not be kept together is an error, whichever of the two comes second (docs/decisions/0040).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from django.contrib.auth.models import Group

from engine.compiler import Compiled
from engine.language.policy import Approval, Before, Policy, Review
from engine.naming import listed
from engine.policies import say_days
from engine.problems import Problem
from workflows.models import Part, Unit
from workflows.policies.approvals import part_of, words_of
from workflows.policies.binding import Bound, binding, bound_below

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Trouble:
    """What is wrong, at which key of the policy, and (`theirs`) against which key of the other one.

    `is_contradiction`: nothing could keep both; else the policy only asks for less. `is_warning`: it may be published.
    """

    path: Path
    message: str
    hint: str = ""
    theirs: Path = ()
    is_contradiction: bool = False
    is_warning: bool = False


def problems(compiled: Compiled, policy: Policy, unit: Unit) -> tuple[Problem, ...]:
    """Return what keeps a policy from being published for this unit, and what it leaves behind below."""
    found = (*troubles(policy, binding(unit)), *left_behind(policy, unit, bound_below(unit)))
    return tuple(
        Problem(
            "bad-value",
            one.message,
            compiled.places.at(*one.path),
            one.hint,
            file=compiled.file,
            is_warning=one.is_warning,
        )
        for one in found
    )


def troubles(policy: Policy, others: Iterable[Bound]) -> tuple[Trouble, ...]:
    """Return where the policy contradicts or weakens one of the others, which bind its unit."""
    found = list(_strangers(policy))
    for other in others:
        if other.artifact.slug != policy.id:
            found += _against(policy, other.policy, _named(other))
    return tuple(found)


def left_behind(policy: Policy, unit: Unit, others: Iterable[Bound]) -> tuple[Trouble, ...]:
    """Return where one of the others, of this unit or below it, would contradict this policy, or ask for less."""
    found = []
    for other in others:
        if other.artifact.slug == policy.id:
            continue
        for one in _against(other.policy, policy, f"“{policy.title}” of {unit.title}"):
            if not one.is_contradiction:
                says = f"{_named(other)} asks for less than this one: {one.message}"
                hint = "The stricter one counts. Tell whoever keeps the other, so that it says so too."
                found.append(replace(one, path=one.theirs, message=says, hint=hint, is_warning=True))
            elif other.artifact.unit_id != unit.pk:  # one of the same unit says so itself
                says = f"{_named(other)} contradicts this one: {one.message}"
                hint = "Change or retire that one first, or ask here for what both can keep."
                found.append(replace(one, path=one.theirs, message=says, hint=hint))
    return tuple(found)


def _named(bound: Bound) -> str:
    return f"“{bound.version.title}” of {bound.artifact.unit.title}"


def _against(policy: Policy, other: Policy, named: str) -> Iterator[Trouble]:
    """Give where the policy contradicts or weakens the other one."""
    if policy.publish is not None and other.publish is not None:
        yield from _publishing(policy.publish, other.publish, named)
    if _may_meet(policy, other):
        yield from _demands(policy, other, named)


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
    quorum, approvers, exclude = (("publish", key) for key in ("quorum", "approvers", "exclude"))
    if own.quorum < other.quorum:
        message = f"{named} asks for {other.quorum} approvals of each version; {own.quorum} would be less than that."
        yield Trouble(quorum, message, f"Ask for {other.quorum} or more, or leave `publish` out.", quorum)
    theirs = {part_of(name) for name in other.roles}
    mine = {part_of(name) for name in own.roles}
    if mine.isdisjoint(theirs):
        accepted = listed([words_of(name) for name in sorted(theirs)], "or")
        message = f"{named} accepts only approvals of {accepted}: nobody could approve for both."
        yield Trouble(approvers, message, "Name approvers whom both accept.", approvers, is_contradiction=True)
    elif more := sorted(mine - theirs):
        message = f"{named} does not accept approvals of {listed([words_of(name) for name in more], 'or')}."
        yield Trouble(approvers, message, "Leave them out: they would not count.", approvers)
    if left := [name for name in other.exclude if name not in own.exclude]:
        message = f"{named} excludes {listed([words_of(name) for name in left])}, and this one does not."
        yield Trouble(exclude, message, "Exclude them here too.", exclude)


def _may_meet(one: Policy, other: Policy) -> bool:
    """Say whether both may apply to the same playbook."""
    pairs = ((one.risk, other.risk), (one.kind, other.kind), (one.domain, other.domain))
    return all(not mine or not theirs or not set(mine).isdisjoint(theirs) for mine, theirs in pairs)


def _demands(policy: Policy, other: Policy, named: str) -> Iterator[Trouble]:
    for number, demand in enumerate(policy.require):
        for nth, theirs in enumerate(other.require):
            if isinstance(demand, Review) and isinstance(theirs, Review) and demand.at_most > theirs.at_most:
                most = say_days(theirs.at_most)
                message = (
                    f"{named} has every playbook reviewed again within {most}; {say_days(demand.at_most)} is longer."
                )
                here, there = (("require", at, "review_every") for at in (number, nth))
                yield Trouble(here, message, f"Ask for {most} or less.", there)
            elif isinstance(demand, Before) and isinstance(theirs, Before) and _may_be_same(demand, theirs):
                yield from _gates(demand, theirs, named, ("require", number, "gate"), ("require", nth, "gate"))


def _may_be_same(one: Before, other: Before) -> bool:
    """Say whether both may mean the same step: the same tag, or globs one of which fits the other."""
    if one.tag or other.tag:
        return one.tag == other.tag
    return fnmatchcase(one.action, other.action) or fnmatchcase(other.action, one.action)


def _gates(demand: Before, theirs: Before, named: str, here: Path, there: Path) -> Iterator[Trouble]:
    what = f"`{demand.action or demand.tag}`"
    own, other = demand.gate, theirs.gate
    if set(own.roles) <= set(other.exclude):
        message = f"{named} keeps {listed([f'`{role}`' for role in own.roles])} out of the gate before {what}."
        hint = "No gate could keep both: ask for others."
        yield Trouble((*here, "roles"), message, hint, (*there, "exclude"), is_contradiction=True)
    elif set(other.roles) <= set(own.exclude):
        message = (
            f"{named} asks {listed([f'`{role}`' for role in other.roles], 'or')} before {what}, whom this excludes."
        )
        hint = "No gate could keep both: exclude others."
        yield Trouble((*here, "exclude"), message, hint, (*there, "roles"), is_contradiction=True)
    is_covered = demand.tag == theirs.tag and fnmatchcase(demand.action, theirs.action)
    if is_covered and set(own.roles) >= set(other.roles) and own.quorum < other.quorum:
        message = f"{named} asks for {other.quorum} approvals before {what}; {own.quorum} would be less than that."
        hint = f"Ask for {other.quorum} or more, or leave this out."
        yield Trouble((*here, "quorum"), message, hint, (*there, "quorum"))
