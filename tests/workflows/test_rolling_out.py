"""A rollout from its first share to everyone, and back: which version each start takes, who may, what is refused."""

from __future__ import annotations

import pytest
from django.test import Client

from engine.definition import CallSpec, Webhook
from engine.lifecycles import RolloutStatus, VersionStatus
from runs import definitions, start, trigger
from runs.models import Run
from runs.outcomes import Accepted
from tests.runs import house
from workflows import rolling_out
from workflows.models import GovernanceEntry, Part, Person, Rollout, Unit, Version
from workflows.rolling_out import NotRolledOut

Kind = GovernanceEntry.Kind


@pytest.fixture
def people(db: None) -> dict[str, Person]:
    people = house.settle()
    for name, part in (("ann", Part.Kind.MEMBER), ("mo", Part.Kind.PROCESS_OWNER), ("ben", Part.Kind.AUTHOR)):
        Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people[name], part=part)
    return people


TEXT = """
playbook: change
title: Change
kind: runbook
owner: platform
roles:
  engineer: {groups: [engineers]}
  manager: {groups: [managers]}
steps:
  - {id: plan, task: {assign: engineer}}
  - {id: board, gate: {ask: Go on?, approvers: [manager], quorum: 2}, on_reject: fail}
"""


@pytest.fixture
def published(people: dict[str, Person]) -> Version:
    return house.publish(house.change(), people["mo"])


@pytest.fixture
def approved(published: Version) -> Version:
    return house.approve(house.compiled(TEXT), TEXT)


def begun(version: Version, person: Person, **stage: object) -> Rollout:
    answer = rolling_out.begin(version, person, **stage)
    assert isinstance(answer, Rollout), answer
    return answer


def test_a_share_takes_about_so_many_starts_and_grows_without_losing_one(approved, published, people):
    rollout = begun(approved, people["mo"], share=20)
    keys = [f"start-{n}" for n in range(200)]

    def taken() -> set[str]:
        return {key for key in keys if rolling_out.pilots(["change"], "ann", key) == {"change": approved}}

    few = taken()
    assert taken() == few, "the same start takes the same version"
    assert 20 < len(few) < 60
    for key in keys[:10]:
        chosen = approved if key in few else published
        assert rolling_out.version_for(approved.artifact, people["ann"], key) == chosen
    assert isinstance(rolling_out.widen(rollout, people["mo"], share=50), Rollout)
    assert few < taken()
    assert 75 < len(taken()) < 125


def test_a_pilot_in_a_unit_takes_the_starts_of_its_people_alone(approved, published, people):
    begun(approved, people["mo"], unit=Unit.objects.get(slug="platform"))
    assert rolling_out.version_for(approved.artifact, people["ann"], "any") == approved
    assert rolling_out.version_for(approved.artifact, people["zoe"], "any") == published
    assert isinstance(start.start(approved, people["ann"], {}), Accepted)


