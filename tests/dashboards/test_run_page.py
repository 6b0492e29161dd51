"""One run: what its page says at every stage, what an operator may do, and to whom it does not exist."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engine.definition import Concurrency, FieldSpec, Retry
from engine.lifecycles import RunStatus
from engine.machine.events import Result
from runs import claim, complete, definitions
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Entry, Refused, Run
from tests.dashboards import office
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]
LIVE = {"HX-Request": "true"}


def words(reader: Client, run: Run, more: str = "") -> str:
    answer = reader.get(f"/runs/{run.number}/{more}")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def states(reader: Client, run: Run) -> dict[str, str]:
    """The state of each node of the diagram, by the title its link carries."""
    html = reader.get(f"/runs/{run.number}/").content.decode()
    return {
        title.split(",")[0]: state
        for state, title in re.findall(r'<a class="node is-(\w+)"[^>]*aria-label="([^"]*)"', html)
    }


@pytest.fixture
def stuck(people: People) -> Run:
    """A run whose only action failed for good."""
    version = house.publish(house.playbook("ship", [house.action("ship", retry=Retry()), house.end()]))
    run = house.begin(version, people["zoe"])
    apply([Delivery(run.pk, Result(at=NOT_YET, visit=1, attempt=1, outcome="error", error="lock not granted"))])
    return Run.objects.get(pk=run.pk)


def test_a_run_that_has_just_begun(people: People, run: Run) -> None:
    html = words(office.client(people["zoe"]), run)
    assert "Ship shop" in html
    assert "Zoe Zell" in html
    assert "Waits for somebody to take it." in html
    assert "When nobody does anything" in html
    assert "Zoe Zell started the run. Write the plan opened." in html
    assert "Service shop" in html
    assert "Engineer AA Ann Archer BB Ben Baker" in html


def test_the_diagram_has_live_states_and_the_way_taken(people: People, run: Run) -> None:
    ann = office.client(people["ann"])
    assert states(ann, run) == {"Write the plan": "current"}
    office.plan(run, people["ann"])
    assert states(ann, run) == {"Write the plan": "done", "Change board": "current"}
    office.cast(run, people["mia"], "reject", "no way back")
    assert states(ann, run) == {"Write the plan": "current", "Change board": "done"}
    html = ann.get(f"/runs/{run.number}/").content.decode()
    assert html.count('class="edge is-done"') == 2  # from the start to the plan came first; then plan to board
    assert html.count('class="edge is-current"') == 1  # from the board back to the plan


def test_the_time_line_tells_waiting_from_working_and_gates(people: People, run: Run) -> None:
    claim.claim(run, 1, people["ann"])
    office.plan(run, people["ann"])
    html = office.client(people["ann"]).get(f"/runs/{run.number}/").content.decode()
    tracks = dict(re.findall(r'<li id="visit-(\d+)">(.*?)</li>', html, re.DOTALL))
    assert set(re.findall(r"bar-(\w+)", tracks["1"])) == {"wait", "work"}
    assert set(re.findall(r"bar-(\w+)", tracks["2"])) == {"gate"}
    assert 'style="' not in html


def test_the_log_is_in_plain_sentences_with_full_names_and_hashes(people: People, run: Run) -> None:
    office.plan(run, people["ann"], "CHG-7")
    office.cast(run, people["mia"], "approve", "go")
    office.cast(run, people["mia"], "reject", "wait, no")
    html = words(office.client(people["zoe"]), run)
    assert "Ann Archer completed Write the plan." in html
    assert "Change board was asked: Approve CHG-7 for shop?" in html
    assert "Max Mill, Mia Moss and Mo Marsh may vote at Change board." in html
    assert "Mia Moss approved Change board. go" in html
    assert "Mia Moss rejected Change board (changing the vote). wait, no Change board was rejected." in html
    for entry in Entry.objects.filter(run=run):
        assert entry.hash[:8] in html


def test_data_says_who_set_what(people: People, run: Run) -> None:
    office.plan(run, people["ann"], "CHG-7", downtime="90m", night="true")
    html = words(office.client(people["zoe"]), run)
    assert "Change number CHG-7" in html
    assert "Downtime 1 h 30 min" in html
    assert re.search(r"Write the plan +Ann Archer, today", html)


def test_a_run_that_has_ended(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    for username in ("mia", "max"):
        office.cast(run, people[username], "approve")
    tell = office.at(run, "tell")
    complete.complete(Run.objects.get(pk=run.pk), tell.number, people["ben"], {})
    html = words(office.client(people["zoe"]), run)
    assert "Completed" in html
    assert "Nothing: this run has ended." in html
    assert "The run reached its end." in html
    assert "Operate" not in html


def test_the_log_is_paged_by_keyset(people: People) -> None:
    version = house.publish(house.playbook("long", [house.task("plan"), house.end()]))
    run = house.begin(version, people["zoe"])
    for _ in range(30):
        claim.claim(run, 1, people["ann"])
        claim.release(run, 1, people["ann"])
    ann = office.client(people["ann"])
    first = ann.get(f"/runs/{run.number}/").content.decode()
    onward = re.search(r'href="/runs/\d+/(\?before=\d+)#log"', first)
    assert onward is not None
    second = words(ann, run, onward[1])
    assert "Ann Archer took Plan." in words(ann, run)
    assert "Zoe Zell started the run." in second
    assert "Zoe Zell started the run." not in words(ann, run)
    assert ann.get(f"/runs/{run.number}/?before=nonsense").status_code == 200


def test_an_incident_is_on_top_with_what_can_be_done(people: People, stuck: Run) -> None:
    html = words(office.client(people["olga"]), stuck)
    assert "Ship needs an operator: the action failed after its last attempt" in html
    assert "lock not granted" in html
    assert "Retry Ship…" in html
    assert "A new attempt with the same idempotency key" in html
    assert states(office.client(people["olga"]), stuck)["Ship"] == "failed"


def test_an_operator_retries_with_a_reason(people: People, stuck: Run) -> None:
    olga = office.client(people["olga"])
    page = f"/runs/{stuck.number}/visits/1/retry/"
    assert "A new attempt" in olga.get(page).content.decode()
    answer = olga.post(page, {"reason": "The lock is gone", "key": "k1"}, follow=True)
    assert answer.redirect_chain == [(f"/runs/{stuck.number}/", 302)]
    html = words(olga, stuck)
    assert "The lock is gone" in html
    assert "does not need an operator any more" in html
    assert Run.objects.get(pk=stuck.pk).incident_count == 0
    olga.post(page, {"reason": "The lock is gone", "key": "k1"})
    assert Entry.objects.filter(run=stuck, kind="retry").count() == 1


def test_an_operator_skips_and_cancels(people: People, stuck: Run, run: Run) -> None:
    olga = office.client(people["olga"])
    olga.post(f"/runs/{stuck.number}/visits/1/skip/", {"reason": "Done by hand"})
    assert Run.objects.get(pk=stuck.pk).status == RunStatus.COMPLETED
    assert "Olga Oak skipped Ship. Done by hand" in words(olga, stuck)
    page = f"/runs/{run.number}/cancel/"
    assert "closes Write the plan. Nothing that was done is undone." in olga.get(page).content.decode()
    olga.post(page, {"reason": "Called off"})
    assert Run.objects.get(pk=run.pk).status == RunStatus.CANCELLED
    assert "Called off" in words(olga, run)


def test_a_skipped_gate_is_named_as_approved_by_nobody(people: People, run: Run) -> None:
    gate = office.plan(run, people["ann"])
    olga = office.client(people["olga"])
    page = f"/runs/{run.number}/visits/{gate.number}/skip/"
    assert "Breaks the glass" in olga.get(page).content.decode()
    olga.post(page, {"reason": "The house is on fire"})
    assert "Change board was not approved by anybody." in words(olga, run)


def test_a_reason_is_needed_and_what_was_typed_is_kept(people: People, run: Run) -> None:
    answer = office.client(people["olga"]).post(f"/runs/{run.number}/cancel/", {"reason": "   "})
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    assert Run.objects.get(pk=run.pk).is_open


@pytest.mark.parametrize("username", ["zoe", "ann", "mia", "audrey"])
def test_who_does_not_operate_sees_why_not_and_is_refused(people: People, run: Run, username: str) -> None:
    reader = office.client(people[username])
    assert "Only operators of this run may do this." in words(reader, run)
    page = f"/runs/{run.number}/cancel/"
    asked = reader.get(page).content.decode()
    assert "You may not do this now." in asked
    assert "<textarea" not in asked
    answer = reader.post(page, {"reason": "I want to"})
    assert answer.status_code == 409
    assert "Nothing was done." in answer.content.decode()
    assert Run.objects.get(pk=run.pk).is_open
    assert Refused.objects.filter(person=username, run=run).exists()


def test_a_retry_where_nothing_is_wrong_is_refused(people: People, run: Run) -> None:
    answer = office.client(people["olga"]).post(f"/runs/{run.number}/visits/1/retry/", {"reason": "why not"})
    assert answer.status_code == 409
    assert Entry.objects.filter(run=run).count() == 1


@pytest.mark.parametrize("username", ["otto", "gus"])
def test_somebody_elses_run_does_not_exist(people: People, run: Run, username: str) -> None:
    person = people[username]
    Person.objects.filter(pk=person.pk).update(is_active=True)
    person.groups.clear()
    reader = office.client(Person.objects.get(pk=person.pk))
    for more in ("", "cancel/", "visits/1/skip/", "visits/1/retry/"):
        page = f"/runs/{run.number}/{more}"
        assert reader.get(page).status_code == 404, page
        if more:
            assert reader.post(page, {"reason": "mine now"}).status_code == 404, page
    assert Entry.objects.filter(run=run).count() == 1


@pytest.mark.parametrize("more", ["999999/", "99999999999999999999999999/", "0/", "1/visits/999/skip/"])
def test_what_is_not_there_is_404(people: People, run: Run, more: str) -> None:
    assert office.client(people["olga"]).get(f"/runs/{more}").status_code == 404


def test_reading_changes_nothing(people: People, run: Run) -> None:
    olga = office.client(people["olga"])
    for page in (f"/runs/{run.number}/", f"/runs/{run.number}/cancel/", f"/runs/{run.number}/visits/1/skip/"):
        olga.get(page)
        olga.head(page)
    assert olga.post(f"/runs/{run.number}/").status_code == 405
    assert Entry.objects.filter(run=run).count() == 1


def test_a_post_without_the_token_is_refused(people: People, run: Run) -> None:
    reader = Client(enforce_csrf_checks=True)
    reader.force_login(people["olga"])
    assert reader.post(f"/runs/{run.number}/cancel/", {"reason": "x"}).status_code == 403
    assert Run.objects.get(pk=run.pk).is_open


def test_the_live_part_asks_again_when_this_run_changes(people: People, run: Run) -> None:
    ann = office.client(people["ann"])
    answer = ann.get(f"/runs/{run.number}/", headers=LIVE)
    assert b"<html" not in answer.content
    assert f'hx-trigger="run-{run.pk} from:body'.encode() in answer.content
    assert ann.get(f"/runs/{run.number}/", headers={**LIVE, "If-None-Match": answer["ETag"]}).status_code == 304
    claim.claim(run, 1, people["ben"])
    later = ann.get(f"/runs/{run.number}/", headers={**LIVE, "If-None-Match": answer["ETag"]})
    assert b"Is with Ben Baker." in later.content


def test_the_number_of_queries_does_not_grow_with_the_log(people: People) -> None:
    version = house.publish(
        house.playbook("loop", [house.task("plan"), house.gate("board"), house.end()], [("board", "reject", "plan")])
    )
    run = house.begin(version, people["zoe"])
    reader = office.client(people["olga"])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            reader.get(f"/runs/{run.number}/")
        return len(captured)

    queries()
    _pass_round(run, people)
    few = queries()
    for _ in range(6):
        _pass_round(run, people)
    assert queries() == few
    assert few <= 52


def _pass_round(run: Run, people: People) -> None:
    """The plan is handed in and sent back once more."""
    assert complete.complete(Run.objects.get(pk=run.pk), office.at(run, "plan").number, people["ann"], {})
    office.cast(run, people["mia"], "reject", "again")


def test_what_people_wrote_is_escaped(people: People, run: Run) -> None:
    office.plan(run, people["ann"], text="<script>alert(1)</script>")
    office.cast(run, people["mia"], "reject", "<img src=x onerror=alert(1)>")
    html = office.client(people["zoe"]).get(f"/runs/{run.number}/").content.decode()
    assert "<script>alert" not in html
    assert "<img" not in html


def test_days_are_the_readers(people: People, run: Run) -> None:
    Person.objects.filter(username="ann").update(time_zone="Pacific/Kiritimati")
    at = Entry.objects.get(run=run).at
    local = at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    assert f"{local:%H:%M} Zoe Zell started the run." in words(office.client(Person.objects.get(username="ann")), run)


def test_a_run_that_waits_for_a_place_says_where_it_stands(db: None) -> None:
    definitions.by_digest.cache_clear()
    people = house.settle()
    lift = house.playbook(
        "crane",
        [house.task("lift"), house.end()],
        inputs=(FieldSpec("site", "text"),),
        names={"inputs.site": "string"},
        concurrency=Concurrency("${inputs.site}"),
    )
    version = house.publish(lift)
    first, second, third = (house.begin(version, people["ann"], site="north") for _ in range(3))
    said = words(office.client(people["ann"]), third)
    assert "This run waits for a place: 2nd for “north” , with 1 run before it." in said
    assert f"1 run of this playbook is under way there: run {first.number} . It begins by itself" in said
    assert "Ann Archer started the run; it waits for a place for “north”." in said
    assert "Has waited for" in said
    assert "It begins at its first step when its turn comes." in said
    assert "waits for a place: 1st for “north” , so it is next." in words(office.client(people["ann"]), second)
    (number,) = definitions.state_of(first).visits
    complete.complete(first, number, people["ann"], {})
    said = words(office.client(people["ann"]), second)
    assert "waits for a place and" not in said
    assert "The run got its place and began." in said
