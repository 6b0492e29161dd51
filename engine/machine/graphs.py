"""A `parallel` whose steps say what they need: edges live, dead or undecided (semantics, “needs lists”).

A step that leaves makes its edges live to the steps its trigger leads to and dead to the others. A step opens when all
edges to it are decided and one lives; it is skipped when none does. The list ends with its last step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.definition import ParallelSpec
from engine.machine.state import Edge, Region, Visit
from engine.machine.tokens import Arrival
from engine.machine.turn import Turn


def enter(turn: Turn, visit: Visit) -> None:
    """Enter the list: every step that needs nothing opens, in the order of the document."""
    steps = turn.definition.lists[visit.step]
    needs = needs_of(turn, visit)
    turn.change(visit, region=Region(open=steps, begun=1))
    turn.take(visit.step, f"enter:{visit.step}")
    turn.ahead += [Arrival(step, visit.scope) for step in steps if not needs.get(step)]


def leave(turn: Turn, visit: Visit, live: frozenset[str]) -> Visit | None:
    """Decide the edges of a step that has ended: live to these, dead to the others that need it.

    Returns the region's visit where this was its last step.
    """
    around = turn.region_of(visit)
    if around is None or around.region is None:
        return None
    needs, region = needs_of(turn, around), around.region
    after = [step for step in turn.definition.lists[visit.within] if visit.step in needs.get(step, ())]
    decided: dict[str, Edge] = {edge(visit.step, step): "live" if step in live else "dead" for step in after}
    edges = {**region.edges, **decided}
    rest = tuple(step for step in region.open if step != visit.step)
    around = turn.change(around, region=replace(region, edges=edges, open=rest))
    if not rest:
        return around
    for step in after:
        states = [edges.get(edge(other, step)) for other in needs[step]]
        if step in rest and None not in states:
            turn.ahead.append(Arrival(step, visit.scope, is_dead="live" not in states))
    return None


def reopen(turn: Turn, visit: Visit, step: str) -> None:
    """Let the list go on at this step alone, as a jump does: what follows it is undecided again, the rest is over."""
    assert visit.region is not None
    needs = needs_of(turn, visit)
    following, grown = {step}, True
    while grown:
        new = {one for one, needed in needs.items() if following.intersection(needed)} - following
        following |= new
        grown = bool(new)
    edges: dict[str, Edge] = {}
    for one, needed in needs.items():
        for other in needed:
            if other not in following:
                edges[edge(other, one)] = visit.region.edges.get(edge(other, one), "dead")
    rest = tuple(one for one in turn.definition.lists[visit.step] if one in following)
    turn.change(visit, region=replace(visit.region, open=rest, edges=edges))


def needs_of(turn: Turn, visit: Visit) -> Mapping[str, tuple[str, ...]]:
    spec = turn.spec(visit).does
    assert isinstance(spec, ParallelSpec)
    return spec.needs


def edge(needed: str, step: str) -> str:
    return f"{needed}>{step}"
