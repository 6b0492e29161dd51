"""Row 2: every step can be reached from the start. What follows a region, only if its join can be met."""

from __future__ import annotations

from engine.definition import MAIN, owner_of
from engine.proofs.finding import Case, names
from engine.proofs.passing import DONE


def prove(case: Case) -> None:
    """Report each step that no way from the start leads to; a circle of needs is row 7's to tell."""
    moves = case.moves
    lost = [step for step in case.definition.steps if step not in moves.came_from]
    if not lost:
        return
    rings = {step for lane in moves.passing.lanes.values() for step in lane.ring}
    before: dict[str, list[str]] = {step: [] for step in lost}
    for source in lost:
        for target in dict.fromkeys(way.target for way in case.definition.ways[source]):
            if target in before and target != source:
                before[target].append(source)
    for step in lost:
        if step in rings:
            continue
        if before[step]:
            message = (
                f"No way leads to the step `{step}`: it follows only {names(before[step])}, which nothing reaches."
            )
            hint = f"Once {names(before[step])} can be reached, so can this step."
        else:
            message = f"No way leads to the step `{step}`{_why(case, step)}."
            hint = _hint(case, step)
        case.report("unreachable-step", ("steps", step), message, hint)


def _why(case: Case, step: str) -> str:
    """Name the region before it that never ends, if that is the reason."""
    unmet = [region for region in case.moves.bodies if region not in case.moves.passing.met]
    for region in unmet:
        if any(way.trigger == DONE and way.target == step for way in case.definition.ways[region]):
            return f": it follows `{region}`, whose join can never be met"
    return ""


def _hint(case: Case, step: str) -> str:
    within = case.definition.steps[step].within
    if case.definition.is_graph(within):
        return f"Name it in a way of what it needs, or give `{step}` no `needs`."
    steps = case.definition.lists.get(within, case.definition.lists.get(MAIN, ()))
    at = steps.index(step) if step in steps else 0
    if at:
        previous = steps[at - 1]
        if previous in case.moves.bodies and previous not in case.moves.passing.met:
            return f"Let enough branches of `{previous}` come to their end, or lead a way here."
        ways = sorted({way.target for way in case.moves.ways[previous]})
        where = f"goes on to {names(ways)}" if ways else "ends the run"
        return f"The step written before it, `{previous}`, {where}. Lead a way here, or remove the step."
    if owner_of(within) and owner_of(within) not in case.moves.came_from:
        return f"Once `{owner_of(within)}` can be reached, so can this step."
    return "Lead a way here, or remove the step."
