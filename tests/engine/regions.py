"""Regions built by hand, in the manner of `building`: `parallel`, `needs`, `each`, and what stands beside them.

`book` takes steps and regions in reading order; a region holds the steps of its lists. In a list whose steps say what
they need, a way that is left out leads to all that need the step, and to the end of the list where none does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from engine.definition import (
    CallSpec,
    Definition,
    EachSpec,
    FieldSpec,
    Join,
    ParallelSpec,
    RoleSpec,
    RollbackSpec,
    StepSpec,
    Transition,
    WaitSpec,
    branch_of,
)
from tests.engine.building import Ways

Plain = tuple[StepSpec, Ways]


@dataclass(frozen=True)
class Region:
    """A region and its lists by id. `needs` is there where they say what they need."""

    step: StepSpec
    ways: Ways
    lists: Mapping[str, Sequence[Plain | Region]]
    needs: Mapping[str, tuple[str, ...]] | None = None


Piece = Plain | Region


def _region(
    id: str, does: Any, lists: Mapping[str, Sequence[Piece]], next: str | None, common: dict[str, Any]
) -> Region:
    ways: Ways = [("done", next, None)]
    if common.get("when"):
        ways.append(("skip", next, None))
    for number, rung in enumerate(common.get("escalate", ())):
        if rung.go:
            ways.append((f"rung:{number}", rung.go, None))
    step = StepSpec(id=id, title=id.replace("-", " ").capitalize(), does=does, **common)
    return Region(step, ways, lists, does.needs if isinstance(does, ParallelSpec) and not does.branches else None)


def parallel(
    id: str, branches: Mapping[str, Sequence[Piece]], join: Join = "all", next: str | None = None, **common: Any
) -> Region:
    """Branches side by side."""
    does = ParallelSpec(branches=tuple(branches), join=join)
    return _region(id, does, {branch_of(id, name): steps for name, steps in branches.items()}, next, common)


def needing(
    id: str, steps: Sequence[Piece], needs: Mapping[str, tuple[str, ...]], next: str | None = None, **common: Any
) -> Region:
    """Steps that open as what they need has ended."""
    every = {_id(piece): needs.get(_id(piece), ()) for piece in steps}
    return _region(id, ParallelSpec(needs=every), {id: steps}, next, common)


def each(
    id: str,
    steps: Sequence[Piece],
    over: str = "inputs.items",
    join: Join = "all",
    names: Mapping[str, str] | None = None,
    next: str | None = None,
    **common: Any,
) -> Region:
    """The same steps for every item."""
    return _region(id, EachSpec(over=over, join=join, names=names or {}), {id: steps}, next, common)


def call(id: str, next: str | None = None, on_error: str | None = None, **common: Any) -> Plain:
    ways: Ways = [("done", next, None)]
    if on_error:
        ways.append(("error", on_error, None))
    does = CallSpec(playbook="other", on_error="route" if on_error else "incident")
    return StepSpec(id=id, title=id, does=does, **common), ways


def signal(
    id: str, next: str | None = None, deadline: timedelta | None = None, on_deadline: str | None = None, **common: Any
) -> Plain:
    ways: Ways = [("done", next, None)]
    if on_deadline:
        ways.append(("deadline", on_deadline, None))
    does = WaitSpec(signal="ready", match=common.pop("match", None), deadline=deadline)
    return StepSpec(id=id, title=id, does=does, **common), ways


def back(id: str) -> Plain:
    return StepSpec(id=id, title=id, does=RollbackSpec()), []


def book(
    *pieces: Piece,
    inputs: tuple[FieldSpec, ...] = (),
    roles: Mapping[str, RoleSpec] | None = None,
    outputs: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    **head: Any,
) -> Definition:
    """Return the definition that these steps and regions make."""
    steps: dict[str, StepSpec] = {}
    lists: dict[str, tuple[str, ...]] = {}
    transitions = [Transition("", "start", _id(pieces[0]))]
    for name, members, needs in _lists(pieces):
        order = [_id(piece) for piece in members]
        lists[name] = tuple(order)
        for at, piece in enumerate(members):
            step, ways = (piece.step, piece.ways) if isinstance(piece, Region) else piece
            steps[step.id] = replace(step, within=name)
            following = (order[at + 1] if at + 1 < len(order) else "leave",)
            if needs is not None:
                following = tuple(one for one in order if step.id in needs[one]) or ("leave",)
            for trigger, target, guard in ways:
                targets = ("leave",) if needs is not None and trigger == "skip" else (target,) if target else following
                transitions += [Transition(step.id, trigger, one, guard) for one in targets]
            if isinstance(piece, Region):
                transitions += list(_entering(piece))
    return Definition(
        playbook="sample",
        title="Sample",
        kind="runbook",
        owner="platform",
        inputs=inputs,
        roles=roles or {"manager": RoleSpec(groups=("managers",))},
        steps=_in_order(steps, pieces),
        lists=lists,
        transitions=tuple(transitions),
        outputs=outputs or {},
        names=names or {},
        **head,
    )


def _entering(region: Region) -> Iterator[Transition]:
    for name, members in region.lists.items():
        if region.needs is not None:
            first = [_id(piece) for piece in members if not region.needs[_id(piece)]]
        else:
            first = [_id(piece) for piece in members[:1]]
        for step in first:
            yield Transition(region.step.id, f"enter:{name}", step)


def _lists(pieces: Sequence[Piece]) -> Iterator[tuple[str, Sequence[Piece], Mapping[str, tuple[str, ...]] | None]]:
    yield "", pieces, None
    pending = [piece for piece in pieces if isinstance(piece, Region)]
    while pending:
        region = pending.pop(0)
        for name, members in region.lists.items():
            yield name, members, region.needs
            pending += [piece for piece in members if isinstance(piece, Region)]


def _in_order(steps: Mapping[str, StepSpec], pieces: Sequence[Piece]) -> dict[str, StepSpec]:
    found: dict[str, StepSpec] = {}
    for piece in pieces:
        found[_id(piece)] = steps[_id(piece)]
        if isinstance(piece, Region):
            for members in piece.lists.values():
                found.update(_in_order(steps, members))
    return found


def _id(piece: Piece) -> str:
    return piece.step.id if isinstance(piece, Region) else piece[0].id


__all__ = ["Piece", "Region", "back", "book", "call", "each", "needing", "parallel", "signal"]
