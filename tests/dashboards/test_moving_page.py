"""The page that moves runs: groups with what stands against them, a mapping, five first; what pages say then."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from engine.definition import FieldSpec
from runs import bulk_acts, complete, definitions, operate
from runs.models import BulkAct, Run, Step
from runs.moving import Move
from runs.outcomes import is_accepted
from tests.runs import house
from workflows.models import Part, Person, Version

pytestmark = pytest.mark.django_db
SERVICE = (FieldSpec("service", "text"),)
OLD = (house.task("plan"), house.task("ship"), house.end())


def publish(*steps) -> Version:
    return house.publish(house.playbook("change", steps, inputs=SERVICE))


@pytest.fixture
def runs(people: dict[str, Person]) -> list[Run]:
    """Seven at their plan and one at its shipping."""
    version = publish(*OLD)
    found = [house.begin(version, people["ann"], service=f"s{nth}") for nth in range(8)]
    (visit,) = definitions.state_of(found[-1]).visits
    assert is_accepted(complete.complete(found[-1], visit, people["ben"], {}))
    return found


def read(client: Client, **query: str) -> str:
    page = client.get(f"/library/change/move/?{urlencode(query)}")
    assert page.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(page.text))


def test_five_first_then_the_rest_and_who_may_not(runs, people, client):
    publish(house.task("plan"), house.gate("board"), house.task("ship"), house.end())
    client.force_login(people["olga"])
    page = read(client)
    assert "7 of 8 runs" in page
    assert "“Board” is passed there before “Ship”, and this run never passed it." in page
    assert "For example, on the way Plan → Board → Ship." in page
    assert "Move 5 first" in page
    form = {"act": "migrate", "to": re.search(r'name="to" value="(.*?)">', page)[1]}
    (first,) = re.findall(r'name="target" value="([^"]*)">Move 5 first', page)
    (rest,) = re.findall(r'name="target" value="([^"]*)">Move all 7', page)
    answer = client.post("/runs/bulk/", {**form, "target": first, "key": "a", "reason": " "})
    assert answer.status_code == 422
    assert "It goes on in version 2." in answer.text
    answer = client.post("/runs/bulk/", {**form, "target": first, "key": "a", "reason": "A board"}, follow=True)
    assert "version 2" in answer.text
    assert Run.objects.filter(version__number=2).count() == 5
    page = read(client)
    assert "5 moved so far: 5 under way" in re.sub(r"</?strong>", "", page)
    client.post("/runs/bulk/", {**form, "target": rest, "key": "b", "reason": "A board"})
    assert Run.objects.filter(version__number=2).count() == 7
    log = client.get(f"/runs/{runs[0].number}/").text
    assert "moved the run from version 1 to version 2" in log
    client.force_login(people["ann"])
    page = read(client)
    assert "You may not move these." in page
    assert "<textarea" not in page


def test_a_mapping_is_asked_for_tried_and_kept_with_its_fault(runs, people, client):
    publish(house.task("draft"), house.task("ship"), house.gate("board"), house.end())
    client.force_login(people["olga"])
    page = read(client)
    assert "The run stands at “Plan”, and the other version has no step plan." in page
    assert 'name="map.plan"' in page
    page = read(client, version="2", **{"map.plan": "ship"})
    assert "ship would stand for ship as well: one step for one." in page
    page = read(client, version="2", **{"map.plan": "draft"})
    assert "8 of 8 runs" in page
    assert "Need a mapping" not in page
    (target,) = re.findall(r'name="target" value="([^"]*)">Move all 8', page)
    to = re.search(r'name="to" value="(.*?)">', page)[1]
    client.post("/runs/bulk/", {"act": "migrate", "to": to, "target": target, "key": "k", "reason": "Renamed"})
    assert BulkAct.objects.get().lines.filter(status="done").count() == 8
    assert Run.objects.filter(version__number=2).count() == 8
    assert "goes on as Draft." in html.unescape(client.get(f"/runs/{runs[0].number}/").text)


def test_the_board_offers_it_and_a_run_that_has_left_a_step_behind_keeps_its_pages(runs, people, client):
    new = publish(house.task("ship"), house.end())
    client.force_login(people["olga"])
    page = client.get(f"/runs/bulk/?act=migrate&run={runs[-1].number}")
    assert "Change, version 2" in page.text
    done = Step.objects.get(run=runs[-1], name="plan")
    kept = bulk_acts.order(
        people["olga"],
        "migrate",
        Move.to_version(new).text(),
        [bulk_acts.Target(runs[-1].number, 0, 99)],
        "Shorter",
        "k",
    )
    bulk_acts.perform(kept)
    run = house.now(runs[-1])
    assert run.version == new
    for address in ("", "log/", f"tasks/{done.number}/", "?as_of=1"):
        assert client.get(f"/runs/{run.number}/{address}").status_code == 200


def test_nothing_to_move_and_no_such_version(people, client):
    publish(*OLD)
    client.force_login(people["olga"])
    assert "No run to move" in read(client)
    assert "There is no version 9 that runs may be moved to." in read(client, version="9")
    assert client.get("/library/nothing/move/").status_code == 404


# ---- what runs have not, and values with other names

COST = FieldSpec("cost", "integer", title="What it costs")
WORD = FieldSpec("word", "text", secret=True)


def publish_asking(*inputs: FieldSpec, steps=OLD) -> Version:
    return house.publish(house.playbook("change", steps, inputs=inputs))


def test_what_the_version_asks_for_is_given_for_all_of_them(runs, people, client):
    publish_asking(FieldSpec("system", "text"), COST, WORD)
    client.force_login(people["olga"])
    page = read(client)
    assert "The input system is required there, and this run does not have it." in page
    assert 'name="map.inputs.service"' in page
    assert "What it costs" in page
    assert "Word is a secret: given for one run at a time" in page
    page = read(client, **{"map.inputs.service": "inputs.system", "inputs.cost": "much"})
    assert "This must be a whole number." in page
    assert 'value="much"' in page
    publish_asking(FieldSpec("system", "text"), COST)
    page = read(client, **{"map.inputs.service": "inputs.system", "inputs.cost": "8"})
    assert "8 of 8 runs" in page
    assert 'value="8"' in page, "what was typed stays, though no run lacks it any more"
    (target,) = re.findall(r'name="target" value="([^"]*)">Move all 8', page)
    form = {"act": "migrate", "to": re.search(r'name="to" value="(.*?)">', page)[1], "target": target, "key": "k"}
    answer = client.post("/runs/bulk/", {**form, "reason": "Costs are asked for"}, follow=True)
    assert "inputs.service as inputs.system, inputs.cost given" in html.unescape(answer.text)
    inputs = [definitions.state_of(run).inputs for run in Run.objects.order_by("number")]
    assert inputs == [{"system": f"s{nth}", "cost": 8} for nth in range(8)]


# ---- from the page of one run


def text(answer) -> str:
    return re.sub(r"\s+", " ", html.unescape(answer.text))


def test_a_run_is_moved_from_its_own_page(runs, people, client):
    run, client_page = runs[0], f"/runs/{runs[0].number}/"
    client.force_login(people["olga"])
    assert "Move to version" not in text(client.get(client_page))
    publish_asking(FieldSpec("service", "text"), COST, WORD, steps=(house.task("plan"), house.gate("board"), *OLD[1:]))
    assert "Move to version 2" in text(client.get(client_page))
    address = f"{client_page}migrate/"
    page = text(client.get(address))
    assert "It goes on in version 2 of its playbook where it stands, whole or not at all." in page
    assert "The input “What it costs” is required there" in page
    assert 'name="inputs.cost"' in page
    assert 'type="password"' in page
    form = {"to": "2", "key": "a", "seen": run.seq, "inputs.cost": "much", "inputs.word": "shut"}
    answer = client.post(address, {**form, "reason": ""})
    assert answer.status_code == 422
    page = text(answer)
    assert ("This must be a whole number." in page, 'value="much"' in page) == (True, True)
    assert "Say why" in page
    form |= {"inputs.cost": "8"}
    assert "Nothing stands against it" in text(client.post(address, {**form, "look": "1"}))
    page = text(client.post(address, {**form, "reason": "Costs"}, follow=True))
    assert "Move to version 2: done, and kept in the log under your name." in page
    assert "moved the run from version 1 to version 2" in page
    assert definitions.state_of(house.now(run)).inputs["cost"] == 8
    assert "Move to version 2" not in page.replace("Move to version 2: done", "")
    assert "shut" not in page + text(client.get(f"{client_page}log/"))


def test_past_a_gate_it_is_moved_only_with_a_tick_and_by_who_may(runs, people, client):
    run, address = runs[-1], f"/runs/{runs[-1].number}/migrate/"
    publish(house.task("plan"), house.gate("board"), *OLD[1:])
    client.force_login(people["olga"])
    form = {"to": "2", "key": "a", "seen": run.seq}
    page = text(client.get(address))
    assert "“Board” is passed there before “Ship”, and this run never passed it." in page
    assert "For example, on the way Plan → Board → Ship." in page
    answer = client.post(address, {**form, "reason": "Costs"})
    assert answer.status_code == 409
    assert "Rule: A gate would never be passed" in text(answer)
    Part.objects.filter(person=people["olga"], part=Part.Kind.BREAK_GLASS).delete()
    form |= {"reason": "Costs", "accept": "skips-gate", "key": "b"}
    page = text(client.post(address, {**form, "look": "1"}))
    assert "This passes over Board. Only who may break the glass" in page
    assert 'value="skips-gate" checked' in page
    Part.objects.create(person=people["olga"], part=Part.Kind.BREAK_GLASS, unit=run.unit)
    page = text(client.post(address, form, follow=True))
    assert "That passed over Board, where nobody had approved." in page


def test_whoever_may_not_move_it_reads_why_and_a_version_that_is_none_is_told(runs, people, client):
    run, address = runs[0], f"/runs/{runs[0].number}/migrate/"
    publish(house.task("plan"), house.task("ship"), house.task("tell"), house.end())
    client.force_login(people["ann"])
    page = text(client.get(address))
    assert "You may not do this now." in page
    assert client.post(address, {"to": "2", "reason": "so", "key": "a", "seen": run.seq}).status_code == 409
    assert house.now(run).version.number == 1
    client.force_login(people["olga"])
    assert is_accepted(operate.cancel(runs[1], people["olga"], "no"))
    assert "You may not do this now." in text(client.get(f"/runs/{runs[1].number}/migrate/"))
    answer = client.post(address, {"to": "7", "reason": "so", "key": "a", "seen": run.seq})
    assert answer.status_code == 422
    assert "There is no version of this playbook with that number" in text(answer)
    page = text(client.get(address))
    assert "Nothing stands against it: it goes on as if it had begun on that version." in page
    assert client.post(address, {"to": "2", "reason": "so", "key": "b", "seen": run.seq}).status_code == 302
    assert client.get(address).status_code == 200, "there is the version before to go back to"
