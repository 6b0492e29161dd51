"""Until when a step must be answered: all limits that bear on it, and the earliest of them, which counts.

Takes the step's own due time and closing rungs, those of the regions around it, those of the step of another run that
called this one, and the run's own due time. A reader who is told one of them only is surprised by another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dashboards import consequences, ladders
from dashboards.visits import Seen
from engine.definition import Definition, owner_of
from engine.machine.state import State, Visit
from runs import definitions
from runs.models import Run


@dataclass(frozen=True)
class Limit:
    """`rule` says whose limit it is and what happens then. `ends`: it closes the step by itself."""

    at: datetime
    rule: str
    ends: bool = False


def of(seen: Seen) -> tuple[Limit, ...]:
    """All limits of an open visit, the earliest first; none while the run is paused, as its clocks stand still."""
    if seen.visit is None or seen.state.paused:
        return ()
    found = [*_of_visit(seen.definition, seen.state, seen.visit)]
    for visit in _around(seen.definition, seen.state, seen.visit):
        found += _of_visit(seen.definition, seen.state, visit, _title(seen.definition, visit))
    if seen.run.due_at:
        found.append(Limit(seen.run.due_at, "the whole run is due"))
    found += _of_caller(seen.run)
    return tuple(sorted(found, key=lambda limit: limit.at))


def _of_visit(definition: Definition, state: State, visit: Visit, around: str = "") -> Iterator[Limit]:
    whose = f"{around}, which it is part of, " if around else "it "
    if visit.due_at:
        yield Limit(visit.due_at, f"{whose}is due")
    for line in ladders.closing(definition, state, visit):
        words = line.words[:1].lower() + line.words[1:]
        yield Limit(line.at, f"of {around}, which it is part of: {words}" if around else words, ends=True)


def _around(definition: Definition, state: State, visit: Visit) -> Iterator[Visit]:
    """The open visits of the regions that this one stands in, the nearest first."""
    owner = owner_of(definition.steps[visit.step].within)
    while owner:
        for one in state.visits.values():
            if one.step == owner and visit.scope.startswith(one.scope):
                yield one
        owner = owner_of(definition.steps[owner].within)


def _of_caller(run: Run) -> Iterator[Limit]:
    """What bears on a called run: the step that called it, and the run of that step."""
    if run.parent is None or not run.parent.is_open or run.parent.paused:
        return
    state = definitions.state_of(run.parent)
    definition, visit = definitions.by_digest(state.definition), state.visits.get(run.parent_visit or 0)
    if visit is not None:
        yield from _of_visit(definition, state, visit, f"{_title(definition, visit)} in run {run.parent.number}")
    if run.parent.due_at:
        yield Limit(run.parent.due_at, f"run {run.parent.number}, which called this one, is due")


def _title(definition: Definition, visit: Visit) -> str:
    return visit.title or consequences.title(definition, visit.step)
