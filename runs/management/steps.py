"""Steps and values as they are written on the command line: an open step by its address, `NAME=VALUE`."""

from __future__ import annotations

from django.core.management.base import CommandError

from engine.machine.state import step_of
from runs import definitions
from runs.models import Run, Step

ADDRESS = "the id of an open step; `look[0]` in an item, `ship.undo` what takes it back"


def visit_of(run: Run, step: str) -> int:
    """Return the open visit of this step, else its last one, which the verb then refuses with what became of it."""
    visits = definitions.state_of(run).visits.values()
    found = [visit.number for visit in visits if visit.address == step]
    found = found or [visit.number for visit in visits if visit.step == step]
    if len(found) > 1:
        addresses = [visit.address for visit in visits if visit.number in found]
        several = ", ".join(addresses[:5])
        raise CommandError(f"The step {step} is open for several items of run {run.number}: say which, as {several}.")
    ended = Step.objects.filter(run=run, name=step).order_by("-number").values_list("number", flat=True)[:1]
    for number in found or ended:
        return number
    raise CommandError(f"The step {step} of run {run.number} is not open.")


def items_of(run: Run, visit: int) -> tuple[str, ...]:
    """Return the checklist of an open task; nothing of anything else."""
    state = definitions.state_of(run)
    there = state.visits.get(visit)
    return getattr(step_of(definitions.of(run), there).does, "checklist", ()) if there else ()


def pairs(written: list[str]) -> dict[str, str]:
    """Read `NAME=VALUE`s."""
    wrong = [pair for pair in written if "=" not in pair]
    if wrong:
        raise CommandError(f"Write NAME=VALUE, not {wrong[0]}.")
    return dict(pair.split("=", 1) for pair in written)
