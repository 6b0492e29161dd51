"""Rows made by hand: what a page shows, without a machine that moved there."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from engine import definition as compiled
from engine import values
from engine.definition import (
    ActionSpec,
    DecideSpec,
    Definition,
    EndSpec,
    FieldSpec,
    GateSpec,
    Quorum,
    RoleSpec,
    Rung,
    StepSpec,
    TaskSpec,
    Transition,
)
from engine.lifecycles import RUN_ENDED, VISIT_OPEN, RunStatus
from engine.machine import state as states
from engine.machine.state import State
from runs import words
from runs.models import Candidate, Gate, Incident, Run, SearchText, Step
from workflows.models import Artifact, Part, Person, Unit, Version

NOW = datetime(2026, 6, 18, 8, 42, tzinfo=UTC)
_numbers = itertools.count(4000)


def person(username: str, *groups: str, zone: str = "UTC", **names: Any) -> Person:
    someone = Person.objects.create_user(
        username=username,
        password=username,
        first_name=names.get("first", username.title()),
        last_name=names.get("last", "Doe"),
        time_zone=zone,
    )
    someone.groups.set([Group.objects.get_or_create(name=name)[0] for name in groups])
    return someone


def unit(slug: str = "platform") -> Unit:
    return Unit.objects.filter(slug=slug).first() or Unit.objects.create(slug=slug, title=slug.title())


def viewer(username: str, of: Unit | None = None) -> Person:
    """Somebody who finds what is published in the unit, and has nothing to do with it."""
    someone = person(username)
    Part.objects.create(unit=of or unit(), person=someone, part=Part.Kind.VIEWER)
    return someone


def operator(username: str, of: Unit | None = None) -> Person:
    someone = person(username)
    Part.objects.create(unit=of or unit(), person=someone, part=Part.Kind.OPERATOR)
    return someone


def change() -> Definition:
    """A small production change: a plan, a rule, a board, an action, an end."""
    steps = {
        "plan": StepSpec(
            "plan",
            "Write the change plan",
            TaskSpec(
                assign="engineer",
                instructions="Say **what** changes.",
                checklist=("Rollback rehearsed",),
                form=(FieldSpec("change_ref", "text"), FieldSpec("downtime", "duration", required=False)),
            ),
            due=timedelta(days=1),
            escalate=(Rung(timedelta(hours=4), remind=("assigned",)),),
        ),
        "route": StepSpec("route", "Is the board needed?", DecideSpec()),
        "board": StepSpec(
            "board",
            "Change board",
            GateSpec(
                ask="Approve ${steps.plan.change_ref}?",
                show=("inputs.service", "steps.plan"),
                approvers=("manager",),
                quorum=Quorum(per_role={"manager": 1}),
                exclude=("starter", "plan"),
                require=("comment",),
            ),
            due=timedelta(hours=8),
            escalate=(
                Rung(timedelta(hours=4), remind=("pending",)),
                Rung(timedelta(days=2), outcome="reject"),
            ),
        ),
        "ship": StepSpec("ship", "Ship", ActionSpec(provider="debug.echo", parameters={"ref": "${inputs.service}"})),
        "done": StepSpec("done", "Shipped", EndSpec()),
    }
    return Definition(
        playbook="change",
        title="Production change",
        kind="runbook",
        owner="platform",
        summary="Plan, approve and ship a change.",
        domain="engineering",
        tags=("change", "production"),
        risk="high",
        sla=timedelta(days=3),
        inputs=(
            FieldSpec("service", "text", title="Service"),
            FieldSpec("risk_score", "integer", title="Risk score", minimum=1, maximum=10),
        ),
        roles={"engineer": RoleSpec(groups=("engineers",)), "manager": RoleSpec(groups=("managers",))},
        steps=steps,
        lists={"": tuple(steps)},
        transitions=(
            Transition("", "start", "plan"),
            Transition("plan", "done", "route"),
            Transition("route", "rule:0", "board", guard="inputs.risk_score >= 7"),
            Transition("route", "otherwise", "ship"),
            Transition("board", "approve", "ship"),
            Transition("board", "reject", "plan"),
            Transition("ship", "done", "done"),
        ),
        outputs={"ref": "steps.plan.change_ref"},
        names={"inputs.service": "string", "inputs.risk_score": "int", "steps.plan.change_ref": "string"},
    )


def version(of: Definition | None = None, slug: str = "change", status: str = "published", **columns: Any) -> Version:
    """A published version of `slug`; its roles' groups and people are linked as publishing does."""
    definition = of or change()
    artifact = Artifact.objects.filter(slug=slug).first() or Artifact.objects.create(slug=slug, unit=unit())
    made = Version.objects.create(
        artifact=artifact,
        number=artifact.versions.count() + 1,
        title=columns.pop("title", definition.title),
        kind=columns.pop("kind", definition.kind),
        summary=columns.pop("summary", definition.summary),
        domain=columns.pop("domain", definition.domain),
        risk=columns.pop("risk", definition.risk),
        source=columns.pop("source", "playbook: change\n"),
        definition=values.canonical(compiled.to_json(definition)).decode(),
        digest=definition.digest,
        status=status,
        published_at=columns.pop("published_at", timezone.now()),
        **columns,
    )
    groups = {name for role in definition.roles.values() for name in role.groups}
    made.role_groups.set([Group.objects.get_or_create(name=name)[0] for name in sorted(groups)])
    return made


