"""How a scenario names a visit: `plan`, `check[0]`, `check[0][2]`, `sub/plan`, `sub/deeper/plan`, `ship.undo`.

A number in brackets is an item of an `each`, the outermost first; a step before `/` is a call, and what follows is a
step of the playbook that it called; `.undo` is the compensation of a step. A number before `/` is a run of its own:
`2/plan` is a step of the second run that the scenario began.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from engine.definition import CallSpec, Definition, EachSpec, owner_of
from engine.machine.state import Visit
from engine.problems import did_you_mean

_PART = re.compile(r"([a-z][a-z0-9_-]*)((?:\[\d{1,4}\])*)(\.undo)?\Z")
_ITEM = re.compile(r"\[(\d+)\]")


Called = Mapping[tuple[str, str], Definition]
"""What a call of a playbook, by id and version as written, means."""

Wrong = tuple[str, str]
"""What is wrong, and a hint."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One step within one run: `items` says which item of each `each` around it, from the outermost."""

    step: str
    items: tuple[int, ...] = ()
    undo: bool = False

    def __str__(self) -> str:
        return f"{self.step}{''.join(f'[{item}]' for item in self.items)}{'.undo' if self.undo else ''}"

    def scope(self, definition: Definition) -> str:
        """Return the scope in which a visit of this step stands (`engine.machine.state.Visit`)."""
        return "/".join(
            f"{each}[{item}]" for each, item in zip(eaches(definition, self.step), self.items, strict=False)
        )


@dataclass(frozen=True, slots=True)
class Address:
    """`calls` are the calls that lead to the run in which `spot` is, from the `run`-th that the scenario began."""

    spot: Spot
    calls: tuple[Spot, ...] = ()
    run: int = 1


@lru_cache(maxsize=4096)
def parse(text: str) -> Address | None:
    """Read an address; None for what is none."""
    *before, last = text.split("/")
    run = 1
    if before and before[0].isdecimal():
        run = int(before.pop(0)[:4])
    spots = [_spot(part) for part in (*before, last)]
    calls = tuple(spot for spot in spots[:-1] if spot is not None and not spot.undo)
    spot = spots[-1]
    return Address(spot, calls, run) if spot is not None and len(calls) == len(before) else None


def address_of(text: str) -> Address:
    """Read an address that is known to be one. Raises `ValueError` for what is none."""
    address = parse(text)
    if address is None:
        raise ValueError(f"{text!r} names no step")
    return address


def _spot(text: str) -> Spot | None:
    match = _PART.match(text)
    if match is None:
        return None
    return Spot(match[1], tuple(int(item) for item in _ITEM.findall(match[2])), bool(match[3]))


def spot_of(visit: Visit) -> Spot:
    """Return the address of a visit in its run."""
    return Spot(visit.step, tuple(int(item) for item in _ITEM.findall(visit.scope)), visit.undoes is not None)


def eaches(definition: Definition, step: str) -> tuple[str, ...]:
    """Return the `each` steps around a step, the outermost first."""
    lists = definition.around(definition.steps[step].within)
    owners = [owner_of(within) for within in reversed(lists) if within]
    return tuple(owner for owner in owners if isinstance(definition.steps[owner].does, EachSpec))


def wrong(address: Address, definition: Definition, called: Called) -> Wrong | None:
    """Say what is wrong with an address in a run of this definition, with a hint; None where nothing is."""
    reached = reach(address.calls, definition, called)
    return _wrong_spot(address.spot, reached) if isinstance(reached, Definition) else reached


def reach(calls: Iterable[Spot], definition: Definition, called: Called) -> Definition | Wrong:
    """Return the playbook that these calls lead to, from a run of this definition, or what is wrong with them."""
    for call in calls:
        problem = _wrong_spot(call, definition)
        if problem is not None:
            return problem
        does = definition.steps[call.step].does
        if not isinstance(does, CallSpec):
            return f"`{call.step}` calls no playbook.", ""
        if (does.playbook, does.version) not in called:
            return f"What `{call.step}` calls is not known here.", "Name its file in `library`."
        definition = called[does.playbook, does.version]
    return definition


def _wrong_spot(spot: Spot, definition: Definition) -> Wrong | None:
    if spot.step not in definition.steps:
        return f"The playbook `{definition.playbook}` has no step `{spot.step[:80]}`.", did_you_mean(
            spot.step, definition.steps
        )
    around = eaches(definition, spot.step)
    if len(around) != len(spot.items):
        written = replace(spot, items=(0,) * len(around))
        return f"`{spot}` is not how an item is named here: write `{written}`.", ""
    if spot.undo and definition.steps[spot.step].undo is None:
        return f"`{spot.step}` has no `undo`.", ""
    return None
