"""How thin the people of a gate or task are: who could leave, and who would have to join (row 8, turned into numbers).

By the theorem of Hall a gate can still be met when any so many people leave, exactly if every set of its roles has so
many more than it needs; so the numbers here are those of the matching, without trying every choice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from engine import matching
from engine.definition import GateSpec, StepSpec, TaskSpec
from engine.proofs.eligible import Shortfall, Staff
from engine.proofs.staffing import Demand, Pick

MOST_JOINING = 9


def spare(staff: Staff, step: StepSpec) -> int:
    """Return how many people may leave before the step can no longer be done or decided; negative: so many lack.

    The worst single starter counts as left out where the gate excludes whoever starts the run, and so does one doer of
    each step that it excludes.
    """
    if isinstance(step.does, TaskSpec):
        return len(staff.meant(step.does.assign)) - 1
    assert isinstance(step.does, GateSpec)
    picks = [replace(pick, most=max(pick.least, 1)) for pick in staff.picks(step, step.does) if pick.least]
    return min(len(demand.people) - most_out(demand, picks) - demand.needed for demand in staff.demands(step.does))


def most_out(demand: Demand, picks: Collection[Pick]) -> int:
    """Return how many of these people the picks leave out at the worst."""
    chosen: dict[str, Pick] = {}

    def may(pick: Pick) -> list[str]:
        return sorted(pick.among & demand.people)

    return sum(matching.place(chosen, pick, may) for pick in picks for _ in range(pick.most or 0))


def people(staff: Staff, step: StepSpec) -> frozenset[str]:
    """Return whoever may do or decide the step, before it is known who starts the run."""
    if isinstance(step.does, TaskSpec):
        return staff.meant(step.does.assign)
    assert isinstance(step.does, GateSpec)
    named = frozenset[str]().union(*(staff.meant(name) for name in step.does.approvers))
    return named - staff.certain(step.does)


def indispensable(staff: Staff, step: StepSpec) -> frozenset[str]:
    """Return those without whom the step can no longer be done or decided: the bottlenecks of one person."""
    if spare(staff, step) != 0:
        return frozenset()
    return frozenset(one for one in people(staff, step) if spare(staff.without({one}), step) < 0)


def joining(staff: Staff, short: Shortfall) -> tuple[tuple[str, int], ...]:
    """Return by which role's new people the shortfall would go, each with the fewest that it takes."""
    step, found = staff.definition.steps[short.step], []
    for role in short.roles:
        for count in range(1, MOST_JOINING + 1) if role in staff.roles else ():
            left = staff.joined(role, count).shortfalls_of(step)
            if not any(one.is_warning <= short.is_warning for one in left):
                found.append((role, count))
                break
    return tuple(found)
