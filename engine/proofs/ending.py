"""Row 3: from every step that can be reached, the run can end.

Each list is looked at by itself, inside out: from every step of it the list must be able to come to its end, or to be
left. Where a region cannot end because of what is told of it elsewhere, it counts as ending here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.definition import owner_of
from engine.proofs.finding import Case, arrows, names
from engine.proofs.graphs import cycle_within, knots, reaches
from engine.proofs.joins import is_told
from engine.proofs.moves import past, steps_of


def prove(case: Case) -> None:
    """Report each trap once, at the first of its steps that a run comes to."""
    moves, excused = case.moves, set[str]()
    order = {step: at for at, step in enumerate(moves.reached)}
    for name, lane in moves.passing.lanes.items():
        reached = sorted((step for step in lane.reached if step in order), key=order.__getitem__)
        unmet = [step for step in reached if step in moves.bodies and step not in moves.passing.met]
        told = [region for region in unmet if region in excused or is_told(case, region)]
        backward: dict[str, list[str]] = {step: [] for step in reached}
        for step in reached:
            for target in lane.onward[step]:
                if target in backward:
                    backward[target].append(step)
        free = reaches([*lane.exits.intersection(reached), *told], backward, lambda _: True)
        stuck = [step for step in reached if step not in free]
        if stuck or told:
            excused.add(owner_of(name))
        for trap in _parts(stuck, lane.onward):
            _report(case, trap)


def _report(case: Case, trap: Sequence[str]) -> None:
    first = trap[0]
    members = _with_what_is_inside(case, trap)
    among = set(members)
    within = {node: tuple(target for target in case.moves.onward[node] if target in among) for node in members}
    knot = next((knot for knot in knots(members, within) if not set(knot).isdisjoint(trap)), [])
    entry = next((step for step in trap if step in knot), first)
    loop = steps_of(cycle_within(knot, within, entry)) if knot else ()
    example = (*case.moves.path(entry), *loop[1:])
    if loop:
        message = f"From the step `{first}` on the run can never end: it goes round {arrows(loop)} for ever."
    else:
        message = f"From the step `{first}` on the run can never end: no way goes on from `{entry}`."
    others = [step for step in trap if step != first]
    hint = f"Give {names(trap)} a way to an end" if not others else f"Give one of {names(trap)} a way out"
    case.report("trap", ("steps", first), message, f"{hint}: a step after the loop, `leave` or `fail`.", example)


def _with_what_is_inside(case: Case, trap: Sequence[str]) -> list[str]:
    """Return the steps of a trap, with all that stands in their regions, as nodes."""
    regions = set(trap)
    if regions.isdisjoint(case.moves.bodies):
        return list(trap)
    steps = case.definition.steps
    found = []
    for step in case.moves.reached:
        if not regions.isdisjoint((step, *map(owner_of, case.definition.around(steps[step].within)))):
            found += [step, past(step)] if step in case.moves.bodies else [step]
    return found


def _parts(stuck: list[str], onward: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Cut the stuck steps into what hangs together, each part in the order in which a run comes to its steps."""
    place = {step: at for at, step in enumerate(stuck)}
    beside: dict[str, set[str]] = {step: set() for step in stuck}
    for step in stuck:
        for target in onward[step]:
            if target in beside:
                beside[step].add(target)
                beside[target].add(step)
    parts: list[list[str]] = []
    seen: set[str] = set()
    for step in stuck:
        if step not in seen:
            part = reaches((step,), beside, lambda _: True)
            seen |= part
            parts.append(sorted(part, key=place.__getitem__))
    return parts
