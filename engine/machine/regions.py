"""Lists side by side: entering them, counting the join, and ending them together (semantics rules 3, 4 and 8).

A region is the open visit of a `parallel` or an `each`. Its join is counted on that visit alone. What the lists of a
graph do between themselves is `graphs`'.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine import values
from engine.definition import EachSpec, Join, ParallelSpec, branch_of
from engine.expressions import EvaluationError, TooLong, spelt
from engine.expressions.types import shown
from engine.machine import endings, graphs, limits, scopes
from engine.machine.state import Region, Visit
from engine.machine.tokens import Arrival, Enter
from engine.machine.turn import Turn


def open_parallel(turn: Turn, visit: Visit, spec: ParallelSpec) -> None:
    """Unset what stands in it, and enter its lists."""
    lists = [name for name in turn.definition.inside(visit.step) if _shares_scope(turn, visit, name)]
    turn.unset((step for name in lists for step in turn.definition.lists[name]), visit.scope)
    if turn.definition.is_graph(visit.step) and not spec.branches:
        graphs.enter(turn, visit)
    else:
        turn.change(visit, region=Region())
        turn.ahead.append(Enter(visit.number))


def _shares_scope(turn: Turn, visit: Visit, name: str) -> bool:
    return turn.definition.eaches[name] == turn.definition.eaches[visit.within]


def open_each(turn: Turn, visit: Visit, spec: EachSpec) -> None:
    """Evaluate the list, once, and enter the steps for its items; an empty one passes at once."""
    try:
        items = turn.value(spec.over, visit)
        if not isinstance(items, list):
            raise EvaluationError(f"`{spec.over}` gives {shown(items)}, which is no list.")
    except TooLong as error:
        turn.incident(visit, "too-many-items", f"`each`: {error}")
        return
    except EvaluationError as error:
        turn.incident(visit, "expression", f"`each`: {error}")
        return
    if len(items) > limits.ITEMS:
        turn.incident(visit, "too-many-items")
        return
    if not items:
        endings.complete(turn, visit, [])
        return
    turn.change(visit, region=Region(items=tuple(values.encode(item) for item in items)))
    turn.ahead.append(Enter(visit.number))


def enter(turn: Turn, entering: Enter) -> None:
    """Enter the next list of a region, where there is one and room for it, and come back for the one after."""
    visit = turn.visits.get(entering.visit)
    if visit is None or visit.region is None or _is_held(visit):
        return
    spec, region = turn.spec(visit).does, visit.region
    assert isinstance(spec, ParallelSpec | EachSpec)
    at_most = spec.at_most if isinstance(spec, EachSpec) else None
    if region.begun >= _total(spec, region) or (at_most is not None and len(region.open) >= at_most):
        return
    if turn.arrivals >= limits.MOVES:
        turn.incident(visit, "runaway")
        return
    if isinstance(spec, EachSpec):
        name, within = str(region.begun), visit.step
        scope = scopes.item(visit.scope, visit.step, region.begun)
        turn.open_item(scope, _item(spec, region))
    else:
        name, scope = spec.branches[region.begun], visit.scope
        within = branch_of(visit.step, name)
    turn.change(visit, region=replace(region, begun=region.begun + 1, open=(*region.open, name)))
    turn.take(visit.step, f"enter:{within}")
    turn.ahead += [Arrival(turn.definition.lists[within][0], scope), Enter(visit.number)]


def _is_held(visit: Visit) -> bool:
    """Say whether something went wrong with the region itself, not with its ladder alone."""
    there = visit.incident
    return there is not None and there.code != "escalated" and not there.of_rungs


def _item(spec: EachSpec, region: Region) -> dict[str, Any]:
    item = region.items[region.begun]
    found = {"item": item, "index": region.begun}
    return {**found, spelt(spec.name): item} if spec.name else found


def list_ended(turn: Turn, visit: Visit) -> None:
    """A list of the region around has come to its end: count it, and end the region where its join is met."""
    around = turn.region_of(visit)
    if around is None or around.region is None:
        return
    spec, region = turn.spec(around).does, around.region
    assert isinstance(spec, ParallelSpec | EachSpec)
    name = endings.list_of(turn, visit)
    counts = spec.join == "all" or name in region.worked
    region = replace(
        region,
        open=tuple(other for other in region.open if other != name),
        worked=tuple(other for other in region.worked if other != name),
        ended=region.ended + 1,
        met=region.met + counts,
    )
    around = turn.change(around, region=region)
    total, wanted = _total(spec, region), _wanted(spec.join, _total(spec, region))
    if region.met >= wanted:
        end(turn, around)
    elif region.met + total - region.ended < wanted:
        said = f"The join asks for {wanted} of {total}, and only {region.met + total - region.ended} can still be met."
        turn.incident(around, "join-unreachable", said)
    else:
        turn.ahead.append(Enter(around.number))


def end(turn: Turn, visit: Visit) -> None:
    """The join is met: cancel what is still open in the region, collect its data and complete it."""
    endings.cancel_under(turn, turn.definition.inside(visit.step), visit.scope)
    visit = turn.visits[visit.number]
    endings.complete(turn, visit, _collected(turn, visit))


def again(turn: Turn, visit: Visit) -> None:
    """Begin a region anew, as an operator's retry does."""
    endings.cancel_under(turn, turn.definition.inside(visit.step), visit.scope)
    turn.drop_items(visit.scope, visit.step)
    spec = turn.spec(visit).does
    visit = turn.change(turn.visits[visit.number], region=None)
    if isinstance(spec, EachSpec):
        open_each(turn, visit, spec)
    elif isinstance(spec, ParallelSpec):
        open_parallel(turn, visit, spec)


def _collected(turn: Turn, visit: Visit) -> dict[str, Any] | list[Any]:
    """Return what an each leaves: for every item what its steps left, spelt as in expressions (semantics [each])."""
    if not isinstance(turn.spec(visit).does, EachSpec):
        return {}
    assert visit.region is not None
    found = []
    for index in range(len(visit.region.items)):
        held = turn.values.get(scopes.item(visit.scope, visit.step, index), {})
        found.append({spelt(step): _spelt(left) for step, left in held.items()})
    return found


def _spelt(left: Any) -> Any:
    return {spelt(name): value for name, value in left.items()} if isinstance(left, dict) else left


def _total(spec: ParallelSpec | EachSpec, region: Region) -> int:
    return len(region.items) if isinstance(spec, EachSpec) else max(1, len(spec.branches))


def _wanted(join: Join, total: int) -> int:
    return total if join == "all" else 1 if join == "any" else int(join)
