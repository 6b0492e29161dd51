"""Row 9, of the whole run: the longest way by due times fits in the `sla`. A warning, with that way.

Added up are the `due` of each step, the length of each `wait` and the deadline of each signal, along the way on which
they are most (`longest`). Guards are ignored.
"""

from __future__ import annotations

from engine import durations
from engine.definition import StepSpec, WaitSpec
from engine.durations import Length
from engine.proofs.finding import Case, names
from engine.proofs.lengths import Total, exceeds
from engine.proofs.longest import longest


def prove(case: Case) -> None:
    """Report a longest way that takes more than the whole run should."""
    sla, calendar = case.definition.sla, case.definition.calendar
    if sla is None:
        return
    lengths = {step.id: length for step in case.definition.steps.values() if (length := _takes(step)) is not None}
    way = longest(case.moves, lengths)
    timed = {step: length for step, length in way.steps if length is not None}
    total = Total.of(timed.values())
    if not exceeds(total, sla, calendar):
        return
    takes = " and ".join(durations.say(part) for part in (total.plain, total.business) if part)
    case.report(
        "sla-overrun",
        ("sla",),
        f"By their due times the steps on the longest way take {takes}, and the run should be over in"
        f" {durations.say(sla)}.",
        f"Raise `sla`, or give less time to {names(list(timed))}.",
        [step for step, _ in way.steps],
    )


def _takes(step: StepSpec) -> Length | None:
    if isinstance(step.does, WaitSpec):
        if step.does.length is not None:
            return step.does.length
        return step.due if step.does.deadline is None else step.does.deadline
    return step.due
