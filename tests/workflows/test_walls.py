"""Walls between units: who finds what is published, who finds what is not yet, and what a page costs by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs.models import Delegation, Run
from tests.dashboards import office
from tests.runs import house
from workflows.models import Artifact, Opinion, Part, Person, PolicyException, Review, Unit, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def people() -> People:
    """Those of `house`: only olga, its operator, and audrey, who audits all, have a part in the platform."""
    return house.settle()


def somebody(part: str, unit: str, username: str = "sue") -> Person:
    person = Person.objects.create(username=username)
    Part.objects.create(unit=Unit.objects.get(slug=unit), person=person, part=part)
    return person


def written(unit: str, status: str, slug: str = "idea", **more: object) -> Version:
    artifact, _ = Artifact.objects.get_or_create(slug=slug, defaults={"unit": Unit.objects.get(slug=unit)})
    number = artifact.versions.count() + 1
    return Version.objects.create(
        artifact=artifact, number=number, title=slug, kind="sop", source="", definition="", status=status, **more
    )


def finds(person: Person, version: Version) -> bool:
    """Whether the person finds the version; asked of its artifact too, where the answer must be the same."""
    is_found = Version.objects.visible_to(person).filter(pk=version.pk).exists()
    alone = version.artifact.versions.count() == 1
    assert not alone or Artifact.objects.visible_to(person).filter(pk=version.artifact_id).exists() == is_found
    return is_found


@pytest.mark.parametrize("part", Part.Kind.values)
def test_what_is_published_is_found_in_ones_units_below_and_above_and_not_beside(people: People, part: str) -> None:
    Unit.objects.create(slug="Platform2", title="Beside", parent=Unit.objects.get(slug="company"))
    Unit.objects.create(slug="web", title="Web", parent=Unit.objects.get(slug="platform"))
    units = ("company", "platform", "web", "elsewhere", "Platform2")
    published = {slug: written(slug, "published", f"of-{slug}".lower()) for slug in units}
    for held, found in {
        "company": set(units),
        "platform": {"company", "platform", "web"},
        "web": {"company", "platform", "web"},
        "elsewhere": {"company", "elsewhere"},
    }.items():
        person = somebody(part, held, f"of-{held}")
        assert {slug for slug, version in published.items() if finds(person, version)} == found, held


@pytest.mark.parametrize(("status", "was_out"), [("published", True), ("deprecated", True), ("retired", True)])
def test_what_was_published_stays_found_and_what_was_rejected_never_was(
    people: People, status: str, was_out: bool
) -> None:
    version = written("platform", status, published_at=timezone.now())
    assert finds(somebody(Part.Kind.VIEWER, "platform"), version)
    rejected = written("platform", "retired", "rejected")
    assert not finds(Person.objects.get(username="sue"), rejected)
    assert finds(somebody(Part.Kind.AUTHOR, "company", "ada"), rejected)


@pytest.mark.parametrize("status", ["draft", "in_review", "approved"])
def test_what_is_not_published_yet_is_for_those_who_keep_the_unit(people: People, status: str) -> None:
    version = written("platform", status)
    seeing = {part for part in Part.Kind.values if finds(somebody(part, "company", f"above-{part}"), version)}
    assert seeing == {"author", "process_owner", "auditor"}
    below = Unit.objects.create(slug="web", title="Web", parent=Unit.objects.get(slug="platform"))
    assert not finds(somebody("author", below.slug, "below"), version), "a part holds below, not above"
    assert not finds(somebody("author", "elsewhere", "beside"), version)
    root = Person.objects.create(username="root", is_superuser=True)
    assert not finds(root, version), "who gives rights reads no drafts"
    assert finds(root, written("platform", "published", "out"))
    version.artifact.owner = people["zoe"]
    version.artifact.save()
    assert finds(people["zoe"], version)


def test_who_is_asked_to_review_a_version_finds_it_and_who_has_reviewed_it_keeps_it(people: People) -> None:
    version = written("platform", "in_review")
    review = Review.objects.create(
        version=version, opened_at=timezone.now(), opened_by=people["zoe"], approvers="process_owner, member,managers"
    )
    member, lookalike = somebody("member", "company"), Person.objects.create(username="lou")
    lookalike.groups.add(Group.objects.create(name="manager"))
    asked = {"mia": True, "ann": False, "olga": False, "otto": False}
    assert {name: finds(people[name], version) for name in asked} == asked
    assert finds(member, version)
    assert not finds(somebody("member", "elsewhere", "eli"), version)
    assert not finds(lookalike, version), "a name that is the beginning of another"

    Opinion.objects.create(review=review, person=people["mia"], choice="approve", digest="", at=timezone.now())
    Review.objects.update(status="approved")
    assert finds(people["mia"], version)
    assert not finds(people["max"], version)
    people["mia"].is_active = False
    assert not finds(people["mia"], version)


def test_whoever_sees_a_run_finds_its_playbook(people: People) -> None:
    """By whatever way they see it: a role, a part above, their own start, an escalation, somebody who has lent it."""
    run = house.begin(house.publish(office.board()), people["ann"], service="shop")
    other = written("elsewhere", "published", "other")
    Delegation.objects.create(
        person=people["mia"], to=people["zoe"], starts_at=run.started_at - timedelta(days=1),
        ends_at=run.started_at + timedelta(days=1), status="given", made_at=run.started_at, made_by=people["mia"],
    )  # fmt: skip
    office.plan(run, people["ben"])
    people["ann"].groups.clear()
    seeing = {name for name, person in people.items() if Run.objects.visible_to(person).exists()}
    finding = {name for name, person in people.items() if finds(person, run.version)}
    assert {"ann", "ben", "mia", "olga", "audrey", "zoe"} <= seeing
    assert seeing <= finding
    assert not {"otto", "gus"} & finding
    assert {name for name, person in people.items() if finds(person, other)} == {"otto", "audrey"}


PLAN = """\
plan: expansion
objective: Open a region
owner: zoe
milestones:
  - {id: open, owner: managers, due: 2099-01-01}
  - {id: close, owner: elsewhere, due: 2099-02-01}
