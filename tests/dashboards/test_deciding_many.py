"""Several gates in one go: only what was read, each with its own vote and its own result."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from engine.machine.state import Visit
from runs.models import Entry, Refused, Run, Vote
from tests.dashboards import office
from tests.dashboards.test_gate_proofs import PASSWORD, asking_for
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]
PAGE = "/my-work/decide/"


def ask(people: People, *require: str) -> list[tuple[Run, Visit]]:
    """Three gates that wait for mia."""
    version = house.publish(asking_for(*require) if require else office.board())
    runs = [house.begin(version, people["zoe"], service=f"shop {number}") for number in range(3)]
    return [(run, office.plan(run, people["ann"], ref=f"CHG-{run.number}")) for run in runs]


def read(browser: Client, run: Run, visit: Visit) -> None:
    assert visit.asking is not None
    browser.post(f"/runs/{run.number}/gates/{visit.number}/opened/", {"digest": visit.asking.digest})


def name(run: Run, visit: Visit) -> str:
    return f"{run.number}.{visit.number}"


def names_in(html: str) -> list[str]:
    """The gates that the preview would decide, each with its digest and key."""
    return re.findall(r'name="gate" value="(\d+\.\d+\.[0-9a-f]{64}\.\w+)"', html)


def test_only_what_was_opened_as_it_is_now_can_be_selected(people: People) -> None:
    asked, mia = ask(people), office.client(people["mia"])
    assert 'name="gate"' not in mia.get("/").content.decode()
    for run, visit in asked[:2]:
        read(mia, run, visit)
    html = mia.get("/").content.decode()
    assert [f'value="{name(*one)}"' in html for one in asked] == [True, True, False]


def test_the_preview_says_what_follows_and_decides_nothing(people: People) -> None:
    asked, mia = ask(people), office.client(people["mia"])
    for run, visit in asked[:2]:
        read(mia, run, visit)
    html = mia.get(PAGE, {"choice": "reject", "gate": [name(*one) for one in asked]}).content.decode()
    assert "Reject at 2 gates?" in html
    assert html.count("Write the plan is next") == 2
    assert "Open it first: what “Change board” asks now you have not had before you." in html
    assert len(names_in(html)) == 2
    assert not Vote.objects.exists()


def test_each_gets_its_vote_and_a_repeat_gets_the_first_answers(people: People) -> None:
    asked, mia = ask(people), office.client(people["mia"])
    for run, visit in asked:
        read(mia, run, visit)
    office.cast(asked[2][0], people["max"], "reject", "no")
    html = mia.get(PAGE, {"choice": "approve", "gate": [name(*one) for one in asked]}).content.decode()
    assert "Already rejected by Max Mill" in html
    form = {"choice": "approve", "gate": names_in(html), "comment": "all three read"}
    said = mia.post(PAGE, form).content.decode()
    assert "what came of it" in said
    assert said.count("Your vote is kept") + said.count("still missing") >= 2
    before = Entry.objects.count()
    mia.post(PAGE, form)
    assert Entry.objects.count() == before
    votes = Vote.objects.filter(person=people["mia"])
    assert [(vote.choice, vote.comment) for vote in votes] == [("approve", "all three read")] * 2


def test_what_was_not_opened_is_refused_by_the_server_and_in_the_security_log(people: People) -> None:
    asked, mia = ask(people), office.client(people["mia"])
    read(mia, *asked[0])
    forged = [f"{name(run, visit)}.{visit.asking.digest}.k{run.number}" for run, visit in asked if visit.asking]
    said = mia.post(PAGE, {"choice": "approve", "gate": forged}).content.decode()
    assert said.count("Open it first") == 2
    assert [vote.gate.step.run for vote in Vote.objects.all()] == [asked[0][0]]
    assert [(one.person, one.code) for one in Refused.objects.all()] == [("mia", "not-opened")] * 2


def test_a_missing_comment_or_a_wrong_password_casts_no_vote_at_all(people: People) -> None:
    people["mia"].set_password(PASSWORD)
    people["mia"].save()
    asked, mia = ask(people, "comment", "reauthenticate"), office.client(people["mia"])
    for run, visit in asked:
        read(mia, run, visit)
    html = mia.get(PAGE, {"choice": "approve", "gate": [name(*one) for one in asked]}).content.decode()
    assert html.count('type="password"') == 1
    form = {"choice": "approve", "gate": names_in(html), "password": "wrong-canary"}
    answer = mia.post(PAGE, form)
    assert answer.status_code == 422
    assert 'id="comment-error"' in answer.content.decode()
    answer = mia.post(PAGE, form | {"comment": "fine by me"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="password-error"' in html
    assert "fine by me</textarea>" in html
    assert "wrong-canary" not in html
    assert not Vote.objects.exists()
    mia.post(PAGE, form | {"comment": "fine by me", "password": PASSWORD})
    assert Vote.objects.count() == 3


def test_what_is_not_the_readers_is_not_named(people: People) -> None:
    asked = ask(people)
    otto = office.client(people["otto"])
    assert otto.get(PAGE, {"choice": "approve", "gate": [name(*asked[0])]}).status_code == 422
    assert otto.get(PAGE, {"choice": "approve", "gate": ["1.x", "..", "9" * 30]}).status_code == 422
