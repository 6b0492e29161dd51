"""Deciding by a link in a mail: once, by one person, at one gate, never by opening it (guarantees S2, S3)."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from engine.machine.state import Visit
from runs import decision_links
from runs.models import DecisionLink, Entry, Opening, Refused, Run, Step, Vote
from tests.dashboards import office
from tests.dashboards.test_gate_proofs import PASSWORD, asking_for
from tests.runs import house
from workflows.directory import accounts
from workflows.directory.changing import NotChanged
from workflows.models import Person, Unit

pytestmark = pytest.mark.django_db
People = dict[str, Person]

#: A preview in a chat, a mail scanner, and a browser that fetches ahead.
READERS = ("Slackbot-LinkExpanding 1.0", "Mozilla/5.0 SafeLinks", "Mozilla/5.0 Chrome/130")


@pytest.fixture
def asked(run: Run, people: People) -> Visit:
    Unit.objects.filter(slug="company").update(decision_links=True)
    return office.plan(run, people["ann"], ref="CHG-1", downtime="25m", text="Ship it.")


def link(run: Run, visit: Visit, person: Person) -> str:
    address = decision_links.address(Step.objects.get(run=run, number=visit.number), person)
    assert address is not None
    return address


def entries(run: Run) -> int:
    return Entry.objects.filter(run=run).count()


def follow(address: str, **typed: str) -> HttpResponse:
    """Open the link in a browser that is signed in as nobody, and send its form with its proof of origin."""
    browser = Client(enforce_csrf_checks=True)
    html = browser.get(address).content.decode()
    found = re.search(r'"x-csrftoken": "(\w+)"', html)
    token = found.group(1) if found else ""
    return browser.post(address, {"csrfmiddlewaretoken": token, **typed}, headers={"Origin": "null"})


def test_only_the_hash_of_a_token_is_kept_and_only_where_the_unit_wants_links(
    people: People, run: Run, asked: Visit
) -> None:
    address = link(run, asked, people["mia"])
    token = address.removeprefix("/decide/").rstrip("/")
    kept = DecisionLink.objects.get()
    assert kept.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert kept.expires_at - kept.made_at == timedelta(hours=72)
    step = kept.step
    assert decision_links.address(step, people["ann"]) is None, "who may not vote gets none"
    Unit.objects.update(decision_links=False)
    assert decision_links.address(Step.objects.get(pk=step.pk), people["mia"]) is None
    assert follow(address, choice="approve").status_code == 410, "and those sent before are good for nothing"
    assert not Vote.objects.exists()


def test_opening_it_changes_nothing_whoever_opens_it_and_the_person_can_decide_afterwards(
    people: People, run: Run, asked: Visit
) -> None:
    address, before = link(run, asked, people["mia"]), entries(run)
    for reader in READERS:
        browser = Client(headers={"User-Agent": reader})
        for _ in range(17):
            answer = browser.get(address)
            assert answer.status_code == 200
            assert browser.head(address).status_code == 200
            assert browser.options(address).status_code == 405
    html = answer.content.decode()
    assert "CHG-1" in html
    assert "25 min" in html
    assert 'aria-label="Main"' not in html, "no navigation"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html), "nothing from elsewhere"
    assert (entries(run), Opening.objects.count()) == (before, 0)
    assert DecisionLink.objects.get().used_at is None
    said = follow(address, choice="approve", comment="seen on the train")
    assert said.status_code == 200
    assert "Your vote is kept" in said.content.decode()
    vote = Vote.objects.get()
    assert (vote.person, vote.comment) == (people["mia"], "seen on the train")


def test_a_form_without_its_token_is_refused(run: Run, people: People, asked: Visit) -> None:
    address = link(run, asked, people["mia"])
    for origin in ("null", "https://elsewhere.example"):
        answer = Client(enforce_csrf_checks=True).post(address, {"choice": "approve"}, headers={"Origin": origin})
        assert answer.status_code == 403
    assert not Vote.objects.exists()


def test_it_decides_once_and_a_second_time_shows_the_first_answer(people: People, run: Run, asked: Visit) -> None:
    first, second = link(run, asked, people["mia"]), link(run, asked, people["mia"])
    follow(first, choice="approve")
    before = entries(run)
    for address in (first, second, first):
        said = Client().post(address, {"choice": "reject"}).content.decode()
        assert "You have decided by this link already" in said
        assert "Approved" in said
        assert "Nothing was decided this time" in Client().get(address).content.decode()
    assert entries(run) == before
    assert Vote.objects.get().choice == "approve"


def test_nobody_uses_up_the_link_of_somebody_else(people: People, run: Run, asked: Visit) -> None:
    address = link(run, asked, people["mia"])
    made = DecisionLink.objects.get()
    guess = f"link:{made.step_id}:{made.person_id}:{made.digest[:32]}"
    assert asked.asking is not None
    form = {"choice": "reject", "digest": asked.asking.digest, "key": guess}
    office.client(people["mo"]).post(f"/runs/{run.number}/gates/{asked.number}/", form | {"choice": "abstain"})
    assert "Your vote is kept" in follow(address, choice="approve").content.decode()
    assert Vote.objects.filter(person=people["mia"], choice="approve").exists()


def test_a_closed_gate_says_by_whom_and_what_was_typed_is_shown(people: People, run: Run, asked: Visit) -> None:
    address = link(run, asked, people["mia"])
    office.cast(run, people["max"], "reject", "no way back")
    answer = follow(address, choice="approve", comment="wait for me")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "It has been decided" in html
    assert "Already rejected by Max Mill" in html
    assert "wait for me" in html
    assert "Already rejected by Max Mill" in Client().get(address).content.decode()


def test_rights_are_those_of_the_moment(people: People, run: Run, asked: Visit) -> None:
    address, before = link(run, asked, people["mia"]), entries(run)
    people["mia"].groups.clear()
    answer = follow(address, choice="approve")
    assert answer.status_code == 409
    assert "You no longer have the role" in answer.content.decode()
    assert "25 min" not in Client().get(address).content.decode(), "nor is shown any more what is asked"
    Person.objects.filter(username="mia").update(is_active=False)
    assert follow(address, choice="approve").status_code == 409
    assert entries(run) == before


def test_what_has_changed_since_the_mail_is_not_decided_by_it(people: People, run: Run, asked: Visit) -> None:
    address = link(run, asked, people["mia"])
    DecisionLink.objects.update(digest="0" * 64)
    answer = follow(address, choice="approve")
    assert answer.status_code == 409
    assert "What is asked has changed since this mail was sent." in answer.content.decode()
    assert [refused.code for refused in Refused.objects.all()] == ["old-digest"]
    assert not Vote.objects.exists()


def test_after_three_days_it_is_over_and_the_try_is_in_the_security_log(people: People, run: Run, asked: Visit) -> None:
    address = link(run, asked, people["mia"])
    DecisionLink.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert Client().get(address).status_code == 410
    assert not Refused.objects.exists(), "looking is no try"
    assert follow(address, choice="approve").status_code == 410
    assert [(refused.person, refused.code) for refused in Refused.objects.all()] == [("mia", "link-expired")]
    assert Client().get("/decide/" + "x" * 43 + "/").status_code == 404


def test_where_the_gate_wants_it_the_password_is_asked_here_too(people: People) -> None:
    cache.clear()
    people["mia"].set_password(PASSWORD)
    people["mia"].save()
    Unit.objects.filter(slug="platform").update(decision_links=True)
    run = house.begin(house.publish(asking_for("reauthenticate")), people["zoe"], service="shop")
    address = link(run, office.plan(run, people["ann"]), people["mia"])
    assert 'type="password"' in Client().get(address).content.decode()
    answer = follow(address, choice="approve", comment="mine", password="wrong-canary")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "This is not the password of your account." in html
    assert "mine</textarea>" in html
    assert "wrong-canary" not in html
    assert follow(address, choice="approve", password=PASSWORD).status_code == 200
    assert Vote.objects.get().person == people["mia"]


def test_a_form_that_lacks_something_uses_nothing_up(people: People, run: Run, asked: Visit) -> None:
    address = link(run, asked, people["mia"])
    assert follow(address, choice="return").status_code == 422
    assert follow(address, choice="shrug").status_code == 422
    assert follow(address, choice="return", comment="say how to undo it").status_code == 200
    assert office.at(run, "plan")


def test_an_address_that_somebody_else_has_changed_gets_no_links_for_a_while(
    people: People, run: Run, asked: Visit
) -> None:
    step = Step.objects.get(run=run, number=asked.number)
    new = {"email": "elsewhere@example.org"}
    assert not isinstance(accounts.change(people["mia"], "penstock", new), NotChanged)
    assert decision_links.address(step, people["mia"]) is None
    later = datetime.now(UTC) + decision_links.LIFETIME + timedelta(minutes=1)
    assert decision_links.address(step, people["mia"], lambda: later) is not None
