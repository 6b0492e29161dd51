"""Gate: what is approved, who decides and why, what each vote sets in motion, and what is refused."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from engine.machine.state import Visit
from runs.models import Entry, Run, Vote
from tests.dashboards import office
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def asked(run: Run, people: People) -> Visit:
    return office.plan(run, people["ann"], ref="CHG-1", downtime="25m", text="Ship it.\nPray.")


def address(run: Run, visit: Visit) -> str:
    return f"/runs/{run.number}/gates/{visit.number}/"


def digest(visit: Visit) -> str:
    assert visit.asking is not None
    return visit.asking.digest


def test_it_shows_the_question_the_values_and_everybody_with_the_reason(people: People, run: Run, asked: Visit) -> None:
    html = office.client(people["mia"]).get(address(run, asked)).content.decode()
    assert '<h1>Approve <span class="nowrap">CHG-1</span> for shop?</h1>' in html
    assert "25 min" in html
    assert digest(asked) in html
    assert "2 of 2 votes" in html
    assert "Olga Oak may vote too" in html
    assert "A rule of the playbook rejects it, which opens Write the plan" in html
    assert "Max Mill" in html
    assert "Write the plan is next" in html, "the consequence of rejecting is named"


def test_a_first_approval_is_kept_and_the_second_closes_the_gate(people: People, run: Run, asked: Visit) -> None:
    page, form = address(run, asked), {"choice": "approve", "digest": digest(asked)}
    mia = office.client(people["mia"])
    said = mia.post(page, form | {"key": "a", "comment": "fine"}, follow=True).content.decode()
    assert "Your vote is kept: you approve." in said
    assert "1 of 2 votes" in said
    assert "Change your decision" in said
    maxim = office.client(people["max"])
    assert "Approve and continue to Tell" in maxim.get(page).content.decode()
    said = maxim.post(page, form | {"key": "b"}, follow=True).content.decode()
    assert "The gate is approved. Tell is next." in said
    assert "Closed" in said


def test_a_double_click_is_one_vote(people: People, run: Run, asked: Visit) -> None:
    form = {"choice": "approve", "digest": digest(asked), "key": "same"}
    mia = office.client(people["mia"])
    assert [mia.post(address(run, asked), form).status_code for _ in range(2)] == [302, 302]
    assert Entry.objects.filter(run=run, kind="vote").count() == 1


def test_a_vote_on_something_else_is_refused_and_the_comment_kept(people: People, run: Run, asked: Visit) -> None:
    form = {"choice": "approve", "digest": "0" * 64, "comment": "looks <good>"}
    answer = office.client(people["mia"]).post(address(run, asked), form)
    assert answer.status_code == 409
    assert "Your vote was not counted" in answer.content.decode()
    assert "looks &lt;good&gt;</textarea>" in answer.content.decode()
    assert not Vote.objects.exists()


def test_a_decided_gate_says_by_whom_and_keeps_what_was_typed(people: People, run: Run, asked: Visit) -> None:
    office.cast(run, people["max"], "reject", "no way back")
    form = {"choice": "approve", "digest": digest(asked), "comment": "wait for me"}
    answer = office.client(people["mia"]).post(address(run, asked), form)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Already rejected by Max Mill" in html
    assert "wait for me" in html


def test_asking_for_changes_needs_a_comment(people: People, run: Run, asked: Visit) -> None:
    form = {"choice": "return", "digest": digest(asked)}
    answer = office.client(people["mia"]).post(address(run, asked), form)
    assert answer.status_code == 422
    assert 'id="comment-error"' in answer.content.decode()


def test_asked_again_it_says_who_said_no_and_what_changed(people: People, run: Run, asked: Visit) -> None:
    office.cast(run, people["max"], "reject", "25 minutes is too long")
    again = office.plan(run, people["ann"], ref="CHG-1", downtime="5m", text="Ship it.\nSwitch it off again.")
    html = office.client(people["mia"]).get(address(run, again)).content.decode()
    assert "Asked for the second time." in html
    assert "Max Mill rejected it" in html
    assert "25 minutes is too long" in html
    assert "<del>25 min</del>" in html
    assert "<del>Pray.</del>" in html
    assert "<ins>Switch it off again.</ins>" in html
    assert "2 of " in html
    first = office.client(people["mia"]).get(address(run, asked)).content.decode()
    assert "Closed" in first
    assert "25 min" in first, "a closed gate still shows what was decided on"


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("ann", "You did the step Write the plan"),
        ("zoe", "You started this run"),
        ("audrey", "Only manager decide here"),
    ],
)
def test_who_may_not_vote_reads_why_in_the_same_place(
    people: People, run: Run, asked: Visit, who: str, why: str
) -> None:
    page = address(run, asked)
    html = office.client(people[who]).get(page).content.decode()
    assert why in html
    assert 'name="choice"' not in html
    answer = office.client(people[who]).post(page, {"choice": "approve", "digest": digest(asked)})
    assert answer.status_code == 409
    assert why in answer.content.decode()


def test_rights_lost_between_page_and_vote_are_lost(people: People, run: Run, asked: Visit) -> None:
    people["mia"].groups.clear()
    answer = office.client(people["mia"]).post(address(run, asked), {"choice": "approve", "digest": digest(asked)})
    assert answer.status_code == 409
    assert "You no longer have the role" in answer.content.decode()
    html = office.client(people["max"]).get(address(run, asked)).content.decode()
    assert "Mia Moss no longer has the role." in html


def test_a_vote_is_changed_and_withdrawn_while_the_gate_is_open(people: People, run: Run, asked: Visit) -> None:
    page = address(run, asked)
    mia = office.client(people["mia"])
    mia.post(page, {"choice": "approve", "digest": digest(asked), "key": "1"})
    mia.post(page, {"choice": "abstain", "digest": digest(asked), "key": "2"})
    assert Vote.objects.get().choice == "abstain"
    said = mia.post(page + "withdraw/", follow=True).content.decode()
    assert "Your vote is withdrawn" in said
    assert not Vote.objects.exists()


def test_a_live_part_never_carries_the_form_under_the_readers_hands(people: People, run: Run, asked: Visit) -> None:
    mia = office.client(people["mia"])
    part = mia.get(address(run, asked), {"digest": digest(asked)}, headers={"HX-Request": "true"}).content.decode()
    assert 'id="comment"' not in part
    assert 'id="choices"' in part
    stale = mia.get(address(run, asked), {"digest": "f" * 64}, headers={"HX-Request": "true"}).content.decode()
    assert "This has changed." in stale


def test_the_earliest_of_all_limits_is_named_with_its_rule(people: People, run: Run, asked: Visit) -> None:
    mia = office.client(people["mia"])
    html = mia.get(address(run, asked)).content.decode()
    assert re.search(r"Decide by <time[^>]*>[^<]+</time></b>.*?Then it is due\.", html, re.DOTALL)
    Run.objects.filter(pk=run.pk).update(due_at=timezone.now() + timedelta(hours=1))
    html = mia.get(address(run, asked)).content.decode()
    assert "Then the whole run is due." in html
    assert "a rule of the playbook rejects it, which opens Write the plan" in html, "the later limits are there too"


def test_a_closed_gate_says_what_it_set_in_motion(people: People, run: Run, asked: Visit) -> None:
    office.cast(run, people["mia"], "approve")
    office.cast(run, people["max"], "approve")
    html = office.client(people["mo"]).get(address(run, asked)).content.decode()
    assert "What it set in motion" in html
    tell = office.at(run, "tell")
    assert f'<a href="/runs/{run.number}/tasks/{tell.number}/">Tell</a>' in html


def test_whoever_comes_too_late_reads_who_decided_what_and_when(people: People, run: Run, asked: Visit) -> None:
    office.cast(run, people["mia"], "approve")
    office.cast(run, people["max"], "approve")
    form = {"choice": "reject", "digest": digest(asked), "comment": "not so fast", "link": "https://why.example/"}
    answer = office.client(people["mo"]).post(address(run, asked), form)
    html = " ".join(answer.content.decode().split())
    assert answer.status_code == 409
    assert re.search(r"Already approved by Max Mill, <time[^>]*>today, \d\d:\d\d</time>", html)
    assert "You had written: “not so fast”" in html
    assert "You had given as evidence: https://why.example/" in html
