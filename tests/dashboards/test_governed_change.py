"""A changed playbook on its way from a draft to all new runs, as its author, a reviewer, a process owner and an auditor
see it; and a deployment on one pair of eyes that is stopped, with the way that shows it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from engine.lifecycles import ReviewStatus, VersionStatus
from runs.models import Run
from workflows.models import Artifact, GovernanceEntry, Part, Person, Review, Rollout, Unit, Version
from workflows.publish import publish

Kind = GovernanceEntry.Kind

POLICY = """
policy: four-eyes
title: Nothing is deployed on one pair of eyes
unit: house
require:
  - {before: {action: "http.*"}, gate: {quorum: 2, roles: [manager], exclude: [starter]}}
publish: {approvers: [process-owner], quorum: 1, exclude: [author]}
"""
PLAYBOOK = """
playbook: release
title: Release
kind: runbook
owner: house
roles:
  engineer: {groups: [engineers]}
  manager: {groups: [managers]}
steps:
  - {id: plan, title: Plan it, task: {assign: engineer}}
  - id: board
    title: Board
    gate: {approvers: [manager], quorum: 2, exclude: [starter], ask: Ship it?}
  - {id: ship, title: Ship it, action: http.request, with: {method: POST, url: "https://deploy.example/shop"}}
"""
CHANGED = PLAYBOOK.replace("title: Plan it,", "title: Plan it and say why,")
WEAK = CHANGED.replace("quorum: 2, ", "")
PEOPLE = {
    "ada": ((Part.Kind.AUTHOR,), ("engineers",)),
    "rey": ((Part.Kind.PROCESS_OWNER,), ()),
    "pia": ((Part.Kind.PROCESS_OWNER,), ()),
    "aud": ((Part.Kind.AUDITOR,), ()),
    "eve": ((Part.Kind.MEMBER,), ("engineers",)),
    "mo": ((), ("managers",)),
    "max": ((), ("managers",)),
    "may": ((), ("managers",)),
}


@pytest.fixture
def as_(db: None) -> dict[str, Client]:
    unit = Unit.objects.create(slug="house", title="House")
    for name, (parts, groups) in PEOPLE.items():
        person = Person.objects.create(username=name, first_name=name.capitalize(), last_name="Doe")
        for part in parts:
            Part.objects.create(unit=unit, person=person, part=part)
        for group in groups:
            person.groups.add(Group.objects.get_or_create(name=group)[0])
    for text in (POLICY, PLAYBOOK):
        version = publish(text, unit, None, is_staffed=False)
        assert isinstance(version, Version), version
    clients = {}
    for person in Person.objects.all():
        clients[person.username] = Client()
        clients[person.username].force_login(person)
    return clients


def written(author: Client, text: str) -> Version:
    """Change the playbook from its page, save the draft, and return it."""
    answer = author.post("/library/release/change/", follow=True)
    assert answer.status_code == 200
    draft = Version.objects.get(artifact__slug="release", status=VersionStatus.DRAFT)
    assert save(author, draft, text).status_code == 302
    draft.refresh_from_db()
    return draft


def save(author: Client, draft: Version, text: str, **more: str):
    draft.refresh_from_db()
    seen = draft.written_at.isoformat() if draft.written_at else ""
    given = {"text": text, "changes": "Say why it is planned.", "seen": seen, **more}
    return author.post(f"/library/release/drafts/{draft.number}/", given)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def start(client: Client) -> Version:
    """Start a run from the page, and return the version that it took."""
    key = re.search(r'name="key" value="([^"]+)"', client.get("/library/release/start/").content.decode())
    assert key is not None
    assert client.post("/library/release/start/", {"key": key[1]}).status_code == 302
    return Run.objects.latest("number").version


def test_from_a_draft_to_all_new_runs(as_: dict[str, Client]) -> None:
    draft = written(as_["ada"], CHANGED)
    assert save(as_["ada"], draft, CHANGED, act="review").status_code == 302
    review = Review.objects.get(status=ReviewStatus.OPEN)
    address = f"/reviews/{review.pk}/"

    # who wrote it does not review it; who reviews sees what is different, what is proven, and that their word is enough
    digest = Version.objects.get(pk=draft.pk).digest
    opinion = {"choice": "approve", "comment": "Clear.", "digest": digest}
    assert as_["ada"].post(f"{address}say/", opinion).status_code == 409
    assert as_["aud"].post(f"{address}say/", opinion).status_code == 409
    assert as_["eve"].get(address).status_code == 404
    shown = page(as_["rey"], address)
    assert "Plan it and say why" in shown
    assert "Nothing is deployed on one pair of eyes" in shown
    assert as_["rey"].post(f"{address}say/", opinion).status_code == 302
    draft.refresh_from_db()
    assert draft.status == VersionStatus.APPROVED

    # the process owner lets half of the new runs have it, looks at both beside each other, and then lets all of them
    assert as_["ada"].post("/library/release/rollout/", {"version": draft.number, "share": "50"}).status_code == 403
    begun = as_["pia"].post("/library/release/rollout/", {"version": draft.number, "share": "50"})
    assert begun.status_code == 302
    taken = {start(as_["eve"]).number for _ in range(14)}
    assert taken == {1, draft.number}
    rollout = Rollout.objects.get()
    assert "Version 2" in page(as_["pia"], "/library/release/rollout/")
    assert as_["pia"].post("/library/release/rollout/finish/", {"rollout": rollout.pk}).status_code == 302
    assert {start(as_["eve"]).number for _ in range(6)} == {draft.number}
    assert Artifact.objects.get(slug="release").published == draft

    # the auditor reads all of it and changes nothing
    kinds = list(GovernanceEntry.objects.filter(artifact__slug="release", number=2).order_by("pk"))
    told = [entry.kind for entry in kinds if entry.kind != Kind.REFUSED]
    wanted = [Kind.SUBMITTED, Kind.APPROVED, Kind.ROLLOUT_STARTED, Kind.ROLLOUT_ENDED]
    assert [kind for kind in told if kind in wanted] == wanted
    log = page(as_["aud"], "/governance/log/")
    assert "release" in log
    for one in (address, "/governance/", "/library/release/rollout/"):
        assert "Release" in page(as_["aud"], one)


def test_a_deployment_on_one_pair_of_eyes_is_stopped_with_the_way_that_shows_it(as_: dict[str, Client]) -> None:
    draft = written(as_["ada"], WEAK)
    for act in ("review", "publish"):
        answer = save(as_["ada"], draft, WEAK, act=act)
        assert answer.status_code == 409
        said = " ".join(answer.content.decode().split())
        assert "four-eyes" in said
        assert "plan → board → ship" in said
        draft.refresh_from_db()
        assert (draft.status, draft.source.strip()) == (VersionStatus.DRAFT, WEAK.strip())
    assert Artifact.objects.get(slug="release").published.number == 1
    assert start(as_["eve"]).number == 1