def run(of: Version, starter: Person, status: str = "running", **columns: Any) -> Run:
    """A run as `apply` would leave it, with a state that fits its columns; `step` moves it to its lane."""
    started_at = columns.pop("started_at", timezone.now())
    goes_on = "called" if columns.get("parent") else "machine"
    stands = "paused" if columns.get("paused") else goes_on
    lane = "ended" if status in RUN_ENDED else "attention" if columns.get("incident_count") else stands
    made = Run(
        number=next(_numbers),
        version=of,
        unit=of.artifact.unit,
        title=columns.pop("title", f"{of.title} for somebody"),
        status=status,
        started_by=starter,
        started_at=started_at,
        changed_at=columns.pop("changed_at", started_at),
        state="",
        head="0" * 64,
        lane=columns.pop("lane", lane),
        **columns,
    )
    made.state = states.dump(
        State(
            run=str(made.pk),
            definition=of.digest,
            semantics=1,
            status=RunStatus(status),
            seq=1,
            at=started_at,
            started_at=started_at,
            started_by=starter.username,
            title=made.title,
        )
    ).decode()
    made.seq = 1
    made.save(force_insert=True)
    SearchText.objects.create(number=made.number, words=" ".join(words.folded(made.title)))
    return made


def step(
    of: Run, name: str = "plan", kind: str = "task", number: int = 1, status: str = "open", **columns: Any
) -> Step:
    if kind in ("task", "gate") and status in VISIT_OPEN and of.lane in ("machine", "called"):
        of.lane = "people"
    due_at = columns.get("due_at") if status in VISIT_OPEN and not of.paused else None
    of.next_due_at = min(filter(None, (of.next_due_at, due_at)), default=None)
    of.save(update_fields=["lane", "next_due_at"])
    return Step.objects.create(
        run=of,
        number=number,
        name=name,
        kind=kind,
        title=columns.pop("title", name.title()),
        status=status,
        opened_at=columns.pop("opened_at", of.started_at),
        **columns,
    )


def waits_for(of: Step, *whom: Person | str) -> None:
    """Name who an open step waits for: people, or groups by name."""
    for one in whom:
        if isinstance(one, Person):
            Candidate.objects.create(step=of, version=of.run.version, person=one)
        else:
            group = Group.objects.get_or_create(name=one)[0]
            Candidate.objects.create(step=of, version=of.run.version, group=group)


def gate(of: Step, status: str = "open", **columns: Any) -> Gate:
    return Gate.objects.create(
        step=of, question=columns.pop("question", "Approve?"), digest="0" * 64, status=status, **columns
    )


def incident(of: Run, at: Step | None = None, code: str = "failed", message: str = "lock not granted") -> Incident:
    return Incident.objects.create(run=of, step=at, code=code, message=message, opened_at=timezone.now())
