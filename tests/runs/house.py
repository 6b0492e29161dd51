"""A small organisation and small playbooks that the tests of runs stand on. Definitions are made by hand."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import Group
from django.db.models import F
from django.utils import timezone

from engine import definition as definitions
from engine import values
from engine.compiler import compile_together
from engine.definition import (
    ActionSpec,
    Definition,
    EndSpec,
    FieldSpec,
    GateSpec,
    Quorum,
    Retry,
    RoleSpec,
    Rung,
    StepSpec,
    TaskSpec,
    Transition,
    WaitSpec,
)
from engine.definition import Work as Doing
from engine.lifecycles import VersionStatus
from engine.machine import state as states
from engine.machine.events import Start
from runs import doorbell, start
from runs.apply import BATCH, Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Run, Work
from runs.outcomes import is_accepted
from runs.work.perform import work_until_idle
from runs.work.sweep import fire
from workflows.models import Artifact, Part, Person, Unit, Version

ROLES = {
    "engineer": RoleSpec(groups=("engineers",)),
    "manager": RoleSpec(groups=("managers",)),
}


def settle() -> dict[str, Person]:
    """Make units, groups and people: ann and ben are engineers, mia, max and mo managers.

    olga operates the platform's runs and may take them past a gate.
    """
    company = Unit.objects.create(slug="company", title="The company")
    platform = Unit.objects.create(slug="platform", title="Platform", parent=company)
    elsewhere = Unit.objects.create(slug="elsewhere", title="Elsewhere", parent=company)
    engineers = Group.objects.create(name="engineers")
    managers = Group.objects.create(name="managers")
    full = {"ann": "Ann Archer", "ben": "Ben Baker", "mia": "Mia Moss", "max": "Max Mill", "mo": "Mo Marsh"}
    full |= {"olga": "Olga Oak", "otto": "Otto Orr", "audrey": "Audrey Ash", "zoe": "Zoe Zell", "gus": "Gus Gone"}
    people = {}
    for username, name in full.items():
        first, last = name.split()
        people[username] = Person.objects.create(username=username, first_name=first, last_name=last)
    engineers.user_set.add(people["ann"], people["ben"], people["gus"])
    managers.user_set.add(people["mia"], people["max"], people["mo"])
    Part.objects.create(unit=platform, person=people["olga"], part=Part.Kind.OPERATOR)
    Part.objects.create(unit=platform, person=people["olga"], part=Part.Kind.BREAK_GLASS)
    Part.objects.create(unit=elsewhere, person=people["otto"], part=Part.Kind.OPERATOR)
    Part.objects.create(unit=company, person=people["audrey"], part=Part.Kind.AUDITOR)
    people["gus"].is_active = False
    people["gus"].save()
    return people


def publish(definition: Definition, by: Person | None = None, at: datetime | None = None) -> Version:
    """Keep a definition as the published version of its playbook, without a compiler."""
    artifact, _ = Artifact.objects.get_or_create(
        slug=definition.playbook, defaults={"unit": Unit.objects.get(slug=definition.owner)}
    )
    for before in artifact.versions.filter(status=VersionStatus.PUBLISHED.value):
        before.deprecate()
        before.save()
    version = Version.objects.create(
        artifact=artifact,
        number=artifact.versions.count() + 1,
        title=definition.title,
        kind=definition.kind,
        source="",
        definition=values.canonical(definitions.to_json(definition)).decode(),
        digest=definition.digest,
        status=VersionStatus.PUBLISHED.value,
        has_triggers=bool(definition.schedules or definition.webhooks),
        published_by=by,
        published_at=at,
    )
    version.role_groups.set(
        Group.objects.filter(name__in=[group for role in definition.roles.values() for group in role.groups])
    )
    version.role_people.set(
        Person.objects.filter(username__in=[user for role in definition.roles.values() for user in role.users])
    )
    return version


def approve(definition: Definition, source: str = "") -> Version:
    """Keep a definition as an approved version beside the published one."""
    artifact = Artifact.objects.get(slug=definition.playbook)
    return Version.objects.create(
        artifact=artifact,
        number=artifact.versions.count() + 1,
        based_on=artifact.published,
        title=definition.title,
        kind=definition.kind,
        source=source,
        definition=values.canonical(definitions.to_json(definition)).decode(),
        digest=definition.digest,
        status=VersionStatus.APPROVED.value,
        has_triggers=bool(definition.schedules or definition.webhooks),
    )


def playbook(
    slug: str, steps: Iterable[StepSpec], ways: Iterable[tuple[str, str, str]] = (), **more: object
) -> Definition:
    """Make a definition of one list of steps; what `ways` does not say follows the order of the steps."""
    steps = list(steps)
    given = {(source, trigger) for source, trigger, _ in ways}
    transitions = [Transition("", "start", steps[0].id), *(Transition(*way) for way in ways)]
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        after = following.id if following else "leave"
        for trigger in _onward(step):
            if (step.id, trigger) not in given:
                transitions.append(Transition(step.id, trigger, after if trigger != "reject" else "fail"))
    return Definition(
        playbook=slug,
        title=slug.replace("-", " ").capitalize(),
        kind="runbook",
        owner="platform",
        roles=ROLES,
        steps={step.id: step for step in steps},
        lists={"": tuple(step.id for step in steps)},
        transitions=tuple(transitions),
        **more,
    )


def _onward(step: StepSpec) -> tuple[str, ...]:
    return {"gate": ("approve", "reject", "skip"), "end": ()}.get(step.kind, ("done", "skip"))


def task(name: str, assign: str = "engineer", due: timedelta | None = None, **more: object) -> StepSpec:
    return StepSpec(name, name.capitalize(), TaskSpec(assign=assign, **more), due=due)


def gate(name: str, quorum: int = 1, rungs: tuple[Rung, ...] = (), **more: object) -> StepSpec:
    does = GateSpec(ask="Go on?", approvers=("manager",), quorum=Quorum(count=quorum), **more)
    return StepSpec(name, name.capitalize(), does, escalate=rungs)


def action(
    name: str, provider: str = "debug.echo", retry: Retry | None = None, seconds: float = 60, **parameters: object
) -> StepSpec:
    does = ActionSpec(
        provider=provider, parameters=parameters, retry=retry or Retry(), timeout=timedelta(seconds=seconds)
    )
    return StepSpec(name, name.capitalize(), does)


def wait(name: str, length: timedelta) -> StepSpec:
    return StepSpec(name, name.capitalize(), WaitSpec(length=length))


def step(name: str, does: Doing, **more: object) -> StepSpec:
    return StepSpec(name, name.capitalize(), does, **more)


def compiled(text: str, *others: str) -> Definition:
    """Compile a playbook that may call the others, publish these, and return the definition of the first."""
    found = compile_together([("first.yaml", text), *((f"{n}.yaml", other) for n, other in enumerate(others))])
    for one in found:
        assert one.ok, [problem.message for problem in one.problems]
    for one in found[1:]:
        assert one.definition is not None
        publish(one.definition)
    assert found[0].definition is not None
    return found[0].definition


def tell() -> None:
    """Let runs tell each other what they have to, until nothing is left to tell."""
    with doorbell.quiet():
        while fire():
            pass


def act() -> None:
    """Do all work that is due, as a worker would."""
    work_until_idle()


def end(name: str = "done") -> StepSpec:
    return StepSpec(name, name.capitalize(), EndSpec())


def change() -> Definition:
    """A plan by an engineer, an approval by a manager, an action."""
    note = FieldSpec("note", "text", required=False)
    return playbook(
        "change",
        [task("plan", form=(note,), checklist=("Told everybody",)), gate("board"), action("ship", ref="x"), end()],
        inputs=(FieldSpec("service", "text"),),
    )


def begin(version: Version, person: Person, clock: Clock = database_clock, **inputs: object) -> Run:
    """Start a run, whether there are people for it or not."""
    outcome = start.start(version, person, inputs, clock=clock, is_by_hand=False)
    assert is_accepted(outcome), outcome
    return Run.objects.get(pk=outcome.run_id)


def begin_many(version: Version, person: Person, count: int, clock: Clock = database_clock) -> list[Run]:
    """Start so many runs, in as few transactions as `apply` allows."""
    ids = [uuid4() for _ in range(count)]
    for first in range(0, count, BATCH):
        starts = [
            Delivery(pk, Start(at=NOT_YET, actor=person.username, run=str(pk)), version=version)
            for pk in ids[first : first + BATCH]
        ]
        assert all(is_accepted(outcome) for outcome in apply(starts, clock))
    return list(Run.objects.filter(pk__in=ids).order_by("number"))


def acting(people, **more) -> Run:
    """Start a run whose only step is the action `test.act`."""
    version = publish(playbook("acting", [action("act", "test.act", n=1, **more), end()]))
    return begin(version, people["ann"])


def acting_again(people, number: int) -> Run:
    """Start a run of a playbook of its own with the same step."""
    return begin(publish(playbook(f"acting-{number}", [action("act", "test.act"), end()])), people["ann"])


def now(run: Run) -> Run:
    """Read the run anew."""
    return Run.objects.get(pk=run.pk)


def expire(run: Run) -> None:
    """End the lease of whoever holds this run's work."""
    Work.objects.filter(run=run, status="leased").update(lease_until=timezone.now() - timedelta(seconds=1))


def shift(run: Run, seconds: float) -> None:
    """Let time pass for one run: what is due later in its state and its work is due now."""
    state = states.load(now(run).state)
    moved = {
        key: dataclasses.replace(timer, due_at=timer.due_at + timedelta(seconds=seconds))
        for key, timer in state.timers.items()
    }
    Run.objects.filter(pk=run.pk).update(state=states.dump(dataclasses.replace(state, timers=moved)).decode())
    Work.objects.filter(run=run, status="ready").update(due_at=F("due_at") + timedelta(seconds=seconds))


def wait_until(holds, seconds: float = 5.0) -> None:
    """Wait until this holds, and fail when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not come to pass in time"
        time.sleep(0.02)
