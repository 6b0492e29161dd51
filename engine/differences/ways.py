"""Where steps lead: routes that changed, rules of decisions, and gates that can now be gone around.

That the steps of a list follow each other is told by what came, went and moved; here are the ways that say more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.definition import LEAVE, DecideSpec, Definition, EachSpec, ParallelSpec, Transition
from engine.diagrams.words import label
from engine.differences.difference import Change, Weight
from engine.differences.words import expression, named, quoted, step, target
from engine.proofs.avoiding import COMPLETED, Avoiding
from engine.proofs.finding import arrows
from engine.proofs.moves import Moves

#: Triggers whose way follows from another, or from the order of the lists.
_IMPLIED = ("skip", "enter:", "rung:")
_WHEN = {
    "done": "it",
    "approve": "when approved it",
    "reject": "when rejected it",
    "return": "when changes are wanted it",
    "error": "when it fails for good it",
    "deadline": "when no signal comes in time it",
    "otherwise": "otherwise it",
}


def changed(before: Definition, after: Definition, id: str) -> Iterator[tuple[Weight, str]]:
    """Tell how the ways out of a step that both have differ, to stand after its name."""
    if isinstance(after.steps[id].does, DecideSpec) and isinstance(before.steps[id].does, DecideSpec):
        yield from _rules(before, after, id)
        return
    was, now = _by_trigger(before, id), _by_trigger(after, id)
    for trigger in dict.fromkeys((*was, *now)):
        first, second = was.get(trigger), now.get(trigger)
        if first == second or _follows(before, after, id, first, second):
            continue
        said = _WHEN.get(trigger) or f"when it ends as {quoted(_word(after if second else before, trigger, id))} it"
        if second is None:
            if not trigger.startswith("outcome:") and first is not None:
                yield "minor", f"has no way of its own any more for this: {said} {_to(before, first)}"
        elif first is None:
            if not trigger.startswith("outcome:") or not _is_ordinary(after, id, second):
                yield "minor", f"has a new way: {said} {_to(after, second)}"
        else:
            yield "minor", f"leads elsewhere: {said} now {_to(after, second)}; before it {_went(before, first)}"


def around(before: Definition, after: Definition) -> Iterator[Change]:
    """Tell of each gate that both have what can now be reached without it, and could not before."""
    gates = [id for id, one in after.steps.items() if one.kind == "gate" and _is_gate(before, id)]
    if not gates or _go_alike(before, after):
        return
    then, now = Moves(before), Moves(after)
    everything = set(Avoiding(then).reached)
    for gate in gates:
        behind = everything - set(Avoiding(then, gate).reached) - {gate}
        avoiding = Avoiding(now, gate)
        lost = [place for place in avoiding.reached if place in behind]
        if not lost:
            continue
        place = COMPLETED if COMPLETED in lost else lost[0]
        what = "the run can be completed" if place == COMPLETED else f"{named(after, place)} can be reached"
        way = arrows([named(after, one) for one in avoiding.path(place)])
        said = f"The gate {step(after.steps[gate])} can now be gone around: {what} without it, by {way}."
        yield Change("major", said, gate)


def _go_alike(before: Definition, after: Definition) -> bool:
    """Say whether every way is the same, and every join: then nothing can be gone around that could not before."""
    regions = [
        [step.does for step in one.steps.values() if isinstance(step.does, ParallelSpec | EachSpec)]
        for one in (before, after)
    ]
    return before.transitions == after.transitions and before.lists == after.lists and regions[0] == regions[1]


def _is_gate(definition: Definition, id: str) -> bool:
    return id in definition.steps and definition.steps[id].kind == "gate"


def _by_trigger(definition: Definition, id: str) -> dict[str, tuple[str, ...]]:
    is_graph = definition.is_graph(definition.steps[id].within)
    found: dict[str, tuple[str, ...]] = {}
    for way in definition.ways[id]:
        if way.trigger.startswith(_IMPLIED) or (is_graph and way.trigger == "done"):
            continue
        found[way.trigger] = (*found.get(way.trigger, ()), way.target)
    return found


def _follows(
    before: Definition, after: Definition, id: str, was: tuple[str, ...] | None, now: tuple[str, ...] | None
) -> bool:
    """Say whether a way changed only because steps came, went or moved."""
    if was is None or now is None or len(was) != 1 or len(now) != 1:
        return False
    if _is_ordinary(before, id, was) and _is_ordinary(after, id, now):
        return True
    first, second = was[0], now[0]
    if second not in before.steps and second in after.steps:
        return first in _through(after, second, before)
    return first not in after.steps and first in before.steps and second in _through(before, first, after)


def _is_ordinary(definition: Definition, id: str, targets: tuple[str, ...]) -> bool:
    """Say whether this leads to the step that follows, or to the end of the list from the last one."""
    order = definition.lists[definition.steps[id].within]
    place = order.index(id) + 1
    return targets == (order[place] if place < len(order) else LEAVE,)


def _through(definition: Definition, begin: str, other: Definition) -> set[str]:
    """Return what is reached from a step through steps that the other definition does not have."""
    found, pending = set(), [begin]
    seen = {begin}
    while pending:
        for way in definition.ways[pending.pop()]:
            if way.target in definition.steps and way.target not in other.steps:
                if way.target not in seen:
                    seen.add(way.target)
                    pending.append(way.target)
            else:
                found.add(way.target)
    return found


def _rules(before: Definition, after: Definition, id: str) -> Iterator[tuple[Weight, str]]:
    was, now = ([way for way in one.ways[id] if way.trigger != "skip"] for one in (before, after))
    first, second = ([_rule(way) for way in ways] for ways in (was, now))
    gone, new = Counter(first) - Counter(second), Counter(second) - Counter(first)
    elsewhere = {case: went for case, went in gone if any(case == other for other, _ in new)}
    for case, goes in new:
        if case in elsewhere:
            if _follows(before, after, id, (elsewhere[case],), (goes,)):
                continue
            then = _went(before, (elsewhere[case],))
            yield "minor", f"decides otherwise: {case} it now {target(after, goes)}; before it {then}"
        else:
            yield "minor", f"has a new rule: {case} it {target(after, goes)}"
    for case, goes in gone:
        if case not in elsewhere:
            yield "minor", f"no longer has the rule: {case} it {target(before, goes)}"
    if not gone and not new and first != second:
        yield "minor", "tries its rules in another order"


def _rule(way: Transition) -> tuple[str, str]:
    kind, _, value = way.trigger.partition(":")
    if kind == "value":
        return f"where the table gives {value}", way.target
    return (f"when {expression(way.guard)}" if way.guard else "otherwise"), way.target


def _word(definition: Definition, trigger: str, id: str) -> str:
    return label(definition, Transition(id, trigger, LEAVE))


def _to(definition: Definition, targets: tuple[str, ...]) -> str:
    return " and ".join(target(definition, one) for one in targets)


def _went(definition: Definition, targets: tuple[str, ...]) -> str:
    said = _to(definition, targets)
    return said.replace("goes to", "went to").replace("ends the run", "ended the run").replace("undoes", "undid")
