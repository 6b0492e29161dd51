"""Gate: the password that proves who votes, what is given as evidence, and when somebody first opened it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.core.cache import cache

from engine.definition import Definition, GateSpec
from engine.machine.state import Visit
from runs.models import Entry, Opening, Refused, Run, Vote
from tests.dashboards import office
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]
PASSWORD = "right horse battery"


def asking_for(*require: str) -> Definition:
    board = office.board()
    gate = board.steps["board"]
    assert isinstance(gate.does, GateSpec)
    strict = replace(gate, does=replace(gate.does, require=require))
    return replace(board, steps={**board.steps, "board": strict})


@pytest.fixture
def people(people: People) -> People:
    cache.clear()
    for name in ("mia", "max"):
        people[name].set_password(PASSWORD)
        people[name].save()
    return people


@pytest.fixture
def run(people: People) -> Run:
    return house.begin(house.publish(asking_for("reauthenticate")), people["zoe"], service="shop")


@pytest.fixture
def asked(run: Run, people: People) -> Visit:
    return office.plan(run, people["ann"], ref="CHG-1", downtime="25m", text="Ship it.")


def address(run: Run, visit: Visit) -> str:
    return f"/runs/{run.number}/gates/{visit.number}/"


def form(visit: Visit, **more: str) -> dict[str, str]:
    assert visit.asking is not None
    return {"choice": "approve", "digest": visit.asking.digest, **more}


def test_a_wrong_password_decides_nothing_and_loses_nothing(people: People, run: Run, asked: Visit) -> None:
    typed = form(asked, comment="looks <good>", link="https://ci.example/7", password="wrong-canary")
    answer = office.client(people["mia"]).post(address(run, asked), typed)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="password-error"' in html
    assert "This is not the password of your account." in html
    assert "looks &lt;good&gt;</textarea>" in html
    assert 'value="https://ci.example/7"' in html
    assert "wrong-canary" not in html
    refused = Refused.objects.get()
    assert (refused.person, refused.act, refused.step, refused.code) == ("mia", "vote", "board", "reauthenticate")
    assert "wrong-canary" not in refused.sentence
    assert not Vote.objects.exists()


def test_the_right_password_is_proof_and_goes_nowhere(
    people: People, run: Run, asked: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    answer = office.client(people["mia"]).post(address(run, asked), form(asked, password=PASSWORD))
    assert answer.status_code == 302
    event = Entry.objects.get(run=run, kind="vote").event
    assert json.loads(event)["facts"]["reauthenticated"] is True
    assert PASSWORD not in event + Run.objects.get().state + caplog.text


def test_guessing_ends_after_five_tries_even_with_the_right_one(people: People, run: Run, asked: Visit) -> None:
    mia = office.client(people["mia"])
    for guess in range(5):
        assert mia.post(address(run, asked), form(asked, password=f"guess {guess}")).status_code == 422
    answer = mia.post(address(run, asked), form(asked, password=PASSWORD))
    assert answer.status_code == 422
    assert "Too many wrong passwords. Try again in 15 minutes." in answer.content.decode()
    assert not Vote.objects.exists()
    others = office.client(people["max"]).post(address(run, asked), form(asked, password=PASSWORD))
    assert others.status_code == 302, "each account counts for itself"


def test_what_the_gate_wants_is_asked_beside_the_choices_and_said_where_it_is_missing(people: People) -> None:
    run = house.begin(house.publish(asking_for("evidence", "reauthenticate")), people["zoe"], service="shop")
    asked, mia = office.plan(run, people["ann"]), office.client(people["mia"])
    html = mia.get(address(run, asked)).content.decode()
    assert 'id="choice-approve"' in html
    assert 'type="password"' in html
    answer = mia.post(address(run, asked), form(asked, comment="kept", password=PASSWORD))
    assert answer.status_code == 422
    assert 'id="attach-error"' in answer.content.decode()
    answer = mia.post(address(run, asked), form(asked, comment="kept", link="https://ci.example/7"))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="password-error"' in html
    assert "kept</textarea>" in html
    whole = form(asked, link="https://ci.example/7", password=PASSWORD)
    assert mia.post(address(run, asked), whole).status_code == 302
    assert Vote.objects.get().person == people["mia"]


def test_an_account_without_a_password_reads_what_to_do(people: People, run: Run, asked: Visit) -> None:
    people["mo"].set_unusable_password()
    people["mo"].save()
    answer = office.client(people["mo"]).post(address(run, asked), form(asked, password="!"))
    assert answer.status_code == 422
    assert "Your account has no password here" in answer.content.decode()


def test_who_may_not_vote_is_told_why_and_not_that_the_password_is_wrong(
    people: People, run: Run, asked: Visit
) -> None:
    answer = office.client(people["ann"]).post(address(run, asked), form(asked, password="wrong"))
    assert answer.status_code == 409
    assert [refused.code for refused in Refused.objects.all()] == ["excluded"]


def test_a_link_is_kept_as_evidence_and_one_that_is_none_is_said_at_the_field(
    people: People, run: Run, asked: Visit
) -> None:
    mia, page = office.client(people["mia"]), address(run, asked)
    answer = mia.post(page, form(asked, link="javascript:alert(1)", comment="see there", password=PASSWORD))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="attach-error"' in html
    assert 'value="javascript:alert(1)"' in html
    assert "see there</textarea>" in html
    assert mia.post(page, form(asked, link="https://ci.example/7", password=PASSWORD)).status_code == 302
    evidence = json.loads(Entry.objects.get(run=run, kind="vote").event)["evidence"]
    assert [one["name"] for one in evidence] == ["https://ci.example/7"]


def test_an_opening_is_kept_once_by_post_and_never_by_reading(people: People, run: Run, asked: Visit) -> None:
    mia, page = office.client(people["mia"]), address(run, asked)
    html = mia.get(page).content.decode()
    assert f'hx-post="{page}opened/"' in html
    assert not Opening.objects.exists()
    assert mia.get(page + "opened/").status_code == 405
    seen = form(asked)
    assert [mia.post(page + "opened/", seen).status_code for _ in range(2)] == [204, 204]
    assert Opening.objects.get().digest == seen["digest"]
    mia.post(page + "opened/", {"digest": "0" * 64})
    assert Opening.objects.count() == 1, "what the gate does not show now is no opening of it"
    assert office.client(people["otto"]).post(page + "opened/", seen).status_code == 404
