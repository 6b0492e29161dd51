"""A unit that moves comes under other policies: what it would break is said before it moves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.policies import say
from tests.workflows.test_policies import DUE, ENTERED, LOOSE, POLICY
from workflows.clock import database_clock
from workflows.directory import units
from workflows.directory.changing import NotChanged
from workflows.models import GovernanceEntry, Person, PolicyException, Unit, Version
from workflows.policies.binding import of_version
from workflows.policies.moving import SAID, broken_by_moving
from workflows.publish import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db: None) -> Person:
    return Person.objects.create(username="root", is_superuser=True)


@pytest.fixture
def outside(people: Unit) -> Unit:
    """The unit `people` with a playbook that breaks the policy of the company, and stands beside it still."""
    people.parent = None
    people.save()
    published(LOOSE, people)
    return people


def published(text: str, unit: Unit) -> Version:
    version = publish(text, unit, None)
    assert isinstance(version, Version), version
    return version


def test_it_does_not_move_where_a_playbook_would_break_a_policy(root: Person, company: Unit, outside: Unit) -> None:
    published(POLICY, company)
    answer = units.move(outside, company, root)
    assert isinstance(answer, NotChanged)
    assert answer.code == "breaks-policy"
    assert "could not start any more" in answer.sentence
    assert "Two pairs of eyes" in answer.sentence
    assert Unit.objects.get(slug="people").path == "/people/"

    moved = units.move(outside, company, root, although_broken=True)
    assert isinstance(moved, GovernanceEntry)
    assert moved.detail.startswith("from /people/ to /company/people/, although: “")
    assert Unit.objects.get(slug="people").path == "/company/people/"


def test_what_holds_is_excepted_or_bound_it_before_does_not_stop_it(company: Unit, outside: Unit, root: Person) -> None:
    now = database_clock()
    policy = published(POLICY, company)
    (said,) = broken_by_moving(outside, company, now)
    assert said.startswith("“Leave of absence” could not start any more. ")
    PolicyException.objects.create(
        policy=policy.artifact,
        playbook=Version.objects.get(artifact__unit=outside).artifact,
        requirement=say(of_version(policy).require[0]),
        reason="Until the summer.",
        asked_by=root,
        status="granted",
        asked_at=now,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=1),
    )
    assert broken_by_moving(outside, company, now) == ()
    PolicyException.objects.all().delete()
    published(ENTERED, outside)
    assert broken_by_moving(outside, company, now) == ()
    assert isinstance(units.move(outside, company, root), GovernanceEntry)
    assert broken_by_moving(Unit.objects.get(slug="people"), company, now) == (), "it binds already"
    assert broken_by_moving(Unit.objects.get(slug="people"), None, now) == (), "nothing binds at the top"


def test_a_policy_that_asks_for_less_than_the_one_above_is_said_too(company: Unit, outside: Unit) -> None:
    published(POLICY, company)
    published(ENTERED, outside)
    published(DUE + "publish: {approvers: [process-owner], quorum: 1}\n", outside)
    said = broken_by_moving(outside, company, database_clock())
    assert said
    assert all(one.startswith("The policy “In time” would not fit there. ") for one in said)


def test_of_many_only_some_are_said(company: Unit, outside: Unit) -> None:
    published(POLICY, company)
    for nth in range(SAID + 2):
        published(LOOSE.replace("playbook: absence", f"playbook: absence-{nth}"), outside)
    said = broken_by_moving(outside, company, database_clock())
    assert len(said) == SAID + 1
    assert said[-1] == "And 3 more."
