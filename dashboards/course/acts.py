"""What an operator may do to a run: each act with its consequence, and the guard's reason where it may not be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards import consequences
from engine.definition import Definition
from engine.lifecycles import VISIT_OPEN
from runs import guard, operate
from runs.guard import Verdict
from runs.models import Incident, Run, Step
from runs.outcomes import Outcome
from workflows.models import Person

OFFERED = 8
"""At most so many open steps are offered in the menu."""


@dataclass(frozen=True)
class Act:
    """`name` is the guard's; `step` is None for what is done to the run as a whole."""

    name: str
    verb: str
    icon: str
    consequence: str
    verdict: Verdict
    step: Step | None = None

    @property
    def is_danger(self) -> bool:
        return self.name == "cancel"


def of(
    person: Person, run: Run, definition: Definition, steps: Sequence[Step], incidents: Mapping[int, Incident]
) -> tuple[Act, ...]:
    """Offer what there is to do here: retry what needs an operator, skip what is open, cancel the run."""
    if not run.is_open:
        return ()
    open_steps = [step for step in steps if step.status in VISIT_OPEN][:OFFERED]
    acts = [_retry(person, run, step, incidents[step.number]) for step in open_steps if step.number in incidents]
    acts += [_skip(person, run, definition, step) for step in open_steps]
    return (*acts, _cancel(person, run, open_steps))


def named(
    person: Person,
    run: Run,
    definition: Definition,
    name: str,
    step: Step | None,
    steps: Sequence[Step],
    incidents: Mapping[int, Incident],
) -> Act:
    """Return one act by its name, with the guard's verdict now."""
    if name == "cancel" or step is None:
        return _cancel(person, run, [one for one in steps if one.status in VISIT_OPEN])
    if name == "retry":
        return _retry(person, run, step, incidents.get(step.number))
    return _skip(person, run, definition, step)


def perform(act: Act, person: Person, run: Run, reason: str, key: str | None) -> Outcome:
    if act.step is None:
        return operate.cancel(run, person, reason, key)
    verb = operate.retry if act.name == "retry" else operate.skip
    return verb(run, act.step.number, person, reason, key)


def _retry(person: Person, run: Run, step: Step, incident: Incident | None) -> Act:
    verdict = guard.may(person, "retry", run, step.number)
    if incident is not None and incident.code == "escalated":
        what = "Nothing went wrong that could be tried again: the step stays open as it is, and the call is closed."
        return Act("retry", f"Answer the call at {step.title}", "task", what, verdict, step)
    what = {
        "action": "A new attempt with the same idempotency key; the attempts are counted from the beginning.",
        "gate": "Who may vote is asked of the organisation again.",
    }.get(step.kind, "What went wrong is tried once more.")
    return Act("retry", f"Retry {step.title}", "retry", what, verdict, step)


def _skip(person: Person, run: Run, definition: Definition, step: Step) -> Act:
    leads = consequences.leads_to(definition, step.name, _way_on(definition, step))
    after = f"It goes on without its result: {leads}." if leads else "It goes on without its result."
    if step.kind == "gate":
        after = f"Breaks the glass: nobody has approved, and this page will say so. That {leads or 'goes on'}."
    return Act("skip", f"Skip {step.title}", "skip", after, guard.may(person, "skip", run, step.number), step)


def _way_on(definition: Definition, step: Step) -> str:
    triggers = [way.trigger for way in definition.ways[step.name]]
    return next((trigger for trigger in ("skip", "done", "approve") if trigger in triggers), "done")


def _cancel(person: Person, run: Run, open_steps: Sequence[Step]) -> Act:
    closed = " and ".join(step.title for step in open_steps)
    what = f"Ends the run at once{f' and closes {closed}' if closed else ''}. Nothing that was done is undone."
    return Act("cancel", "Cancel the run", "x", what, guard.may(person, "cancel", run))
