"""Operators' pages: each act with its consequence and its form, several runs at once, and what a pause looks like."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from runs import definitions
from runs.models import Entry, Run, Step
from tests.dashboards import office
from tests.runs import house
from workflows.models import Part, Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


def words(answer: object) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def olga(people: People) -> Client:
    return office.client(people["olga"])


def page(run: Run, act: str = "", visit: int | None = None) -> str:
    where = f"/runs/{run.number}/" + (f"visits/{visit}/" if visit else "")
    return where + (f"{act}/" if act else "")


def log(run: Run) -> list[str]:
    return list(Entry.objects.filter(run=run).order_by("seq").values_list("kind", flat=True))


def test_a_pause_is_seen_everywhere_and_ends_with_a_resume(people: People, run: Run, olga: Client) -> None:
    ann = office.client(people["ann"])
    assert "Take it" in words(ann.get("/my-work/")) or "Take it" in words(ann.get("/"))
    assert "clocks stand still" in words(olga.get(page(run, "pause")))
    answer = olga.post(page(run, "pause"), {"reason": "The shop is closed"}, follow=True)
    said = words(answer)
    assert "Olga Oak paused this run" in said
    assert "“The shop is closed”" in said
    assert "Stands still." in said
    assert "Resume the run…" in said
    assert "status--paused" in answer.content.decode()
    mine = words(ann.get("/"))
    assert "Take it" not in mine
    assert "Nothing waits for you." in mine
    assert "Nothing to do here until an operator resumes the run" in mine
    assert "This run is paused." in words(ann.get(f"/runs/{run.number}/tasks/1/"))
    board = olga.get("/runs/")
    assert "every run that has not ended, 1 paused" in words(board)
    assert "status--paused" in board.content.decode()
    assert f'id="run-{run.number}"' in olga.get("/runs/?state=paused").content.decode()
    said = words(olga.post(page(run, "resume"), {"reason": "Open again"}, follow=True))
    assert "Olga Oak resumed the run: its clocks had stood still for" in said
    assert f'id="run-{run.number}"' not in olga.get("/runs/?state=paused").content.decode()


def test_a_task_is_reassigned_to_a_role_or_a_person(people: People, run: Run, olga: Client) -> None:
    asked = olga.get(page(run, "reassign", 1)).content.decode()
    assert "Manager" in asked
    assert "Mia Moss" in asked
    answer = olga.post(page(run, "reassign", 1), {"reason": "ann is ill"})
    assert answer.status_code == 422
    assert "Choose who is to do it" in words(answer)
    said = words(olga.post(page(run, "reassign", 1), {"reason": "ann is ill", "person": "mia"}, follow=True))
    whom = "to Mia Moss in place of everybody in the role engineer"
    assert f"Olga Oak reassigned Write the plan {whom}. ann is ill" in said
    assert "Write the plan" in words(office.client(people["mia"]).get("/"))


def test_a_jump_says_for_each_step_what_it_does(people: People, run: Run, olga: Client) -> None:
    said = words(olga.get(page(run, "jump")))
    assert "Tell Opens, and breaks the glass: nobody has approved at Change board" in said
    assert "Write the plan Opens once more." in said
    answer = olga.post(page(run, "jump"), {"reason": "x"})
    assert answer.status_code == 422
    assert "Choose the step to go to." in words(answer)
    said = words(olga.post(page(run, "jump"), {"reason": "It burns", "to": "tell"}, follow=True))
    assert "Change board was not approved by anybody. Olga Oak, an operator, passed over it" in said
    assert "Olga Oak let the run go on at Tell. It burns That passed over Change board" in said
    gate = Step.objects.get(run=run, name="board")
    assert "Olga Oak passed over it" in words(olga.get(f"/runs/{run.number}/gates/{gate.number}/"))


def test_who_may_not_break_the_glass_is_told_where_that_would_be(people: People, run: Run, olga: Client) -> None:
    Part.objects.filter(part=Part.Kind.BREAK_GLASS).delete()
    asked = olga.get(page(run, "jump"))
    assert "Only who may break the glass in this unit may do it." in words(asked)
    assert asked.content.decode().count("disabled") == 2  # tell and the end; the plan and the board lie before them
    assert olga.post(page(run, "jump"), {"reason": "It burns", "to": "tell"}).status_code == 409
    assert log(run) == ["start"]


def test_data_is_changed_field_by_field(people: People, run: Run, olga: Client) -> None:
    office.plan(run, people["ann"], "CHG-1", text="First line")
    office.cast(run, people["mia"], "approve")
    asked = olga.get(page(run, "change")).content.decode()
    assert 'name="inputs.service" value="shop"' in asked
    form = {
        "inputs.service": "store",
        "steps.plan.change_ref": "42",
        "steps.plan.downtime": "0m",
        "steps.plan.text": "First line",
    }
    answer = olga.post(page(run, "change"), {**form, "reason": "It has another name"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert 'value="store"' in answer.content.decode()
    form["steps.plan.change_ref"] = "CHG-1"
    said = words(olga.post(page(run, "change"), {**form, "reason": "It has another name"}, follow=True))
    assert "Olga Oak changed Service from shop to store. It has another name" in said
    assert "what Mia Moss voted does not count any more" in said
    assert definitions.state_of(house.now(run)).inputs["service"] == "store"
    office.cast(run, people["mia"], "approve")
    office.cast(run, people["max"], "approve")
    said = words(olga.get(page(run, "change")))
    assert "Service store shown at Change board" in said
    assert 'name="inputs.service"' not in olga.get(page(run, "change")).content.decode()
    answer = olga.post(page(run, "change"), {"inputs.service": "quiet", "reason": "quietly"})
    assert answer.status_code == 422
    assert "jump back to that gate" in words(answer)


def test_a_task_is_completed_for_somebody_with_its_form_and_checklist(people: People, run: Run, olga: Client) -> None:
    asked = olga.get(page(run, "complete-for", 1)).content.decode()
    assert "Ann Archer" in asked
    assert "Mia Moss" not in asked.split('id="field-form.')[0]
    form = {"for": "ann", "form.change_ref": "CHG-5", "form.downtime": "5m", "reason": "by phone"}
    answer = olga.post(page(run, "complete-for", 1), form)
    assert answer.status_code == 422
    assert "Not ticked yet" in words(answer)
    assert 'value="CHG-5"' in answer.content.decode()
    answer = olga.post(page(run, "complete-for", 1), {**form, "for": "", "ticked": office.ITEMS})
    assert answer.status_code == 422
    said = words(olga.post(page(run, "complete-for", 1), {**form, "ticked": office.ITEMS}, follow=True))
    assert "Ann Archer completed Write the plan. by phone" in said
    assert "On behalf of Ann Archer." in said
    entry = Entry.objects.get(run=run, kind="complete")
    assert (entry.actor, entry.on_behalf_of) == ("olga", "ann")


@pytest.mark.parametrize("act", ["pause", "resume", "jump", "change", "cancel"])
@pytest.mark.parametrize("username", ["ann", "audrey"])
def test_nobody_else_operates(people: People, run: Run, act: str, username: str) -> None:
    reader = office.client(people[username])
    more = {"to": "plan", "inputs.service": "x"}
    assert reader.get(page(run, act)).status_code == 200
    assert reader.post(page(run, act), {"reason": "let me", **more}).status_code == 409
    assert log(run) == ["start"]
