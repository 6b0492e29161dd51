"""Row 3: from every step that can be reached, the run can end."""

from __future__ import annotations

from engine.proofs.finding import Case, arrows, names
from engine.proofs.moves import cycle_within, knots, reaches


def prove(case: Case) -> None:
    """Report each trap once, at the first of its steps that a run comes to."""
    moves = case.moves
    reached = list(moves.came_from)
    backward: dict[str, list[str]] = {step: [] for step in reached}
    for step in reached:
        for target in moves.onward[step]:
            backward[target].append(step)
    free = reaches((step for step in reached if moves.ends_here(step)), backward, lambda _: True)
    stuck = [step for step in reached if step not in free]
    for trap in _parts(stuck, moves.onward):
        first, members = trap[0], set(trap)
        within = {step: tuple(target for target in moves.onward[step] if target in members) for step in trap}
        knot = next(iter(knots(trap, within)), [])
        entry = next((step for step in trap if step in knot), first)
        loop = cycle_within(knot, within, entry) if knot else ()
        example = (*moves.path(entry), *loop[1:])
        if loop:
            message = f"From the step `{first}` on the run can never end: it goes round {arrows(loop)} for ever."
        else:
            message = f"From the step `{first}` on the run can never end: no way goes on from `{entry}`."
        others = [step for step in trap if step != first]
        hint = f"Give {names(trap)} a way to an end" if not others else f"Give one of {names(trap)} a way out"
        case.report("trap", ("steps", first), message, f"{hint}: a step after the loop, `leave` or `fail`.", example)


def _parts(stuck: list[str], onward: dict[str, tuple[str, ...]]) -> list[list[str]]:
    """Cut the stuck steps into what hangs together, each part in the order in which a run comes to its steps."""
    place = {step: at for at, step in enumerate(stuck)}
    beside: dict[str, set[str]] = {step: set() for step in stuck}
    for step in stuck:
        for target in onward[step]:
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
