"""No run starts on a playbook that breaks a policy which binds it, but where an exception is in force."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.machine.commands import Refusal
from engine.policies import say
from runs import start
from runs.clock import database_clock
from runs.models import Run
from runs.outcomes import Accepted
from tests.runs import house
from workflows.models import Part, Person, PolicyException, Unit, Version
from workflows.policies import exceptions
from workflows.policies.binding import of_version
from workflows.publish import publish

pytestmark = pytest.mark.django_db

POLICY = """\
policy: in-time
title: Everything in time
unit: company
require: [{every: gate, has: [due]}]
"""
CALLER = """\
playbook: caller
title: Caller
kind: runbook
owner: elsewhere
steps: [{id: part, call: change, with: {service: shop}}]
"""


@pytest.fixture
def people() -> dict[str, Person]:
    return house.settle()


def policy(unit: str = "company") -> Version:
    version = publish(POLICY.replace("company", unit), Unit.objects.get(slug=unit), None)
    assert isinstance(version, Version), version
    return version


def begin(version: Version, person: Person, *, by_hand: bool = True) -> Accepted | Refusal:
    inputs = {} if version.artifact.slug == "caller" else {"service": "shop"}
    answer = start.start(version, person, inputs, is_by_hand=by_hand)
    assert isinstance(answer, Accepted | Refusal)
    return answer


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_start_is_refused_with_the_rule_and_the_way(people: dict[str, Person], by_hand: bool) -> None:
    version = house.publish(house.change())
    assert isinstance(begin(version, people["ann"]), Accepted)
    policy()

    answer = begin(version, people["ann"], by_hand=by_hand)

    assert isinstance(answer, Refusal)
    assert answer.code == "policy-violated"
    assert answer.sentence.startswith("The policy “Everything in time” does not hold: the gate “Board”")
    assert Run.objects.count() == 1


def test_an_exception_in_force_lets_it_start(people: dict[str, Person]) -> None:
    version, bound, now = house.publish(house.change()), policy(), database_clock()
    asking, granting = people["ann"], people["zoe"]
    Part.objects.create(unit=version.artifact.unit, person=asking, part=Part.Kind.AUTHOR)
    Part.objects.create(unit=bound.artifact.unit, person=granting, part=Part.Kind.PROCESS_OWNER)
    asked = exceptions.Asked(
        bound.artifact,
        version.artifact,
        say(of_version(bound).require[0]),
        "Until Friday.",
        now - timedelta(hours=1),
        now + timedelta(days=3),
    )
    exception = exceptions.ask(asked, asking)
    assert isinstance(exception, PolicyException)
    assert isinstance(begin(version, people["ann"]), Refusal)

    exceptions.grant(exception, granting)

    assert isinstance(begin(version, people["ann"]), Accepted)
    late = start.start(version, people["ann"], {"service": "shop"}, clock=lambda: now + timedelta(days=3))
    assert isinstance(late, Refusal)


def test_what_a_playbook_calls_keeps_the_policies_of_its_own_unit(people: dict[str, Person]) -> None:
    house.publish(house.change())
    caller = publish(CALLER, Unit.objects.get(slug="elsewhere"), None)
    assert isinstance(caller, Version), caller
    Part.objects.create(unit=caller.artifact.unit, person=people["ann"], part=Part.Kind.MEMBER)
    policy("platform")

    answer = begin(caller, people["ann"])

    assert isinstance(answer, Refusal)
    assert "“Everything in time”" in answer.sentence


def test_it_costs_one_statement_once_it_is_known(people: dict[str, Person]) -> None:
    version = house.publish(house.change())
    begin(version, people["ann"])
    with CaptureQueriesContext(
        connection,
    ) as before:
        begin(version, people["ann"])
    publish(POLICY.replace("gate", "call").replace("due", "title"), Unit.objects.get(slug="company"), None)
    begin(version, people["ann"])
    with CaptureQueriesContext(connection) as after:
        begin(version, people["ann"])

    assert len(after) == len(before)


def test_a_policy_starts_no_runs(people: dict[str, Person]) -> None:
    answer = begin(policy(), people["ann"])

    assert isinstance(answer, Refusal)
    assert answer.sentence == "A policy starts no runs: it binds."
