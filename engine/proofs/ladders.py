"""Row 9, of each step: its ladder rises, no rung stands behind one that closes the step, and it ends before the `sla`.

Warnings, and only where it is certain: business time and plain time are not always comparable.
"""

from __future__ import annotations

from engine import durations
from engine.definition import Rung, StepSpec
from engine.proofs.finding import Case
from engine.proofs.lengths import Total, exceeds, is_sooner


def prove(case: Case) -> None:
    """Report rungs that are out of order, that are never climbed, and that come when the run should be over."""
    for step in case.definition.steps.values():
        closed: int | None = None
        for number, rung in enumerate(step.escalate):
            above = step.escalate[number - 1] if number else None
            if above is not None and is_sooner(case.definition, step, rung, above):
                _report(
                    case,
                    step,
                    number,
                    f"This rung comes {said(rung)}, sooner than the one above it ({said(above)}).",
                    "Write the rungs in the order of their times.",
                )
            elif closed is not None and _is_never(case, step, rung, step.escalate[closed]):
                _report(
                    case,
                    step,
                    number,
                    f"This rung is never climbed: the step has been closed {said(step.escalate[closed])}.",
                    "Let it come sooner, or leave it out.",
                )
            if closed is None and rung.closes and rung.when is None:
                closed = number
            _in_time(case, step, number, rung)


def said(rung: Rung) -> str:
    if rung.before_due is not None:
        return f"{durations.say(rung.before_due)} before the step is due"
    assert rung.after is not None
    return f"after {durations.say(rung.after)}"


def _is_never(case: Case, step: StepSpec, rung: Rung, closing: Rung) -> bool:
    is_equal = (rung.after, rung.before_due) == (closing.after, closing.before_due)
    return is_equal or is_sooner(case.definition, step, closing, rung)


def _in_time(case: Case, step: StepSpec, number: int, rung: Rung) -> None:
    sla, calendar = case.definition.sla, case.definition.calendar
    if sla is not None and rung.after is not None and exceeds(Total.of((rung.after,)), sla, calendar):
        message = f"This rung comes {said(rung)}, when the whole run should be over: its `sla` is {durations.say(sla)}."
        path = ("steps", step.id, "escalate", number, "after")
        case.report("sla-overrun", path, message, "Let it come sooner, or raise `sla`.", case.way_to(step.id))


def _report(case: Case, step: StepSpec, number: int, message: str, hint: str) -> None:
    rung = step.escalate[number]
    key = "after" if rung.after is not None else "before_due"
    case.report("ladder-order", ("steps", step.id, "escalate", number, key), message, hint)
