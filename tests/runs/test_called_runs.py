"""A call is a run of its own: sent for by the outbox, told what happens to its parent, and heard of when it ends."""

from __future__ import annotations

import pytest

from engine.lifecycles import WorkStatus
from engine.machine.commands import Refusal
from runs import complete, definitions, guard, operate
from runs.models import Incident, Run, Work
from runs.outcomes import is_accepted
from runs.work.audit import audit
from tests.runs import house
from workflows.models import Part

PARENT = """
playbook: launch
title: Launch
kind: runbook
owner: platform
inputs:
  region: {type: text}
  size: {type: integer, default: 3}
roles:
  engineer: {groups: [engineers]}
steps:
  - id: region
    call: region-launch
    with: {name: "${inputs.region}", size: "${inputs.size}"}
  - id: sum
    set: {ref: steps.region.ref}
  - {id: done, end: completed}
outputs:
  ref: steps.sum.ref
"""
CHILD = """
playbook: region-launch
title: Launch a region
kind: runbook
owner: platform
inputs:
  name: {type: text}
  size: {type: integer, max: 10}
roles:
  engineer: {groups: [engineers]}
steps:
  - id: build
    task: {assign: engineer, form: {ref: {type: text}}, outcomes: [built, broken]}
    on_outcome: {broken: fail}
outputs:
  ref: steps.build.ref
"""


@pytest.fixture
def parent(people) -> Run:
    return house.begin(house.publish(house.compiled(PARENT, CHILD)), people["ann"], region="nl")


def child_of(run: Run) -> Run:
    house.tell()
    child: Run = run.children.latest("number")
    return child


def build(child: Run, person, outcome: str = "built") -> None:
    (visit,) = definitions.state_of(house.now(child)).visits
    assert is_accepted(complete.complete(house.now(child), visit, person, {"ref": "R-1"}, outcome))
    house.tell()


def test_a_child_begins_in_the_starters_name_and_gives_its_outputs_back(parent: Run, people) -> None:
    child = child_of(parent)
    assert (child.started_by.username, child.parent_visit, child.status) == ("ann", 1, "running")
    assert definitions.state_of(child).inputs == {"name": "nl", "size": 3}
    build(child, people["ann"])
    state = definitions.state_of(house.now(parent))
    assert (house.now(parent).status, state.outputs) == ("completed", {"ref": "R-1"})
    assert not Work.objects.exclude(status=WorkStatus.DONE.value).exists()


def test_it_begins_once_however_often_it_is_sent_for(parent: Run) -> None:
    row = Work.objects.get(kind=Work.Kind.START)
    child_of(parent)
    Work.objects.filter(pk=row.pk).update(status=WorkStatus.READY.value)
    child_of(parent)
    assert parent.children.count() == 1


def test_a_child_keeps_what_was_published_when_its_parent_began(parent: Run) -> None:
    house.publish(house.compiled(CHILD.replace("form: {ref", "form: {more: {type: text, required: false}, ref")))
    assert child_of(parent).version.number == 1


def test_a_cancelled_parent_cancels_its_child(parent: Run, people) -> None:
    child = child_of(parent)
    assert is_accepted(operate.cancel(house.now(parent), people["olga"], "not needed"))
    house.tell()
    assert house.now(child).status == "cancelled"
    assert "The run that called this one" in child.entries.latest("seq").moves


def test_who_is_cancelled_before_its_child_was_sent_for_has_none(parent: Run, people) -> None:
    assert is_accepted(operate.cancel(house.now(parent), people["olga"], "not needed"))
    house.tell()
    assert not Run.objects.filter(parent=parent).exists()


def test_a_pause_goes_down_and_what_the_child_says_in_it_is_held(parent: Run, people) -> None:
    child = child_of(parent)
    assert is_accepted(operate.pause(house.now(parent), people["olga"], "a freeze"))
    house.tell()
    assert house.now(child).paused
    assert is_accepted(operate.resume(house.now(child), people["olga"], "this one may go on"))
    build(child, people["ann"])
    assert (house.now(child).status, house.now(parent).status) == ("completed", "running")
    assert is_accepted(operate.resume(house.now(parent), people["olga"], "the freeze is over"))
    house.tell()
    assert house.now(parent).status == "completed"


def test_a_child_that_fails_is_an_incident_and_a_retry_begins_another(parent: Run, people) -> None:
    first = child_of(parent)
    build(first, people["ann"], "broken")
    incident = Incident.objects.get(run=parent, status="open")
    assert incident.code == "child-failed"
    assert is_accepted(operate.retry(house.now(parent), 1, people["olga"], "once more"))
    second = child_of(parent)
    assert second.pk != first.pk
    build(second, people["ann"])
    assert house.now(parent).status == "completed"


def test_inputs_that_do_not_fit_are_the_parents_incident(people) -> None:
    parent = house.begin(house.publish(house.compiled(PARENT, CHILD)), people["ann"], region="nl", size=30)
    house.tell()
    incident = Incident.objects.get(run=parent)
    assert incident.code == "child-failed"
    assert "size" in incident.message
    assert not parent.children.exists()


def test_an_answer_that_was_lost_is_found_by_the_auditor(parent: Run, people) -> None:
    child = child_of(parent)
    (visit,) = definitions.state_of(child).visits
    assert is_accepted(complete.complete(house.now(child), visit, people["ann"], {"ref": "R-1"}, "built"))
    Work.objects.filter(kind=Work.Kind.REPORT).delete()
    assert audit() == 1
    house.tell()
    assert house.now(parent).status == "completed"


LONGER = PARENT.replace("  - id: sum\n", "  - id: check\n    task: {assign: engineer}\n  - id: sum\n")
GATED = CHILD.replace("roles:\n", "roles:\n  manager: {groups: [managers]}\n").replace(
    "steps:\n", 'steps:\n  - id: sign\n    gate: {ask: "Launch it?", approvers: [manager]}\n'
)


def test_whoever_passes_over_a_call_passes_over_what_is_approved_there(people) -> None:
    """Skipping it, or jumping past it, breaks the glass, and is never for whoever asked for the run."""
    run = house.begin(house.publish(house.compiled(LONGER, GATED)), people["ann"], region="nl")
    child = child_of(run)
    platform = Part.objects.get(person=people["olga"], part=Part.Kind.OPERATOR).unit
    for name in ("ann", "ben"):
        Part.objects.create(unit=platform, person=people[name], part=Part.Kind.OPERATOR)
    Part.objects.create(unit=platform, person=people["ann"], part=Part.Kind.BREAK_GLASS)
    visit = definitions.state_of(house.now(run)).last_visit
    for act in (
        lambda person: operate.skip(house.now(run), visit, person, "in a hurry"),
        lambda person: operate.jump(house.now(run), person, "check", "in a hurry"),
    ):
        for name, code in (("ben", "not-in-role"), ("ann", "excluded")):
            refusal = act(people[name])
            assert isinstance(refusal, Refusal)
            assert refusal.code == code
    assert not guard.may(people["ben"], "skip", house.now(run), visit)
    assert not guard.may(people["ben"], "jump", house.now(run), to="check")
    assert is_accepted(operate.skip(house.now(run), visit, people["olga"], "the regulator has agreed"))
    house.tell()
    assert house.now(child).status == "cancelled"


def test_a_call_without_gates_is_skipped_by_any_operator(parent: Run, people) -> None:
    Part.objects.filter(part=Part.Kind.BREAK_GLASS).delete()
    assert is_accepted(operate.skip(house.now(parent), 1, people["olga"], "done by hand"))
