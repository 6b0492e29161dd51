"""What a policy means for a playbook: where it binds, whether it applies, and each demand in words.

Takes policies as read (`engine.language.policy`) and definitions; whether a playbook keeps a demand is for
`engine.proofs.policies`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from engine.definition import Definition
from engine.language.policy import Approval, Before, Every, Policy, Requirement
from engine.naming import IDS, Naming, listed


def applies(policy: Policy, definition: Definition) -> bool:
    """Say whether the policy speaks of such a playbook; what it does not limit may be anything."""
    limits = (
        (policy.risk, (definition.risk,)),
        (policy.kind, (definition.kind,)),
        (policy.domain, (definition.domain,)),
        (policy.tags, definition.tags),
    )
    return all(not wanted or not set(wanted).isdisjoint(there) for wanted, there in limits)


def is_at_or_above(unit: str, other: str) -> bool:
    """Say whether the path of a unit (`portfolio/platform`) is that of the other, or of one above it."""
    upper, lower = unit.strip("/").split("/"), other.strip("/").split("/")
    return lower[: len(upper)] == upper


def binding(policies: Iterable[Policy], owner: str, paths: Iterable[str] = ()) -> tuple[Policy, ...]:
    """Return the policies whose unit is the owner or above it.

    Where the owner stands is read from `paths` and the policies' own units: of an owner that none of them names nothing
    is known but its name.
    """
    policies = tuple(policies)
    known = (*paths, *(policy.unit for policy in policies))
    places = {place for path in known if (place := _down_to(path, owner))} or {owner}
    return tuple(one for one in policies if any(is_at_or_above(one.unit, place) for place in places))


def _down_to(path: str, owner: str) -> str:
    """Return the part of the path that ends at this unit; the owner may itself be written as a path."""
    steps = path.strip("/").split("/")
    for number in range(len(steps), 0, -1):
        upper = "/".join(steps[:number])
        if upper == owner.strip("/") or steps[number - 1] == owner:
            return upper
    return ""


def say(requirement: Requirement, by: Naming = IDS) -> str:
    """Write a demand as one sentence; the same demand is always the same sentence. Exceptions hold it named by ids."""
    if isinstance(requirement, Before):
        what = f"with the tag `{requirement.tag}`" if requirement.tag else f"that does `{requirement.action}`"
        return f"Every way to a step {what} passes a gate that {say_approval(requirement.gate, by)}."
    if isinstance(requirement, Every):
        return f"Every {requirement.kind} has {listed([f'`{key}`' for key in requirement.has])}."
    return f"It is reviewed again at least every {say_days(requirement.at_most)}."


def say_approval(asked: Approval, by: Naming = IDS) -> str:
    """Write whom a gate asks, as words after `a gate that`."""
    who = by.roles(asked.roles)
    people = f"somebody of {who} approves" if asked.quorum == 1 else f"{asked.quorum} people of {who} approve"
    out = listed([by.excluded(one) for one in asked.exclude])
    return f"{people}, and that excludes {out}" if out else people


def say_publishing(asked: Approval) -> str:
    """Write who must agree before a version is published, as a sentence."""
    who = listed([one.replace("_", " ").replace("-", " ") for one in asked.roles], "or")
    count = "one person who is" if asked.quorum == 1 else f"{asked.quorum} people, each of them"
    out = f"; not its {listed([one.replace('_', ' ') for one in asked.exclude], 'or')}" if asked.exclude else ""
    return f"A version is published once it is approved by {count} {who}{out}."


def say_days(length: timedelta) -> str:
    days, rest = divmod(length, timedelta(days=1))
    if rest or not days:
        return f"{length / timedelta(hours=1):g} hours"
    return "day" if days == 1 else f"{days} days"