def test_everyone_gets_it_and_the_version_before_takes_no_more(approved, published, people):
    rollout = begun(approved, people["mo"], share=1)
    answer = rolling_out.finish(rollout, people["mo"])
    assert isinstance(answer, Rollout)
    assert answer.status == RolloutStatus.EVERYONE
    published.refresh_from_db()
    assert (published.status, approved.artifact.published) == (VersionStatus.DEPRECATED, approved)
    assert rolling_out.version_for(approved.artifact, people["ann"], "any") == approved
    assert isinstance(rolling_out.take_back(rollout, people["mo"], "Too late"), NotRolledOut)
    kinds = list(GovernanceEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [Kind.ROLLOUT_STARTED, Kind.ROLLOUT_ENDED, Kind.PUBLISHED, Kind.REFUSED]


def test_what_cannot_be_published_any_more_is_not_brought_to_everyone(published, people):
    approved = house.approve(house.compiled(TEXT), TEXT.replace("[manager]", "[nobody]"))
    rollout = begun(approved, people["mo"], share=50)
    answer = rolling_out.finish(rollout, people["mo"])
    assert isinstance(answer, NotRolledOut)
    assert rolling_out.under_way(approved.artifact) == rollout, "it goes on as it was"
    assert approved.artifact.published == published
    assert GovernanceEntry.objects.first().kind == Kind.REFUSED


def test_taken_back_it_takes_no_start_and_its_runs_go_on(approved, published, people):
    rollout = begun(approved, people["mo"], unit=Unit.objects.get(slug="platform"))
    run = house.begin(approved, people["ann"])
    assert isinstance(rolling_out.take_back(rollout, people["mo"], " "), NotRolledOut)
    answer = rolling_out.take_back(rollout, people["mo"], "Two boards are too many")
    assert isinstance(answer, Rollout)
    assert answer.reason == "Two boards are too many"
    assert rolling_out.version_for(approved.artifact, people["ann"], "any") == published
    refusal = start.start(approved, people["ann"], {})
    assert not isinstance(refusal, Accepted)
    assert refusal.code == "not-published"
    assert Run.objects.get(pk=run.pk).version == approved
    approved.refresh_from_db()
    assert approved.status == VersionStatus.APPROVED
    assert Version.objects.visible_to(people["ann"]).filter(pk=approved.pk).exists(), "its runs name it"


@pytest.mark.parametrize(
    ("stage", "field"),
    [({"share": 0}, "share"), ({"share": 100}, "share"), ({}, "share"), ({"share": -1}, "share")],
)
def test_a_share_of_none_or_all_is_no_rollout(approved, people, stage, field):
    answer = rolling_out.begin(approved, people["mo"], **stage)
    assert isinstance(answer, NotRolledOut)
    assert answer.field == field


def test_what_is_refused_stands_in_the_log_with_who_tried(approved, published, people):
    answer = rolling_out.begin(approved, people["ben"], share=10)
    assert isinstance(answer, NotRolledOut)
    assert "process owners" in answer.sentence
    answer = rolling_out.begin(published, people["mo"], share=10)
    assert isinstance(answer, NotRolledOut)
    assert "published" in answer.sentence
    begun(approved, people["mo"], share=10)
    answer = rolling_out.begin(approved, people["mo"], share=10)
    assert isinstance(answer, NotRolledOut)
    assert "under way" in answer.sentence
    refused = GovernanceEntry.objects.filter(kind=Kind.REFUSED).order_by("pk")
    assert list(refused.values_list("by", flat=True)) == ["ben", "mo", "mo"]


def test_what_begins_by_itself_and_what_is_called_take_part(people):
    hook = (Webhook("hook", {}),)
    published = house.publish(house.playbook("child", [house.task("plan"), house.end()], webhooks=hook), people["ann"])
    steps = [house.task("plan"), house.task("tell"), house.end()]
    pilot = house.approve(house.playbook("child", steps, webhooks=hook))
    caller = [
        house.step("sub", CallSpec(playbook="child")),
        house.step("old", CallSpec(playbook="child", version="1")),
        house.end(),
    ]
    parent = house.publish(house.playbook("caller", caller))
    begun(pilot, people["mo"], unit=Unit.objects.get(slug="platform"))
    (fired,) = trigger.fire_webhook("hook", {})
    assert isinstance(fired.answer, Accepted), fired.answer
    assert Run.objects.get(pk=fired.answer.run_id).version == pilot
    calls = definitions.state_of(house.begin(parent, people["ann"])).calls
    assert calls == {"sub": pilot.digest, "old": published.digest}, "a number means that version"


def test_the_page_shows_both_and_asks_again_with_what_was_typed(approved, published, people, client: Client):
    client.force_login(people["mo"])
    page = client.post("/library/change/rollout/", {"version": approved.number, "share": "100"})
    assert page.status_code == 422
    assert 'value="100"' in page.text
    assert "Bring it to everyone" in page.text
    assert client.post("/library/change/rollout/", {"version": approved.number, "share": "99"}).status_code == 302
    rollout = rolling_out.under_way(approved.artifact)
    assert rollout is not None
    assert rollout.share == 99
    house.begin(approved, people["ann"])
    page = client.get("/library/change/rollout/")
    assert "The two beside each other" in page.text
    assert "Bring it to half of all" not in page.text
    assert "1 run under way on version 2 stays on it" in " ".join(page.text.split())
    client.force_login(people["ann"])
    page = client.get("/library/change/rollout/")
    assert page.status_code == 200
    assert "Only process owners" in page.text
    assert "Take it back" not in page.text
    assert client.post("/library/change/rollout/finish/", {"rollout": rollout.pk}).status_code == 403
    client.force_login(people["mo"])
    assert client.post("/library/change/rollout/finish/", {"rollout": rollout.pk}).status_code == 302
    page = client.post("/library/change/rollout/take-back/", {"rollout": rollout.pk, "reason": "x"})
    assert page.status_code == 409
    assert "brought to everyone already" in page.text
