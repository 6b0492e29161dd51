"""My work: gates first, then tasks; the count; and a fixed number of queries."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from dashboards import worklist
from runs import claim
from runs.models import Run, Step
from tests.dashboards import office
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


def test_an_empty_page_says_what_will_be_here(people: People) -> None:
    html = office.client(people["zoe"]).get("/").content.decode()
    assert "Nothing waits for you" in html
    assert "Find a playbook to start" in html


def test_gates_come_first_then_mine_then_what_i_may_take(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    people["mia"].groups.add(*people["ann"].groups.all())
    version = run.version
    mine = house.begin(version, people["zoe"], service="mine")
    claim.claim(mine, 1, people["mia"])
    house.begin(version, people["zoe"], service="anyones")
    html = office.client(people["mia"]).get("/").content.decode()
    assert "1 gate and 1 task wait for you." in " ".join(html.split())
    places = [html.index(words) for words in ("Approve CHG-1 for shop?", "Ship mine", "Ship anyones")]
    assert places == sorted(places)
    assert '<span class="badge badge--now" id="waiting">2' in html


def test_a_gate_leaves_the_list_when_i_have_voted_and_stays_in_sight(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    office.cast(run, people["mia"], "approve")
    html = office.client(people["mia"]).get("/").content.decode()
    assert "Your decision is wanted" not in html
    assert "You have voted." in html


def test_a_task_of_one_click_is_done_from_the_list(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    office.cast(run, people["mia"], "approve")
    office.cast(run, people["max"], "approve")
    number = office.at(run, "tell").number
    ben = office.client(people["ben"])
    assert f'action="/runs/{run.number}/tasks/{number}/"' in ben.get("/").content.decode()
    said = ben.post(f"/runs/{run.number}/tasks/{number}/", {"key": "k"}, follow=True).content.decode()
    assert "Tell: handed in. The run reached its end." in said
    assert Run.objects.get(pk=run.pk).status == "completed"


def test_a_claimed_task_is_nobody_elses_to_take(people: People, run: Run) -> None:
    claim.claim(run, 1, people["ann"])
    assert "Write the plan" not in office.client(people["ben"]).get("/").content.decode()


def test_the_fragment_is_the_list_with_the_count(people: People, run: Run) -> None:
    html = office.client(people["ann"]).get("/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert 'id="work"' in html
    assert 'hx-swap-oob="true"' in html


def test_the_number_of_queries_does_not_grow(
    people: People, run: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    office.plan(run, people["ann"])
    people["mia"].groups.add(*people["ann"].groups.all())
    house.begin(run.version, people["zoe"], service="another")
    mia = office.client(people["mia"])
    mia.get("/")
    # session, person, delegations, groups, steps, votes, openings, reviews, the bell, parts
    with django_assert_num_queries(10):
        mia.get("/")
    for number in range(6):
        house.begin(run.version, people["zoe"], service=f"s{number}")
    for step in Step.objects.filter(status="open", kind="task").order_by("pk")[:3]:
        claim.claim(step.run, step.number, people["mia"])
    for step in Step.objects.filter(status="open", kind="task").order_by("pk")[:2]:
        office.plan(step.run, people["ann"])
    with django_assert_num_queries(10):
        html = mia.get("/").content.decode()
    assert html.count("Read and decide") == 3
    assert html.count("Ship s") == 7


def test_of_very_much_only_what_is_due_first_is_read(people: People, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklist, "FIRST", 2)
    for service in ("first", "second", "third"):
        house.begin(run.version, people["zoe"], service=service)
    html = " ".join(office.client(people["ann"]).get("/").content.decode().split())
    shown = [service for service in ("shop", "first", "second", "third") if f"Ship {service}" in html]
    assert shown == ["shop", "first"]
    assert '<a href="/runs/?mine=waiting">All runs that wait for you</a>' in html
