"""Row 7, of regions: a join asks for no more lists than can end, and what steps need goes in no circle."""

from __future__ import annotations

from engine.definition import EachSpec, ParallelSpec, StepSpec
from engine.proofs.finding import Case, arrows
from engine.proofs.graphs import cycle_within, knots
from engine.proofs.passing import wanted

MOST_ITEMS = 500
"""More items than that an `each` does not take (semantics [each])."""


def prove(case: Case) -> None:
    """Report each join that can never be met, and each circle of needs."""
    for region in case.moves.bodies:
        step = case.definition.steps[region]
        if isinstance(step.does, ParallelSpec) and not step.does.branches:
            _prove_needs(case, step, step.does)
        elif isinstance(step.does, ParallelSpec | EachSpec) and is_told(case, region):
            _report(case, step, step.does)


def is_told(case: Case, region: str) -> bool:
    """Say whether row 7 has something to say of this region; that it does not end needs no other word then."""
    does, passing = case.definition.steps[region].does, case.moves.passing
    if isinstance(does, ParallelSpec) and not does.branches:
        return any(passing.lanes[name].ring for name in case.moves.bodies[region] if name in passing.lanes)
    if not isinstance(does, ParallelSpec | EachSpec) or does.join == "all":
        return False
    if isinstance(does, EachSpec):
        return not passing.counting(region) or wanted(does, 1) > MOST_ITEMS
    return passing.counting(region) < wanted(does, len(does.branches))


def _report(case: Case, step: StepSpec, does: ParallelSpec | EachSpec) -> None:
    counting = case.moves.passing.counting(step.id)
    if isinstance(does, EachSpec):
        path: tuple[str, ...] = ("steps", step.id, "join")
        number = wanted(does, 1)
        if counting:
            what = f"{number} items, and an `each` has at most {MOST_ITEMS}"
            hint = "Lower the number, or write `join: all`."
        else:
            what = f"{_counted(number, 'item')} to end, but no way through its steps comes to their end"
            hint = "Let a way through its steps come to the end of their list."
    else:
        path = ("steps", step.id, "parallel", "join")
        number, lists = wanted(does, len(does.branches)), len(does.branches)
        able = "none of them" if not counting else f"only {counting} of them" if counting < lists else "there are"
        if counting == lists:
            what = f"{_counted(number, 'branch')} to end, and there {'is' if lists == 1 else 'are'} only {lists}"
        else:
            what = f"{_counted(number, 'branch')} to end with a step completed, and of its {lists} {able} can"
        hint = "Lower the number, or let more branches come to the end of their list."
    message = f"The join of `{step.id}` can never be met: it asks for {what}."
    case.report("join-unreachable", path, message, hint, case.way_to(step.id))


def _prove_needs(case: Case, step: StepSpec, does: ParallelSpec) -> None:
    for name in case.moves.bodies[step.id]:
        steps = case.definition.lists.get(name, ())
        inside = set(steps)
        needs = {one: [other for other in does.needs.get(one, ()) if other in inside] for one in steps}
        for ring in knots(steps, needs):
            around = cycle_within(ring, needs, ring[0])
            case.report(
                "join-unreachable",
                ("steps", ring[0], "needs"),
                f"What these steps need goes in a circle, so none of them ever opens: {arrows(around)}.",
                f"Take one of the `needs` out: `{around[0]}` needs `{around[1]}`, and so on round.",
                (*case.way_to(step.id), *around),
            )


def _counted(number: int, noun: str) -> str:
    many = f"{noun}es" if noun.endswith("ch") else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"
