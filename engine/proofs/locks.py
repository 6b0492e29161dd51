"""Row 10, for templates: no way of a child leads around a step that its parent locks (semantics [templates]).

Whatever stood behind a locked step on every way in the parent, and the completed end of the run, still does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.definition import Definition
from engine.problems import Place, Problem
from engine.proofs.avoiding import COMPLETED, Avoiding
from engine.proofs.finding import Case, arrows, names
from engine.proofs.moves import Moves


def prove(case: Case, parent: Definition, locked: Iterable[str], made: Mapping[str, Place], change: Place) -> None:
    """Report each locked step that a way leads around, at the change that made the way.

    `made` are the places of the changes by the steps that they brought or led elsewhere, `change` stands for the rest.
    """
    before = Moves(parent)
    everything = Avoiding(before)
    for step in locked:
        if step not in case.definition.steps:
            continue
        behind = set(everything.reached) - set(Avoiding(before, step).reached) - {step}
        around = Avoiding(case.moves, step)
        lost = [place for place in around.reached if place in behind]
        if lost:
            _report(case, parent.playbook, step, lost, around, made, change)


def _report(
    case: Case,
    parent: str,
    step: str,
    lost: Sequence[str],
    around: Avoiding,
    made: Mapping[str, Place],
    change: Place,
) -> None:
    path = min((around.path(place) for place in lost), key=len)
    place = next((made[one] for one in reversed(path) if one in made), change)
    steps = [one for one in lost if one != COMPLETED]
    what = f"{names(steps)} can be reached" if steps else "The run can be completed"
    message = f"{what} without the locked step `{step}`: {arrows(path)}."
    hint = f"In `{parent}` every way there passes `{step}`: lead this way through it too."
    case.found.append(Problem("locked-step", message, place, hint, path, case.file))
