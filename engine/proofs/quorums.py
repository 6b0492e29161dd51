"""Row 7: the approvers that a gate names can meet its quorum.

Only what the document itself says counts: a role with groups may have anybody, a role of listed users has just those
(semantics section 6, row 7). Of a quorum by data the largest number it may give counts, and there must be one. Real
people are row 8's.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import floor

from engine.definition import Definition, GateSpec, StepSpec
from engine.expressions import whole
from engine.proofs.bounds import bounds
from engine.proofs.finding import Case, names

USER = "user:"


def prove(case: Case) -> None:
    """Report each gate whose quorum its approvers can never meet."""
    for step in case.definition.steps.values():
        if isinstance(step.does, GateSpec):
            _prove(case, step, step.does)


def _prove(case: Case, step: StepSpec, gate: GateSpec) -> None:
    quorum = gate.quorum
    path = ("steps", step.id, "gate", "quorum")
    strangers = [role for role in quorum.per_role if role not in gate.approvers]
    for role in strangers:
        case.report(
            "quorum-unreachable",
            (*path, role),
            f"The quorum of the gate `{step.id}` asks for `{role}`, which is none of its approvers.",
            f"Add `{role}` to `approvers`, or take it out of the quorum.",
        )
    most = None
    if quorum.by_data is not None:
        most = _largest(case.definition, step, quorum.by_data)
        if most is None:
            case.report(
                "quorum-unreachable",
                path,
                f"Nothing says how many approvals the gate `{step.id}` may need at most.",
                "Give what the number comes from a `max`, or take it from a decision table.",
            )
            return
    out = _excluded(case.definition, gate)
    people = {approver: _people(case.definition, approver, out) for approver in gate.approvers}
    if quorum.per_role:
        known = {role: count for role, count in quorum.per_role.items() if role in people}
        _prove_roles(case, step, known, people)
        return
    if any(listed is None for listed in people.values()):
        return
    listed = set().union(*(listed or () for listed in people.values()))
    bar = 1 if quorum.everyone else quorum.count or most or 1
    if quorum.percent is not None:
        bar = max(1, -(-len(listed) * quorum.percent // 100))
    if len(listed) < bar:
        case.report(
            "quorum-unreachable",
            path,
            f"The gate `{step.id}` {'needs' if most is None else 'may need'} {_count(bar)}, but its approvers are"
            f" {_whom(listed, out)}.",
            "Lower the quorum, or name more approvers.",
        )


def _largest(definition: Definition, step: StepSpec, written: str) -> int | None:
    """Return the largest number of approvals that the data may ask for, None where nothing bounds it."""
    only = whole(written)
    highest = None if only is None else bounds(definition, step.id, only.text).high
    return None if highest is None else max(1, floor(highest))


def _prove_roles(
    case: Case, step: StepSpec, wanted: Mapping[str, int], people: Mapping[str, frozenset[str] | None]
) -> None:
    """Match seats to listed people: one person counts once, for one role."""
    seats = [
        role
        for role, count in wanted.items()
        if people[role] is not None
        for _ in range(min(count, len(people[role] or ()) + 1))
    ]
    taken: dict[str, int] = {}

    def seat(number: int, tried: set[str]) -> bool:
        for person in sorted(people[seats[number]] or ()):
            if person not in tried:
                tried.add(person)
                if person not in taken or seat(taken[person], tried):
                    taken[person] = number
                    return True
        return False

    for number, role in enumerate(seats):
        if seat(number, set()):
            continue
        listed = people[role] or frozenset()
        if len(listed) < wanted[role]:
            needed = f"{_count(wanted[role])} of `{role}`"
            message = f"The gate `{step.id}` needs {needed}, but that role lists {_whom(listed, ())}."
        else:
            message = (
                f"The gate `{step.id}` cannot meet its quorum: the roles {names(sorted(set(seats)))} share their"
                " people, and one person counts for one role only."
            )
        case.report(
            "quorum-unreachable",
            ("steps", step.id, "gate", "quorum", role),
            message,
            "Lower the quorum, or give the role more people or a group.",
        )
        return


def _people(definition: Definition, approver: str, out: frozenset[str]) -> frozenset[str] | None:
    """Return the listed users that this approver can be, None where it may be anybody of a group."""
    if approver.startswith(USER):
        return frozenset({approver.removeprefix(USER)}) - out
    role = definition.roles.get(approver)
    if role is None or role.groups:
        return None
    return frozenset(role.users) - out


def _excluded(definition: Definition, gate: GateSpec) -> frozenset[str]:
    """Return the listed users whom `exclude` keeps out for certain, by name or by role."""
    out: set[str] = set()
    for item in gate.exclude:
        if item.startswith(USER):
            out.add(item.removeprefix(USER))
        elif item in definition.roles:
            out.update(definition.roles[item].users)
    return frozenset(out)


def _count(number: int) -> str:
    return "one approval" if number == 1 else f"{number} approvals"


def _whom(people: frozenset[str] | set[str], out: frozenset[str] | tuple[()]) -> str:
    without = " once the excluded are left out" if out else ""
    if not people:
        return f"nobody{without}"
    return ("only " if len(people) < 6 else "") + names(sorted(people)) + without