"""


def test_whoever_a_plan_names_to_answer_for_it_or_a_milestone_finds_it(people: People) -> None:
    version = publish(PLAN, Unit.objects.get(slug="platform"), None)
    assert isinstance(version, Version), version
    assert {name for name, person in people.items() if finds(person, version)} == {
        "zoe", "mia", "max", "mo", "olga", "audrey",
    }  # fmt: skip
    assert version.proven["warnings"] == [
        "Line 6: Elsewhere stands beside Platform in the tree: its process owners do not find this plan."
    ]
    newer = publish(PLAN.replace("owner: zoe", "owner: ann"), version.artifact.unit, None)
    assert isinstance(newer, Version)
    assert finds(people["ann"], newer)
    assert finds(people["zoe"], newer), "who was named once still finds it, as with playbooks"


def test_an_exception_is_seen_by_who_asked_for_it_and_by_who_owns_its_policy(people: People) -> None:
    policy, playbook = written("company", "published", "rule").artifact, written("platform", "published").artifact
    now = timezone.now()
    asked = PolicyException.objects.create(
        policy=policy, playbook=playbook, requirement="x", reason="x", asked_at=now, asked_by=people["zoe"],
        starts_at=now, ends_at=now + timedelta(days=1),
    )  # fmt: skip
    Artifact.objects.filter(pk=policy.pk).update(owner=people["otto"])
    seeing = {name for name, one in people.items() if PolicyException.objects.visible_to(one).exists()}
    assert seeing == {"zoe", "otto", "olga", "audrey"}
    page = office.client(people["zoe"]).get(f"/exceptions/{asked.pk}/").content.decode()
    assert "/library/idea/" not in page, "no link to what she does not find"
    assert "/library/rule/" in office.client(people["otto"]).get(f"/exceptions/{asked.pk}/").content.decode()


def test_it_is_one_condition_and_no_statement_of_its_own(people: People) -> None:
    written("platform", "published")
    with CaptureQueriesContext(connection) as asked:
        assert Artifact.objects.visible_to(people["olga"]).count() == 1
        assert Version.objects.visible_to(people["olga"]).count() == 1
        assert Unit.objects.visible_to(people["olga"]).count() == 2
    assert len(asked) == 3
