"""Pages of runs with items, calls, signals and undos: what operators may do there, what everybody reads and does."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from runs import complete, definitions, operate, start
from runs.models import Entry, Run, Step
from runs.outcomes import is_accepted
from tests.dashboards import office
from tests.runs import house
from tests.runs.test_called_runs import CHILD, PARENT
from tests.runs.test_operate_regions import PLAYBOOK
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


def words(answer: object) -> str:
    text = answer.content.decode()
    text = re.sub(r"<svg.*?</svg>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@pytest.fixture
def run(people: People) -> Run:
    """Planned and booked; two shops are looked at."""
    found = house.begin(house.publish(house.compiled(PLAYBOOK)), people["ben"], shops=["north", "south"])
    hand_in(found, "plan", people["ann"])
    house.act()
    return found


@pytest.fixture
def olga(people: People) -> Client:
    return office.client(people["olga"])


def number_of(run: Run, address: str) -> int:
    state = definitions.state_of(house.now(run))
    return next(visit.number for visit in state.visits.values() if visit.address == address)


def hand_in(run: Run, address: str, person: Person, **form: object) -> None:
    assert is_accepted(complete.complete(house.now(run), number_of(run, address), person, form))


def test_a_rollback_names_its_order_first_and_its_tasks_say_what_they_are(
    run: Run, people: People, olga: Client
) -> None:
    menu = words(olga.get(f"/runs/{run.number}/"))
    assert "Roll back the run…" in menu
    asked = words(olga.get(f"/runs/{run.number}/rollback/"))
    closes = "Closes Look at north and Look at south, and undoes Book, then Plan, one after the other"
    assert closes in asked
    assert "Undone in this order Book, a task for the role engineer Plan, a task for the role engineer" in asked
    assert olga.post(f"/runs/{run.number}/rollback/", {"reason": ""}).status_code == 422
    said = words(olga.post(f"/runs/{run.number}/rollback/", {"reason": "They stay shut"}, follow=True))
    assert "This run is being rolled back." in said
    assert "Still to be undone, in this order: Plan a task for the role engineer" in said
    assert "Undo: Book Waits for somebody to take it." in said
    assert "Rolling back" in said
    ann = office.client(people["ann"])
    mine = words(ann.get("/"))
    assert "Undo: Book" in mine
    assert "Takes back what was done: the run is being undone." in mine
    visit = number_of(run, "book.undo")
    task = words(ann.get(f"/runs/{run.number}/tasks/{visit}/"))
    assert "This takes back Book , done" in task
    assert "Then Plan is undone." in task
    assert "Undo: Plan" in task
    skip = words(olga.get(f"/runs/{run.number}/visits/{visit}/skip/"))
    assert "Counts as undone by hand; then Plan is undone." in skip
    assert ann.post(f"/runs/{run.number}/tasks/{visit}/", {}, follow=True).status_code == 200
    last = number_of(run, "plan.undo")
    complete_for = f"/runs/{run.number}/visits/{last}/complete-for/"
    assert "then the run ends as rolled back" in words(olga.get(complete_for))
    ended = words(olga.post(complete_for, {"for": "ann", "reason": "by telephone"}, follow=True))
    assert "Rolled back" in ended
    assert house.now(run).status == "rolled_back"
    assert 'class="node is-undone"' in olga.get(f"/runs/{run.number}/").content.decode()


def test_a_jump_may_undo_and_goes_into_items(run: Run, people: People, olga: Client) -> None:
    asked = words(olga.get(f"/runs/{run.number}/jump/"))
    assert "north Look Opens once more." in asked.replace("Look at", "Look")
    assert "An undo takes back Book, then Plan" in asked
    assert "Undo first what was done since then" in asked
    form = {"reason": "once more", "to": "look[1]"}
    assert olga.post(f"/runs/{run.number}/jump/", form).status_code == 302
    state = definitions.state_of(house.now(run))
    assert [visit.address for visit in state.visits.values()] == ["each-shop", "look[0]", "look[1]"]
    wrong = olga.post(f"/runs/{run.number}/jump/", {"reason": "x", "to": "look[7]"})
    assert wrong.status_code == 422
    form = {"reason": "book anew", "to": "book", "undo": "true"}
    said = words(olga.post(f"/runs/{run.number}/jump/", form, follow=True))
    assert "What was done is undone before the run goes on at Book." in said
    assert "Olga Oak sent the run back to Book: what was done since is undone first. book anew" in said


def test_a_signal_is_sent_by_hand_and_kept_in_sight(run: Run, people: People, olga: Client) -> None:
    asked = olga.get(f"/runs/{run.number}/signal/")
    assert "papers: kept until a step waits" in words(asked)
    form = {"reason": "by telephone", "name": "papers", "data": "{ref"}
    wrong = olga.post(f"/runs/{run.number}/signal/", form)
    assert wrong.status_code == 422
    assert "This is no JSON (line 1, column 2)" in words(wrong)
    assert "{ref" in wrong.content.decode()
    nothing = olga.post(f"/runs/{run.number}/signal/", {"reason": "x", "name": "", "data": ""})
    assert "Choose the signal to send." in words(nothing)
    said = words(olga.post(f"/runs/{run.number}/signal/", {**form, "data": '{"ref": "B-2"}'}, follow=True))
    assert "Signals that no step has taken yet papers Olga Oak, today" in said.replace(" , ", ", ")
    assert "{&quot;ref&quot;: &quot;B-2&quot;}" in said
    assert office.client(people["ann"]).post(f"/runs/{run.number}/signal/", {**form, "data": ""}).status_code == 409
    for nth in range(2):
        hand_in(run, f"look[{nth}]", people["ann"], size=4)
    said = words(olga.get(f"/runs/{run.number}/"))
    assert "Waits for the signal papers." in said
    assert "Item 1 Look: size 4 Share: part 25" in said
    assert "papers: Papers waits for it" in words(olga.get(f"/runs/{run.number}/signal/"))
    assert "signal papers" in words(olga.get("/runs/"))


def test_an_item_that_is_stuck_is_repaired_on_the_pages(run: Run, people: People, olga: Client) -> None:
    hand_in(run, "look[0]", people["ann"], size=0)
    said = words(olga.get(f"/runs/{run.number}/"))
    assert "Share (item 1) needs an operator" in said
    visit = number_of(run, "share[0]")
    assert "Retry Share (item 1)…" in said
    asked = olga.get(f"/runs/{run.number}/change/").content.decode()
    assert "Look at north" in asked
    assert 'name="steps.look[0].size" value="0"' in asked
    form = {"inputs.rate": "0", "inputs.shops": "north\nsouth", "steps.look[0].size": "4", "reason": "mistyped"}
    assert olga.post(f"/runs/{run.number}/change/", form).status_code == 302
    retried = words(olga.post(f"/runs/{run.number}/visits/{visit}/retry/", {"reason": "now"}, follow=True))
    assert "needs an operator:" not in retried.split("Log")[0]
    assert "changed size of Look at (item 1) from 0 to 4" in retried


def test_items_have_their_names_in_the_work_and_on_the_board(people: People, olga: Client) -> None:
    plain = PLAYBOOK.replace("title: Look at ${each.shop}\n        ", "")
    run = house.begin(house.publish(house.compiled(plain)), people["ben"], shops=["north", "south"])
    hand_in(run, "plan", people["ann"])
    house.act()
    ann = office.client(people["ann"])
    mine = words(ann.get("/"))
    assert "Look: north" in mine
    assert "Look: south" in mine
    assert "It has come back" not in mine
    visit = number_of(run, "look[1]")
    assert "<h1>Look: south</h1>" in ann.get(f"/runs/{run.number}/tasks/{visit}/").content.decode()
    assert "Look and 1 more" in words(olga.get("/runs/"))
    assert "Look (item 2)" in words(olga.get(f"/runs/{run.number}/"))


def test_called_runs_are_part_of_the_run_that_called_them(people: People, olga: Client) -> None:
    parent = house.begin(house.publish(house.compiled(PARENT, CHILD)), people["ann"], region="nl")
    house.tell()
    child = parent.children.get()
    assert "the run it called" in words(olga.get("/runs/"))
    # somebody has to act in the called one, so it stands on the board by itself
    for address in ("/runs/", "/runs/?called=1", "/runs/?state=waiting", "/runs/?q=region"):
        shown = olga.get(address)
        assert f'id="run-{child.number}"' in shown.content.decode(), address
    assert f"called by {parent.number}" in words(olga.get("/runs/?called=1"))
    assert "“called” is either 1 or left out, not “2”." in words(olga.get("/runs/?called=2"))
    page = words(olga.get(f"/runs/{parent.number}/"))
    assert f"Waits for the run that it called, run {child.number} ." in page
    for act in ("pause", "rollback", "cancel"):
        assert f"Run {child.number}, which it called, is" in words(olga.get(f"/runs/{parent.number}/{act}/")), act


def test_several_runs_are_rolled_back_together(run: Run, people: People, olga: Client) -> None:
    done = start.start(run.version, people["ben"], {"shops": []})
    assert is_accepted(done)
    other = Run.objects.get(pk=done.run_id)
    address = f"/runs/bulk/?act=rollback&run={run.number}&run={other.number}"
    asked = words(olga.get(address))
    assert "Undoes Book, then Plan." in asked
    assert "Ends as rolled back." in asked
    targets = [f"{one.number}:0@{one.seq}" for one in (house.now(run), house.now(other))]
    form = {"act": "rollback", "run": [run.number, other.number], "target": targets, "reason": "all of it", "key": "k"}
    for _ in range(2):
        assert words(olga.post("/runs/bulk/", form, follow=True)).count("Done , and kept in its log") == 2
    assert Entry.objects.filter(kind="rollback").count() == 2
    assert house.now(other).status == "rolled_back"


def test_the_pages_cost_the_same_however_many_runs_and_items_there_are(people: People, olga: Client) -> None:
    text = PLAYBOOK.replace("steps:\n  - id: plan", "concurrency: {limit: 1}\nsteps:\n  - id: plan", 1)
    version = house.publish(house.compiled(text))

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as found:
            assert olga.get(address).status_code == 200
        return len(found)

    first, second = (house.begin(version, people["ben"], shops=["a"]) for _ in range(2))
    hand_in(first, "plan", people["ann"])
    house.act()
    assert "Waits for a place: 1st" in words(olga.get("/runs/"))
    few, page = queries("/runs/"), queries(f"/runs/{first.number}/")
    for _ in range(3):
        house.begin(version, people["ben"], shops=["a", "b"])
    assert "Waits for a place: 4th" in words(olga.get("/runs/"))
    assert queries("/runs/") == few
    operate.cancel(house.now(first), people["olga"], "make room")
    for one in Run.objects.filter(status="queued").exclude(pk=second.pk):
        operate.cancel(one, people["olga"], "make room")
    house.act()
    operate.cancel(house.now(second), people["olga"], "make room")
    many = house.begin(version, people["ben"], shops=[str(nth) for nth in range(30)])
    hand_in(many, "plan", people["ann"])
    house.act()
    assert Step.objects.filter(run=many, name="look").count() == 30
    # the menu offers more steps, each asked of the guard; nothing else grows
    offered = 7 * 3
    assert queries(f"/runs/{many.number}/") <= page + offered * 5
    assert "and 18 more open steps." in words(olga.get(f"/runs/{many.number}/"))


def test_a_gate_of_an_item_is_asked_for_that_item_alone(people: People) -> None:
    text = PLAYBOOK.replace(
        "task: {assign: engineer, form: {size: {type: integer}}}",
        "gate: {ask: 'Open ${each.shop}?', approvers: [manager], exclude: []}\n        on_reject: rollback",
    )
    text = text.replace('      - id: share\n        set: {part: "100 / steps.look.size"}\n', "")
    text = text.replace(
        "engineer: {groups: [engineers]}", "engineer: {groups: [engineers]}\n  manager: {groups: [managers]}"
    )
    run = house.begin(house.publish(house.compiled(text)), people["ben"], shops=["north", "south"])
    hand_in(run, "plan", people["ann"])
    house.act()
    mia = office.client(people["mia"])
    second = number_of(run, "look[1]")
    page = words(mia.get(f"/runs/{run.number}/gates/{second}/"))
    assert "Open south?" in page
    assert "second time" not in page
    assert "What was done is undone, the newest first." in page
    mine = words(mia.get("/"))
    assert "Open north?" in mine
    assert "Look at south in Run" in mine
    assert "Asked again" not in mine
