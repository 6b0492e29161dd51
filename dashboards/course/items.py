"""The items of an each that is under way: how many are done, open and failed, and where each open one stands.

Takes the run's state, which holds the open visits with the item each belongs to; leaves words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboards import called
from engine.definition import Definition, EachSpec
from engine.machine.state import Region, State, Visit
from runs.models import Step

#: So many open items are told one by one.
TOLD = 12


@dataclass(frozen=True)
class Item:
    """One open item: its name, and the steps it stands at with where a click on each leads (empty: nowhere)."""

    name: str
    stands_at: tuple[tuple[str, str], ...]
    is_stuck: bool = False


@dataclass(frozen=True)
class Items:
    """An each under way. `number` is its visit; `left_out` open items are not told one by one."""

    step: str
    title: str
    number: int
    total: int
    done: int
    failed: int
    open: tuple[Item, ...]
    left_out: int = 0

    @property
    def says(self) -> tuple[str, ...]:
        """How it stands in a few words, the fullest first."""
        counts = [f"{self.done} of {self.total} done", f"{self.failed} stuck" if self.failed else ""]
        return ", ".join(filter(None, counts)), f"{self.done}/{self.total}"


def of(
    definition: Definition, state: State, steps: Mapping[int, Step], href: Callable[[Step], str]
) -> tuple[Items, ...]:
    """Tell every each that is open now. `steps` are the run's visits by number."""
    found = []
    for visit in state.visits.values():
        if visit.region is not None and isinstance(definition.steps[visit.step].does, EachSpec):
            found.append(_items(definition, state, visit, visit.region, steps, href))
    return tuple(found)


def _items(
    definition: Definition,
    state: State,
    visit: Visit,
    region: Region,
    steps: Mapping[int, Step],
    href: Callable[[Step], str],
) -> Items:
    told = []
    for index in region.open:
        prefix = f"{visit.scope}/{visit.step}[{index}]" if visit.scope else f"{visit.step}[{index}]"
        inside = [one for one in state.visits.values() if one.scope == prefix or one.scope.startswith(f"{prefix}/")]
        places = [
            (step.title, href(step))
            for one in inside
            if not definition.bodies(one.step) and (step := steps.get(one.number)) is not None
        ]
        value = region.items[int(index)] if index.isdecimal() and int(index) < len(region.items) else index
        told.append(Item(called.name(value), tuple(places), any(one.incident is not None for one in inside)))
    step = definition.steps[visit.step]
    return Items(
        step=visit.step,
        title=visit.title or step.title or visit.step,
        number=visit.number,
        total=len(region.items),
        done=region.ended,
        failed=sum(item.is_stuck for item in told),
        open=tuple(told[:TOLD]),
        left_out=max(0, len(told) - TOLD),
    )
