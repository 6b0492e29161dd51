"""Which step an address means: `step`, `step[0]` in an item of an each, `step[0][2]` in one within that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.definition import MAIN, Definition, EachSpec, StepSpec, owner_of
from engine.machine import scopes
from engine.machine.commands import Refusal
from engine.machine.state import State

_ADDRESS = re.compile(r"([^\[\]]+)((?:\[\d+\])*)")


@dataclass(frozen=True, slots=True)
class Place:
    """A step in a scope."""

    step: str
    scope: str = scopes.OUTSIDE

    @property
    def address(self) -> str:
        return self.step + scopes.indices(self.scope)


def listed(definition: Definition, state: State, address: str) -> Place | Refusal:
    """Return the place that an address means, in a list that is open now; else why there is none."""
    read = _ADDRESS.fullmatch(address)
    step = definition.steps.get(read[1]) if read else None
    if read is None or step is None:
        return Refusal("field:to", f"This playbook has no step {address[:80]}.")
    found = [place for place in opened(definition, state, step.id) if read[2] in ("", scopes.indices(place.scope))]
    if not found:
        return Refusal("field:to", f"{_called(step)} stands in a list that is not open now.")
    if len(found) > 1:
        several = ", ".join(place.address for place in found[:5])
        return Refusal("field:to", f"{_called(step)} is there for several items: say which, such as {several}.")
    return found[0]


def _called(step: StepSpec) -> str:
    """Call a step by its title, where that says the same for every item."""
    return step.title if step.title and "${" not in step.title else f"The step {step.id}"


def opened(definition: Definition, state: State, step: str) -> Iterator[Place]:
    """Give the places of a step whose list is open now."""
    within = definition.steps[step].within
    if within == MAIN:
        yield Place(step)
        return
    owner, branch = owner_of(within), within.partition("/")[2]
    for visit in state.visits.values():
        if visit.step != owner or visit.region is None:
            continue
        if isinstance(definition.steps[owner].does, EachSpec):
            for index in visit.region.open:
                yield Place(step, scopes.item(visit.scope, owner, int(index)))
        elif not branch or branch in visit.region.open:
            yield Place(step, visit.scope)
