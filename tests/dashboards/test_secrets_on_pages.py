"""A secret is typed into a page and never read from one (guarantees S19)."""

from __future__ import annotations

import re

import pytest

from engine import values
from runs import definitions
from runs.models import Draft, Run, Secret
from tests.dashboards import office
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]

CANARY = "canary-in-a-form"
PLAYBOOK = """
playbook: rotate
title: Rotate a key
kind: sop
owner: platform
roles:
  engineer: {groups: [engineers]}
  manager: {groups: [managers]}
inputs:
  token: {type: text, secret: true}
  hook: {type: url, secret: true, required: false}
  service: {type: text}
steps:
  - id: ask
    title: Ask for it
    task: {assign: engineer, form: {pin: {type: text, secret: true, multiline: true}, many: {type: integer}}}
  - id: board
    title: Look at it
    gate: {show: [inputs, steps.ask], approvers: [manager]}
    on_reject: ask
"""


def start(people: People) -> Run:
    version = house.publish(house.compiled(PLAYBOOK))
    address = f"/library/{version.artifact.slug}/start/"
    html = office.client(people["ann"]).get(address).content.decode()
    assert re.search(r'<input[^>]* name="token" value=""[^>]* type="password" autocomplete="new-password"', html)
    wrong = office.client(people["ann"]).post(address, {"token": CANARY, "hook": CANARY, "service": "shop"})
    assert wrong.status_code == 422
    assert 'value="shop"' in wrong.content.decode(), "the other fields are kept"
    assert CANARY not in wrong.content.decode()
    office.client(people["ann"]).post(address, {"token": CANARY, "service": "shop"})
    return Run.objects.get()


def token(run: Run) -> values.Secret | None:
    return values.secret_of(definitions.state_of(house.now(run)).inputs["token"])


def test_forms_drafts_and_gates_never_say_it_again(people: People) -> None:
    run = start(people)
    task = f"/runs/{run.number}/tasks/1/"
    client = office.client(people["ann"])
    client.post(task + "draft/", {"pin": CANARY, "many": "7"})
    assert Draft.objects.get().form == {"many": "7"}
    wrong = client.post(task, {"pin": CANARY, "many": "seven"})
    assert wrong.status_code == 422
    assert 'value="seven"' in wrong.content.decode()
    assert CANARY not in wrong.content.decode()
    assert client.post(task, {"pin": CANARY, "many": "7"}).status_code == 302
    html = office.client(people["mia"]).get(f"/runs/{run.number}/gates/2/").content.decode()
    assert html.count("***") >= 2
    assert CANARY not in html
    assert Secret.objects.filter(run=run).count() == 2


def test_left_empty_in_a_repair_it_stays_as_it_is(people: People) -> None:
    run = start(people)
    before = token(run)
    client, address = office.client(people["olga"]), f"/runs/{run.number}/change/"
    html = client.get(address).content.decode()
    assert "Left empty, it stays as it is." in html
    assert "***" not in html
    client.post(address, {"inputs.token": "", "inputs.service": "store", "reason": "another one"})
    assert definitions.state_of(house.now(run)).inputs["service"] == "store"
    assert token(run) == before
    client.post(address, {"inputs.token": CANARY + "2", "inputs.service": "store", "reason": "rotated"})
    assert token(run) not in (before, None)
    page = client.get(f"/runs/{run.number}/").content.decode()
    assert "from *** to ***" in page
    assert CANARY not in page


def test_the_asking_before_says_that_a_secret_changed(people: People) -> None:
    run = start(people)
    for visit, pin in ((1, "first"), (3, "second")):
        office.client(people["ann"]).post(f"/runs/{run.number}/tasks/{visit}/", {"pin": pin, "many": "7"})
        if visit == 1:
            run = house.now(run)
            office.cast(run, people["mia"], "reject", "again")
    html = office.client(people["mia"]).get(f"/runs/{run.number}/gates/4/").content.decode()
    rows = html.split("Pin<")[1].split("Many<")[0]
    assert "changed" in rows
