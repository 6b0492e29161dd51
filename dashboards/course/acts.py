"""What an operator may do to a run: each act with its consequence, and the guard's reason where it may not be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from dashboards import consequences
from engine.definition import Definition
from engine.lifecycles import VISIT_OPEN
from runs import guard
from runs.guard import Verdict
from runs.models import Incident, Run, Step
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
    run: Run
    step: Step | None = None

    @property
    def is_danger(self) -> bool:
        return self.name == "cancel"

    @property
    def short(self) -> str:
        """The verb alone, where what it is done to stands beside it."""
        return self.verb.split(" ", 1)[0]

    @property
    def address(self) -> str:
        """Where it is asked for."""
        where = [self.run.number, *([self.step.number] if self.step else [])]
        return reverse(f"run-{self.name}", args=where)


#: Acts on a run, and acts on one of its steps.
OF_RUN = ("pause", "resume", "jump", "change", "cancel")
OF_STEP = ("retry", "complete-for", "reassign", "skip")


def of(
    person: Person, run: Run, definition: Definition, steps: Sequence[Step], incidents: Mapping[int, Incident]
) -> tuple[Act, ...]:
    """Offer what there is to do here: what is stuck first, then what is open, then the run as a whole."""
    if not run.is_open:
        return ()
    open_steps = [step for step in steps if step.status in VISIT_OPEN][:OFFERED]
    wanted: list[tuple[str, Step | None]] = [("retry", step) for step in open_steps if step.number in incidents]
    for step in open_steps:
        names = ("complete-for", "reassign", "skip") if step.kind == "task" else ("skip",)
        wanted += [(name, step) for name in names]
    wanted += [(name, None) for name in ("resume" if run.paused else "pause", "jump", "change", "cancel")]
    return tuple(
        named(person, run, definition, name, step, steps, incidents.get(step.number) if step else None)
        for name, step in wanted
    )


def named(
    person: Person,
    run: Run,
    definition: Definition,
    name: str,
    step: Step | None,
    steps: Sequence[Step],
    incident: Incident | None,
) -> Act:
    """Return one act by its name, with the guard's verdict now."""
    verdict = guard.may(person, name, run, step.number if step else None)  # type: ignore[arg-type]
    verb, icon, consequence = (
        _at(name, definition, step, run, incident)
        if step is not None
        else _of_run(name, [one for one in steps if one.status in VISIT_OPEN])
    )
    return Act(name, verb, icon, consequence, verdict, run, step)


Words = tuple[str, str, str]


def _of_run(name: str, open_steps: Sequence[Step]) -> Words:
    closed = " and ".join(step.title for step in open_steps)
    return {
        "pause": (
            "Pause the run",
            "pause",
            "Nobody can hand in or vote until it is resumed, and its clocks stand still. What the machine has in hand "
            "is finished; what comes of it is held.",
        ),
        "resume": (
            "Resume the run",
            "play",
            "People can act again, clocks run on with what was left of them, and what came meanwhile is applied.",
        ),
        "jump": (
            "Jump to a step",
            "jump",
            f"Goes on at a step of your choice{f' and closes {closed}' if closed else ''}. Nothing that was done is "
            "undone.",
        ),
        "change": (
            "Change data",
            "pencil",
            "Puts inputs or results right. Nothing that was decided is done again; an open gate that shows a changed "
            "value is asked anew.",
        ),
        "cancel": (
            "Cancel the run",
            "x",
            f"Ends the run at once{f' and closes {closed}' if closed else ''}. Nothing that was done is undone.",
        ),
    }[name]


def _at(name: str, definition: Definition, step: Step, run: Run, incident: Incident | None) -> Words:
    if name == "retry" and incident is not None and incident.code == "escalated":
        what = "Nothing went wrong that could be tried again: the step stays open as it is, and the call is closed."
        return f"Answer the call at {step.title}", "task", what
    if name == "retry":
        return f"Retry {step.title}", "retry", _retrying(step, run)
    if name == "reassign":
        had = f"{step.claimed_by} loses it" if step.claimed_by else "Whoever it was for does not see it any more"
        return f"Reassign {step.title}", "delegate", f"{had}; whom you choose finds it under My work."
    if name == "complete-for":
        leads = consequences.leads_to(definition, step.name, "done")
        after = f", which {leads}" if leads else ""
        return (
            f"Complete {step.title} for somebody",
            "check",
            f"Hands it in for them{after}. The log names both.",
        )
    return f"Skip {step.title}", "skip", _skipping(definition, step)


def _retrying(step: Step, run: Run) -> str:
    what = {
        "action": "A new attempt with the same idempotency key; the attempts are counted from the beginning.",
        "gate": "Who may vote is asked of the organisation again.",
    }.get(step.kind, "What went wrong is tried once more.")
    return f"{what} It waits for the end of the pause." if run.paused and step.kind == "action" else what


def _skipping(definition: Definition, step: Step) -> str:
    leads = consequences.leads_to(definition, step.name, _way_on(definition, step))
    if step.kind == "gate":
        return f"Breaks the glass: nobody has approved, and this page will say so. That {leads or 'goes on'}."
    return f"It goes on without its result: {leads}." if leads else "It goes on without its result."


def _way_on(definition: Definition, step: Step) -> str:
    triggers = [way.trigger for way in definition.ways[step.name]]
    return next((trigger for trigger in ("skip", "done", "approve") if trigger in triggers), "done")
