"""Task: instructions, ticks, draft, form, outcomes, and what is said to whom may not."""

from __future__ import annotations

import pytest

from runs.models import Draft, Entry, Run, Step, Ticked
from tests.dashboards import office
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def task(run: Run) -> str:
    return f"/runs/{run.number}/tasks/1/"


def tick_all(run: Run, person: Person) -> None:
    for item in office.ITEMS:
        Ticked.objects.create(
            step=Step.objects.get(run=run, number=1), item=item, by=person, at=Run.objects.get(pk=run.pk).started_at
        )


def test_it_shows_instructions_fields_and_where_it_leads(people: People, task: str) -> None:
    html = office.client(people["ann"]).get(task).content.decode()
    assert "Say <strong>what</strong> changes." in html
    assert 'name="change_ref"' in html
    assert "Change board" in html
    assert "Whoever it is assigned to is reminded" in html


def test_a_tick_is_saved_at_once_and_names_who_did_it(people: People, run: Run, task: str) -> None:
    answer = office.client(people["ann"]).post(
        task + "tick/", {"item": office.ITEMS[0], "done": "on"}, headers={"HX-Request": "true"}
    )
    assert b"1 of 2 ticked" in answer.content
    assert b"<html" not in answer.content
    html = office.client(people["ben"]).get(task).content.decode()
    assert "Ann Archer" in html
    office.client(people["ben"]).post(task + "tick/", {"item": office.ITEMS[0]})
    assert not Ticked.objects.exists()


def test_a_draft_survives_a_reload_and_is_the_persons_own(people: People, task: str) -> None:
    ann = office.client(people["ann"])
    answer = ann.post(task + "draft/", {"change_ref": "half a th"}, headers={"HX-Request": "true"})
    assert b"Draft saved" in answer.content
    assert 'value="half a th"' in ann.get(task).content.decode()
    assert "half a th" not in office.client(people["ben"]).get(task).content.decode()


def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_is_kept(people: People, run: Run, task: str) -> None:
    answer = office.client(people["ann"]).post(task, {"change_ref": "CHG-19b", "text": "my <b>plan</b>", "key": "k"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="CHG-19b"' in html
    assert 'id="field-change_ref-error"' in html
    assert 'aria-describedby="field-change_ref-error"' in html
    assert "my &lt;b&gt;plan&lt;/b&gt;" in html
    assert Entry.objects.filter(run=run, kind="complete").count() == 0


def test_an_open_checklist_holds_it_back(people: People, run: Run, task: str) -> None:
    answer = office.client(people["ann"]).post(task, {"change_ref": "CHG-1"})
    assert answer.status_code == 422
    assert "Not handed in yet" in answer.content.decode()


def test_handing_in_says_what_it_set_in_motion(people: People, run: Run, task: str) -> None:
    tick_all(run, people["ann"])
    ann = office.client(people["ann"])
    form = {"change_ref": "CHG-7", "downtime": "5m", "regions": "eu\nus", "night": "true", "captain": "ben"}
    answer = ann.post(task, form, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Write the plan: handed in. Change board is next." in answer.content.decode()
    asking = office.at(run, "board").asking
    assert asking is not None
    assert asking.shown["steps.plan"]["regions"] == ["eu", "us"]
    assert asking.shown["steps.plan"]["night"] is True
    assert not Draft.objects.exists()


def test_a_double_click_hands_in_once(people: People, run: Run, task: str) -> None:
    tick_all(run, people["ann"])
    ann = office.client(people["ann"])
    first = ann.post(task, {"change_ref": "CHG-7", "key": "once"})
    second = ann.post(task, {"change_ref": "CHG-7", "key": "once"})
    assert (first.status_code, second.status_code) == (302, 302)
    assert Entry.objects.filter(run=run, kind="complete").count() == 1


def test_whoever_comes_second_is_told_who_was_first(people: People, run: Run, task: str) -> None:
    office.plan(run, people["ben"])
    answer = office.client(people["ann"]).post(task, {"change_ref": "CHG-8", "key": "late"})
    assert answer.status_code == 409
    assert "Ben Baker" in answer.content.decode()
    assert "Hand it in</button>" not in answer.content.decode()


def test_who_may_not_hand_it_in_reads_why_and_gets_no_form(people: People, task: str) -> None:
    html = office.client(people["mia"]).get(task).content.decode()
    assert "This task is for engineer" in html
    assert 'id="hand-in"' not in html
    assert office.client(people["mia"]).post(task, {"change_ref": "CHG-1"}).status_code in {409, 422}


def test_claim_and_release(people: People, run: Run, task: str) -> None:
    ann = office.client(people["ann"])
    assert "Write the plan is yours." in ann.post(task + "claim/", follow=True).content.decode()
    assert Step.objects.get(run=run, number=1).claimed_by == people["ann"]
    other = office.client(people["ben"])
    assert "Ann Archer has it" in other.get(task).content.decode()
    refused = other.post(task + "claim/", follow=True).content.decode()
    assert "Ann Archer has claimed this task." in refused
    ann.post(task + "release/")
    assert Step.objects.get(run=run, number=1).claimed_by is None


def test_a_task_that_is_over_shows_what_was_handed_in(people: People, run: Run, task: str) -> None:
    office.plan(run, people["ben"], ref="CHG-77", downtime="5m")
    html = office.client(people["ann"]).get(task).content.decode()
    assert "Ben Baker finished it" in html
    assert "CHG-77" in html


def test_outcomes_are_buttons_that_name_their_consequence(people: People) -> None:
    watch = house.task("watch", outcomes=("healthy", "degraded"))
    definition = house.playbook("watching", [watch, house.end()], [("watch", "outcome:degraded", "fail")])
    run = house.begin(house.publish(definition), people["ann"])
    html = office.client(people["ann"]).get(f"/runs/{run.number}/tasks/1/").content.decode()
    assert "Hand in: healthy" in html
    assert "Degraded ends the run as failed." in html
