"""Whether a gate asks for as much as a policy does, however it is approved; and why not (semantics section 6, row 10).

What counts is the least that every way to approve has: of those who may vote without being of the roles, as many as
there can be are taken to have voted. Whoever a rung adds may stand in for anybody, as at run time.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from engine.definition import Definition, GateSpec, StepSpec
from engine.expressions import whole
from engine.language.policy import Approval
from engine.naming import IDS, Naming, listed
from engine.proofs.bounds import bounds

USER = "user:"


def shortcoming(definition: Definition, step: StepSpec, asked: Approval, by: Naming = IDS) -> str:
    """Return why the gate is less than what is asked, as words after its name; nothing where it is enough."""
    assert isinstance(step.does, GateSpec)
    if step.when is not None:
        return "may be skipped, since it has a `when`"
    if any(rung.outcome == "approve" for rung in step.escalate):
        return "is approved by a rung of its `escalate` when nobody answers"
    if missing := [entry for entry in asked.exclude if entry not in step.does.exclude]:
        return f"does not exclude {listed([by.excluded(entry) for entry in missing])}"
    least = certain(definition, step, step.does, frozenset(asked.roles))
    if least < asked.quorum:
        have = "nobody" if not least else f"only {least}"
        return f"may be approved with {have} of {by.roles(asked.roles)}, and {asked.quorum} must be"
    return ""


def certain(definition: Definition, step: StepSpec, gate: GateSpec, roles: frozenset[str]) -> int:
    """Return how many distinct people of these roles every way to approve has, at the least."""
    stand_ins = [rung for rung in step.escalate if rung.add is not None]
    if gate.quorum.per_role or gate.order == "sequential":
        wanted = dict(gate.quorum.per_role) or dict.fromkeys(gate.approvers, 1)
        for rung in stand_ins:
            if rung.stand_in is not None:
                others = _outsiders(definition, [rung.add or ""], roles)
                left = wanted.get(rung.stand_in, 0)
                wanted[rung.stand_in] = 0 if others is None else max(0, left - others)
        own = sum(count for role, count in wanted.items() if not _outsiders(definition, [role], roles, most=1))
        others = _outsiders(definition, [rung.add or "" for rung in stand_ins if rung.stand_in is None], roles)
    else:
        own = _count(definition, step, gate)
        others = _outsiders(definition, [*gate.approvers, *(rung.add or "" for rung in stand_ins)], roles)
    return 0 if others is None else max(0, own - others)


def _count(definition: Definition, step: StepSpec, gate: GateSpec) -> int:
    """Return how many must approve at the least. Of a roster that is all, or a share, one is all that is certain."""
    if gate.quorum.by_data is not None:
        only = whole(gate.quorum.by_data)
        low = None if only is None else bounds(definition, step.id, only.text).low
        return 1 if low is None else max(1, ceil(low))
    return gate.quorum.count or 1


def _outsiders(
    definition: Definition, who: Iterable[str], roles: frozenset[str], most: int | None = None
) -> int | None:
    """Return how many people these roles and users may bring who are in none of the roles; None: any number.

    `most` stands for any number, where that is asked.
    """
    inside = {user for role in roles if role in definition.roles for user in definition.roles[role].users}
    found: set[str] = set()
    for name in who:
        if name in roles:
            continue
        spec = definition.roles.get(name)
        if name.startswith(USER):
            found.add(name.removeprefix(USER))
        elif spec is None or spec.groups:
            return most
        else:
            found.update(spec.users)
    return len(found - inside)
