"""Row 2: every step can be reached from the start."""

from __future__ import annotations

from engine.definition import MAIN
from engine.proofs.finding import Case, names


def prove(case: Case) -> None:
    """Report each step that no way from the start leads to."""
    moves = case.moves
    lost = [step for step in case.definition.steps if step not in moves.came_from]
    before = {step: [source for source in lost if step in moves.onward[source] and source != step] for step in lost}
    for step in lost:
        if before[step]:
            message = (
                f"No way leads to the step `{step}`: it follows only {names(before[step])}, which nothing reaches."
            )
            hint = f"Once {names(before[step])} can be reached, so can this step."
        else:
            message = f"No way leads to the step `{step}`."
            hint = _hint(case, step)
        case.report("unreachable-step", ("steps", step), message, hint)


def _hint(case: Case, step: str) -> str:
    steps = case.definition.lists.get(case.definition.steps[step].within, case.definition.lists.get(MAIN, ()))
    at = steps.index(step) if step in steps else 0
    if at:
        previous = steps[at - 1]
        ways = sorted({way.target for way in case.moves.ways[previous]})
        where = f"goes on to {names(ways)}" if ways else "ends the run"
        return f"The step written before it, `{previous}`, {where}. Lead a way here, or remove the step."
    return "Lead a way here, or remove the step."
