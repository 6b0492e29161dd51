"""The page that moves runs: groups with what stands against them, a mapping, five first; what pages say then."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from engine.definition import FieldSpec
from runs import bulk_acts, complete, definitions
from runs.models import BulkAct, Run, Step
from runs.moving import Move
from runs.outcomes import is_accepted
from tests.runs import house
from workflows.models import Person, Version

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
