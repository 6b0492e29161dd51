"""The small organisation that the tests of trust stand on, its playbooks, and short ways through them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import Group
from django.db import transaction

from engine.compiler import compile_text
from engine.machine.state import Visit
from runs import complete, definitions, delegate, vote
from runs.models import Run
from runs.outcomes import is_accepted
from tests.runs import house
from workflows.models import Part, Person, Unit, Version

HEAD = """\
title: {title}
kind: runbook
owner: platform
inputs: {{service: {{type: text}}}}
roles: {{engineer: {{groups: [engineers]}}, manager: {{groups: [managers]}}}}
steps:
"""
LAST = """\
  - {id: ship, title: Ship it, task: {assign: engineer}}
  - {id: done, end: completed}
"""
#: A plan, a gate of two managers that excludes who started it and who planned it, and a task.
TRUSTED = f"""\
playbook: trusted
{HEAD.format(title="Trusted change")}\
  - {{id: plan, title: Plan it, task: {{assign: engineer, form: {{note: {{type: text}}}}}}}}
  - id: board
    title: Change board
    gate:
      ask: Go on with ${{inputs.service}}?
      show: [inputs.service, steps.plan]
      approvers: [manager]
      quorum: 2
      exclude: [starter, plan]
{LAST}"""
#: One engineer and one manager must approve, asked together.
BOTH = f"""\
playbook: both
{HEAD.format(title="Two roles")}\
  - id: board
    title: Two roles
    gate: {{ask: Go on?, approvers: [engineer, manager], quorum: {{engineer: 1, manager: 1}}}}
{LAST}"""
#: The same, one after the other.
CHAIN = BOTH.replace("playbook: both", "playbook: chain").replace("approvers:", "order: sequential, approvers:")
#: A plan beside a gate that excludes whoever made it: somebody becomes excluded while the gate is open.
BESIDE = f"""\
playbook: beside
{HEAD.format(title="Side by side")}\
  - id: both
    parallel:
      branches:
        work:
          - {{id: plan, title: Plan it, task: {{assign: engineer}}}}
        decide:
          - id: board
            title: Change board
            gate: {{ask: Go on?, approvers: [manager], quorum: 2, exclude: [starter, plan]}}
{LAST}"""
#: A run that calls one with a gate.
PARENT = f"""\
playbook: above
{HEAD.format(title="The run above")}\
  - {{id: below, title: Below, call: trusted, with: {{service: "${{inputs.service}}"}}}}
{LAST}"""

#: The gate excludes a role: the team that asks.
OF_A_ROLE = f"""\
playbook: of-a-role
{HEAD.format(title="Not by those who ask")}\
  - id: board
    title: Change board
    gate: {{ask: Go on?, show: [inputs.service], approvers: [manager], exclude: [starter, engineer]}}
{LAST}"""

People = dict[str, Person]


def settle() -> People:
    """The people of `house` and some more.

    zoe of the platform starts runs; eve is engineer and manager; odd operates without breaking the glass; boss is a
    superuser and manager; dee is in no role; bot is a service account with every right a part can give.
    """
    people = house.settle()
    Unit.objects.filter(slug="company").update(decision_links=True)
    platform = Unit.objects.get(slug="platform")
    for username, first, last in (
        ("eve", "Eve", "Eager"),
        ("odd", "Odd", "Olsen"),
        ("boss", "Bo", "Boss"),
        ("dee", "Dee", "Dunn"),
    ):
        people[username] = Person.objects.create(username=username, first_name=first, last_name=last)
    people["bot"] = Person.objects.create(username="bot", first_name="A", last_name="Robot", is_service=True)
    Person.objects.filter(username="boss").update(is_superuser=True, is_staff=True)
    people["boss"].refresh_from_db()
    Group.objects.get(name="engineers").user_set.add(people["eve"], people["bot"])
    Group.objects.get(name="managers").user_set.add(people["eve"], people["bot"], people["boss"])
    for username, kinds in {
        "zoe": ["member"],
        "odd": ["operator"],
        "bot": ["member", "operator", "break_glass"],
        "boss": ["operator", "break_glass"],
    }.items():
        for kind in kinds:
            Part.objects.create(unit=platform, person=people[username], part=kind)
    return people


def publish(text: str, *others: str) -> Version:
    """Compile a playbook and publish it, after those that it calls."""
    return house.publish(house.compiled(text, *others))


def compiles(text: str) -> bool:
    return compile_text(text, "a.yaml").ok


def begin(people: People, text: str = TRUSTED, by: str = "zoe", **inputs: str) -> Run:
    """Start a run of this playbook, which is published where it is not yet."""
    slug = text.split()[1]
    version = Version.objects.filter(artifact__slug=slug, status="published").first() or publish(text)
    return house.begin(version, people[by], **({"service": "shop"} | inputs))


def asked(people: People, by: str = "zoe", plans: str = "ann") -> Run:
    """Start a trusted change and hand its plan in: the board is asked, at visit 2."""
    run = begin(people, by=by)
    done(complete.complete(run, 1, people[plans], {"note": "carefully"}))
    return house.now(run)


def at(run: Run, step: str) -> Visit:
    """Return the open visit of this step."""
    return next(one for one in definitions.state_of(house.now(run)).visits.values() if one.step == step)


def approve(run: Run, *who: Person, step: str = "board") -> Run:
    for person in who:
        gate = at(run, step)
        assert gate.asking is not None
        done(vote.vote(house.now(run), gate.number, person, "approve", "", gate.asking.digest))
    return house.now(run)


def hand(run: Run, person: Person, to: str, step: str = "board") -> Run:
    done(delegate.delegate(house.now(run), at(run, step).number, person, to))
    return house.now(run)


def done(answer: object) -> None:
    assert is_accepted(answer), answer


@contextmanager
def undone() -> Iterator[None]:
    """Take back all that is done inside, so that the next try finds the same world."""
    block = transaction.atomic()
    block._from_testcase = True  # what is durable in life may stand inside a test's
    with block:
        yield
        transaction.set_rollback(True)
