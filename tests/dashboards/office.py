"""One playbook with everything that the pages of people show, and shortcuts through it, for the people of `house`."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from engine.definition import Definition, FieldSpec, GateSpec, Quorum, Rung, StepSpec, TaskSpec
from engine.machine.state import Visit
from runs import complete, definitions, tick, vote
from runs.models import Run, Step
from runs.outcomes import is_accepted
from tests.runs import house
from workflows.models import Person

ITEMS = ("Rollback rehearsed", "On-call informed")


def board() -> Definition:
    """A plan with checklist and form, a gate of two that sends back to it, a task of one click, an end."""
    form = (
        FieldSpec("change_ref", "text", title="Change number", pattern="CHG-[0-9]+"),
        FieldSpec("downtime", "duration", title="Downtime", default={"$seconds": 0.0}),
        FieldSpec("text", "text", title="The plan", multiline=True, required=False),
        FieldSpec("captain", "user", title="Captain", required=False),
        FieldSpec("regions", "list", title="Regions", of="text", required=False),
        FieldSpec("night", "boolean", title="At night", required=False),
    )
    plan = StepSpec(
        "plan",
        "Write the plan",
        TaskSpec(assign="engineer", instructions="Say **what** changes.", checklist=ITEMS, form=form),
        due=timedelta(hours=4),
        escalate=(Rung(timedelta(hours=2), remind=("assigned",)), Rung(timedelta(hours=4), add="manager")),
    )
    gate = StepSpec(
        "board",
        "Change board",
        GateSpec(
            ask="Approve ${steps.plan.change_ref} for ${inputs.service}?",
            show=("inputs.service", "steps.plan"),
            approvers=("manager",),
            quorum=Quorum(count=2),
            exclude=("starter", "plan"),
        ),
        due=timedelta(hours=8),
        escalate=(
            Rung(timedelta(hours=4), remind=("pending",)),
            Rung(timedelta(hours=8), add="user:olga"),
            Rung(timedelta(days=2), outcome="reject"),
        ),
    )
    return house.playbook(
        "board",
        [plan, gate, house.task("tell"), house.end()],
        [("board", "reject", "plan"), ("board", "return", "plan")],
        inputs=(FieldSpec("service", "text", title="Service"),),
        run_title="Ship ${inputs.service}",
        names={"inputs.service": "string", "steps.plan.change_ref": "string"},
    )


def client(person: Person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def at(run: Run, step: str) -> Visit:
    """The open visit of this step."""
    state = definitions.state_of(Run.objects.get(pk=run.pk))
    return next(visit for visit in state.visits.values() if visit.step == step)


def plan(run: Run, by: Person, ref: str = "CHG-1", **form: object) -> Visit:
    """Tick everything, hand the plan in, and return the gate that opened."""
    number = at(run, "plan").number
    step = Step.objects.get(run=run, number=number)
    for item in ITEMS:
        tick.tick(step, item, by, True)
    answer = complete.complete(Run.objects.get(pk=run.pk), number, by, {"change_ref": ref, **form})
    assert is_accepted(answer), answer
    return at(run, "board")


def cast(run: Run, by: Person, choice: str, comment: str = "") -> None:
    gate = at(run, "board")
    assert gate.asking is not None
    answer = vote.vote(Run.objects.get(pk=run.pk), gate.number, by, choice, comment, gate.asking.digest)
    assert is_accepted(answer), answer
