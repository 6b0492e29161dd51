"""Operators' pages: each act with its consequence and its form, several runs at once, and what a pause looks like."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from engine.lifecycles import RunStatus
from runs import definitions, operate
from runs.models import Entry, Run, Step
from tests.dashboards import office
from tests.runs import house
from workflows.models import Part, Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


def words(answer: object) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())  # type: ignore[attr-defined]


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


@pytest.fixture
def three(people: People, run: Run) -> list[Run]:
    version = run.version
    return [run, *(house.begin(version, people["zoe"], service=name) for name in ("store", "depot"))]


def ask(reader: Client, act: str, runs: list[Run]) -> str:
    answer = reader.get("/runs/bulk/", {"act": act, "run": [str(run.number) for run in runs]})
    assert answer.status_code == 200
    return answer.content.decode()


def sent(html: str) -> dict[str, list[str]]:
    """What the form of the preview sends."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(value)
    return found


def test_one_act_on_several_runs_is_shown_first_done_then_and_only_once(three: list[Run], olga: Client) -> None:
    board = olga.get("/runs/").content.decode()
    assert all(f'name="run" value="{run.number}"' in board for run in three)
    preview = ask(olga, "pause", three[:2])
    assert preview.count("Pause the run.") == 2
    assert [log(run) for run in three] == [["start"]] * 3
    form = sent(preview)
    answer = olga.post("/runs/bulk/", form)
    assert answer.status_code == 422
    assert "Say why" in words(answer)
    done = words(olga.post("/runs/bulk/", {**form, "reason": "Holiday"}))
    assert done.count("Done , and kept in its log") == 2
    again = words(olga.post("/runs/bulk/", {**form, "reason": "Holiday"}))
    assert again.count("Done , and kept in its log") == 2
    assert [log(run) for run in three] == [["start", "pause"], ["start", "pause"], ["start"]]
    mixed = ask(olga, "resume", three)
    assert mixed.count("Resume the run.") == 2
    assert "This run is not paused" in mixed
    assert len(sent(mixed)["target"]) == 2


def test_cancel_and_skip_in_bulk_name_what_they_close_and_tell_what_failed(
    people: People, three: list[Run], olga: Client
) -> None:
    preview = ask(olga, "skip", three)
    assert preview.count("Skip Write the plan.") == 3
    operate.cancel(three[0], people["olga"], "meanwhile")
    done = words(olga.post("/runs/bulk/", {**sent(preview), "reason": "Not needed"}))
    assert done.count("Done at Write the plan") == 2
    assert "Nothing was done. This run has ended" in done
    assert "retry" in ask(olga, "retry", three[1:])
    assert "nothing to retry" in ask(olga, "retry", three[1:])
    preview = ask(olga, "cancel", three)
    assert "closes Change board" in preview
    assert "It has ended: it is cancelled." in preview
    olga.post("/runs/bulk/", {**sent(preview), "reason": "All of it"})
    assert {house.now(run).status for run in three} == {RunStatus.CANCELLED.value}


def test_what_has_to_be_chosen_is_asked_before_it_is_said_what_it_does(
    people: People, three: list[Run], olga: Client
) -> None:
    asking = ask(olga, "jump", three[:2])
    assert "Go on at which step?" in asking
    assert '<option value="board">Change board</option>' in asking
    assert "target" not in sent(asking)
    assert olga.post("/runs/bulk/", {**sent(asking), "reason": "On", "to": "nowhere"}).status_code == 200
    assert [log(run) for run in three] == [["start"]] * 3

    chosen = {"act": "jump", "run": [str(run.number) for run in three[:2]], "to": "plan"}
    preview = olga.get("/runs/bulk/", chosen).content.decode()
    assert preview.count("Goes on at Write the plan; everything open") == 2
    done = words(olga.post("/runs/bulk/", {**sent(preview), "reason": "Once more"}))
    assert done.count("Done , and kept in its log") == 2
    assert [log(run) for run in three] == [["start", "jump"], ["start", "jump"], ["start"]]

    role = {"act": "reassign", "run": [str(run.number) for run in three], "to": "manager"}
    preview = olga.get("/runs/bulk/", role).content.decode()
    assert words(olga.post("/runs/bulk/", {**sent(preview), "reason": "Holiday"})).count("Done at Write the plan") == 3
    assert {definitions.state_of(house.now(run)).visits.popitem()[1].assigned for run in three} == {"manager"}

    assert "There is nothing to choose from" in ask(olga, "signal", three)


def test_in_bulk_too_only_operators_act_and_what_is_not_theirs_is_not_there(people: People, three: list[Run]) -> None:
    ann = office.client(people["ann"])
    assert "Only operators of this run may do this." in ask(ann, "cancel", three)
    targets = [f"{run.number}:0" for run in three]
    form = {"act": "cancel", "target": targets, "reason": "mine", "key": "k"}
    assert words(ann.post("/runs/bulk/", form)).count("Nothing was done. Only operators") == 3
    otto = office.client(people["otto"])
    answer = otto.get("/runs/bulk/", {"act": "cancel", "run": [run.number for run in three]})
    assert answer.status_code == 422
    assert "There was nothing to do." in words(otto.post("/runs/bulk/", form))
    assert [log(run) for run in three] == [["start"]] * 3


@pytest.mark.parametrize("address", ["", "?act=explode&run=1", "?act=cancel", "?act=cancel&run=x&run=9999999999"])
def test_nonsense_in_the_address_is_said_and_not_broken(people: People, olga: Client, address: str) -> None:
    answer = olga.get(f"/runs/bulk/{address}")
    assert answer.status_code == 422
    assert "Nothing was chosen." in words(answer)
