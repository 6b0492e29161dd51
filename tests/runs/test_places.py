"""Places: so many runs of a playbook with one key are under way, the others wait in order or are refused."""

from __future__ import annotations

import dataclasses
import multiprocessing
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from engine.definition import CallSpec, Concurrency, FieldSpec
from engine.machine.commands import Refusal
from engine.machine.events import Admit, Start
from runs import apply as applying
from runs import claim, complete, definitions, ledger, operate, places, start
from runs.apply import Delivery, admit, apply
from runs.clock import NOT_YET
from runs.models import Entry, Place, Run
from runs.outcomes import is_accepted
from runs.work.audit import audit
from runs.work.sweep import sweep
from tests.runs import house
from workflows.models import Person, Version

fork = multiprocessing.get_context("fork")


def crane(limit: int = 1, when_full: str = "queue", key: str = "${inputs.site}", **more):
    return house.playbook(
        "crane",
        [house.task("lift"), house.end()],
        inputs=(FieldSpec("site", "text"), FieldSpec("load", "integer", required=False)),
        names={"inputs.site": "string", "inputs.load": "int"},
        concurrency=Concurrency(key, limit, when_full),
        **more,
    )


@pytest.fixture
def version(people) -> Version:
    return house.publish(crane())


def lift(run: Run, person: Person) -> None:
    """Do the run's only task."""
    (number,) = definitions.state_of(house.now(run)).visits
    assert is_accepted(complete.complete(house.now(run), number, person, {}))


def statuses(*runs: Run) -> list[str]:
    return [house.now(run).status for run in runs]


def test_one_has_the_place_and_the_next_gets_it_when_that_ends(version, people):
    first, second, third = (house.begin(version, people["ann"], site="north") for _ in range(3))
    other = house.begin(version, people["ann"], site="south")
    assert statuses(first, second, third, other) == ["running", "queued", "queued", "running"]
    assert not definitions.state_of(second).visits
    lift(first, people["ann"])
    assert statuses(first, second, third) == ["completed", "running", "queued"]
    waited = house.now(second)
    assert waited.started_at > first.started_at
    assert Entry.objects.get(run=second, kind="admit").at == waited.started_at
    assert Place.objects.get(run=second).taken_at == waited.started_at
    lift(second, people["ann"])
    lift(third, people["ann"])
    assert statuses(first, second, third) == ["completed"] * 3
    assert list(Place.objects.values_list("run", flat=True)) == [other.pk]
    assert all(ledger.verify(run) is None for run in Run.objects.all())


def test_the_limit_is_kept_and_a_newcomer_stands_behind_who_waits(people, monkeypatch):
    version = house.publish(crane(limit=2))
    one, two, three = (house.begin(version, people["ann"], site="north") for _ in range(3))
    assert statuses(one, two, three) == ["running", "running", "queued"]
    with monkeypatch.context() as lost:
        lost.setattr(applying.places, "next_in", lambda *_: [])
        lift(one, people["ann"])
        late = house.begin(version, people["ann"], site="north")
    assert statuses(three, late) == ["queued", "queued"], "there is room, but who waits comes first"
    sweep()
    assert statuses(two, three, late) == ["running", "running", "queued"]


def test_all_versions_share_the_places(version, people):
    first = house.begin(version, people["ann"], site="north")
    version.deprecate()
    version.save()
    newer = house.publish(dataclasses.replace(crane(), summary="The second version."))
    second = house.begin(newer, people["ann"], site="north")
    assert statuses(first, second) == ["running", "queued"]
    lift(first, people["ann"])
    assert statuses(second) == ["running"]


def test_where_it_says_so_a_start_is_refused(people):
    version = house.publish(crane(when_full="refuse"))
    first = house.begin(version, people["ann"], site="north")
    refusal = start.start(version, people["ben"], {"site": "north"})
    assert isinstance(refusal, Refusal)
    assert refusal.code == "not-open"
    assert "Only one run of Crane may be under way at once for north" in refusal.sentence
    assert Run.objects.count() == 1
    lift(first, people["ann"])
    assert is_accepted(start.start(version, people["ben"], {"site": "north"}))


def test_a_key_without_a_value_refuses_the_start(people):
    version = house.publish(crane(key="${10 / inputs.load}"))
    answer = start.start(version, people["ann"], {"site": "north", "load": 0})
    assert isinstance(answer, Refusal)
    assert "divi" in answer.sentence
    assert not Run.objects.exists()
    assert is_accepted(start.start(version, people["ann"], {"site": "north", "load": 5}))
    assert Place.objects.get().key == "2"


def test_a_run_below_a_holder_is_refused(people):
    """It would wait for a place that its own parent holds, and both for ever."""
    calls_crane = CallSpec(playbook="crane", parameters={"site": "${inputs.site}"})
    site, names = (FieldSpec("site", "text"),), {"inputs.site": "string"}
    middle = house.playbook("middle", [house.step("lift", calls_crane), house.end()], inputs=site, names=names)
    calls_middle = CallSpec(playbook="middle", parameters={"site": "${inputs.below}"})
    above = crane()
    above = house.playbook(
        "crane",
        [house.step("deeper", calls_middle, when="has(inputs.below)"), house.end()],
        inputs=(*above.inputs, FieldSpec("below", "text", required=False)),
        names={**above.names, "inputs.below": "string"},
        concurrency=above.concurrency,
    )
    house.publish(above)
    house.publish(middle)
    crane_version = Version.objects.get(artifact__slug="crane")
    first = house.begin(crane_version, people["ann"], site="north", below="north")
    house.tell()
    (between,) = first.children.all()
    (incident,) = between.incidents.all()
    assert incident.code == "child-failed"
    assert "“north”" in incident.message
    second = house.begin(crane_version, people["ann"], site="south", below="west")
    house.tell()
    assert house.now(second).status == "completed"


def test_who_is_cancelled_in_the_queue_is_passed_over(version, people):
    first, second, third = (house.begin(version, people["ann"], site="north") for _ in range(3))
    assert is_accepted(operate.cancel(house.now(second), people["olga"], "not needed"))
    lift(first, people["ann"])
    assert statuses(second, third) == ["cancelled", "running"]


def test_who_is_not_next_is_not_let_in(version, people):
    runs = [house.begin(version, people["ann"], site="north") for _ in range(3)]
    outcomes = [apply([Delivery(run.pk, Admit(at=NOT_YET))])[0] for run in runs]
    assert [type(outcome) for outcome in outcomes] == [Refusal] * 3
    assert statuses(*runs) == ["running", "queued", "queued"]
    assert admit() == 0


def test_several_starts_of_one_batch_count_each_other(version, people):
    ids = [uuid4() for _ in range(3)]
    starts = [
        Delivery(pk, Start(at=NOT_YET, actor="ann", run=str(pk), inputs={"site": "north"}), version=version)
        for pk in ids
    ]
    assert all(is_accepted(outcome) for outcome in apply(starts))
    assert [Run.objects.get(pk=pk).status for pk in ids] == ["running", "queued", "queued"]


def test_runs_that_end_at_once_let_each_other_through(people):
    """However long the queue is: the next is let in by a loop and not by a call in a call."""
    quick = dataclasses.replace(crane(), playbook="quick", steps={"done": house.end()}, lists={"": ("done",)})
    quick = dataclasses.replace(quick, transitions=(dataclasses.replace(quick.transitions[0], target="done"),))
    version = house.publish(quick)
    ids = [uuid4() for _ in range(45)]
    starts = [
        Delivery(pk, Start(at=NOT_YET, actor="ann", run=str(pk), inputs={"site": "north"}), version=version)
        for pk in ids
    ]
    apply(starts)
    assert set(Run.objects.values_list("status", flat=True)) == {"completed"}
    assert not Place.objects.exists()


def test_the_auditor_finds_nothing_stuck_in_a_queue(version, people):
    for _ in range(2):
        house.begin(version, people["ann"], site="north")
    assert audit() == 0


def test_without_concurrency_nothing_is_asked_of_places(change, people):
    with CaptureQueriesContext(connection) as captured:
        run = house.begin(change, people["ann"], service="shop")
        claim.claim(run, 1, people["ann"])
    assert not [query for query in captured if "runs_place" in query["sql"] or "advisory" in query["sql"]]


def test_a_place_is_counted_before_the_clock_is_read(version, people):
    """Else whoever takes a place could be given a time from before the end of the run that gave it back meanwhile."""
    counted = []
    with CaptureQueriesContext(connection) as captured:

        def clock():
            counted.append(any("COUNT(*)" in query["sql"] and "runs_place" in query["sql"] for query in captured))
            return house.database_clock()

        house.begin(version, people["ann"], clock, site="north")
    assert counted
    assert counted[-1]


# ---- the race


def _work(place: int, version: int, count: int, barrier, answers) -> None:
    """Start so many runs, and do the task of whatever run is found under way."""
    connections.close_all()
    ann, of = Person.objects.get(username="ann"), Version.objects.get(pk=version)
    barrier.wait()
    faults, most = [], 0
    try:
        for number in range(count):
            outcome = start.start(of, ann, {"site": ("north", "south")[number % 2]})
            if not is_accepted(outcome):
                faults.append(str(outcome))
            for run in list(Run.objects.filter(status="running").order_by("?")[:2]):
                held = Counter(Run.objects.filter(status="running").values_list("place__key", flat=True))
                held.pop(None, None)
                most = max([most, *held.values()])
                for visit in list(definitions.state_of(run).visits):
                    complete.complete(run, visit, ann, {})
    except Exception as fault:
        faults.append(f"{type(fault).__name__}: {fault}")
    connections.close_all()
    answers.put((place, faults, most))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_however_many_start_and_end_at_once_the_limit_holds():
    people = house.settle()
    version = house.publish(crane(limit=2))
    processes, each = 6, 12
    barrier, answers = fork.Barrier(processes, timeout=60), fork.SimpleQueue()
    connections.close_all()
    children = [
        fork.Process(target=_work, args=(place, version.pk, each, barrier, answers)) for place in range(processes)
    ]
    for child in children:
        child.start()
    told = [answers.get() for _ in children]
    for child in children:
        child.join(timeout=60)
    assert [faults for _, faults, _ in told if faults] == []
    assert max(most for *_, most in told) <= 2
    assert Run.objects.count() == processes * each
    assert places.next_in() == [], "nobody waits for a place that is free"
    while left := list(Run.objects.filter(status="running")):
        for run in left:
            lift(run, people["ann"])
    assert set(Run.objects.values_list("status", flat=True)) == {"completed"}
    assert not Place.objects.exists()
    assert _overlaps("north") <= 2
    assert _overlaps("south") <= 2
    assert _is_in_order("north")
    assert _is_in_order("south")
    assert Entry.objects.filter(kind="admit").count() > 10, "not much of a queue"
    assert all(ledger.verify(run) is None for run in Run.objects.all())


def _start_at_once(version: int, rounds: int, barrier, answers) -> None:
    connections.close_all()
    ann, of = Person.objects.get(username="ann"), Version.objects.get(pk=version)
    faults = []
    for number in range(rounds):
        barrier.wait()
        try:
            assert is_accepted(start.start(of, ann, {"site": f"site {number}"}))
        except Exception as fault:
            faults.append(f"{type(fault).__name__}: {fault}")
    connections.close_all()
    answers.put(faults)


def _crowded(rounds: int = 25, processes: int = 5) -> int:
    """Let processes start a run each for one place, all at once; return at how many places more than one got in."""
    house.settle()
    version = house.publish(crane())
    barrier, answers = fork.Barrier(processes, timeout=60), fork.SimpleQueue()
    connections.close_all()
    children = [
        fork.Process(target=_start_at_once, args=(version.pk, rounds, barrier, answers)) for _ in range(processes)
    ]
    for child in children:
        child.start()
    assert [fault for _ in children for fault in answers.get()] == []
    for child in children:
        child.join(timeout=60)
    assert Place.objects.count() == Run.objects.count() == rounds * processes
    held = Counter(Place.objects.exclude(taken_at=None).values_list("key", flat=True))
    assert len(held) == rounds, "nobody got in somewhere"
    return sum(count > 1 for count in held.values())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_those_who_ask_at_once_one_gets_the_place():
    assert _crowded() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_it_goes_wrong(monkeypatch):
    """The race is a real one: without its defence the same test finds places that several hold."""
    monkeypatch.setattr(places, "_lock", lambda keys: None)
    assert _crowded() > 0


def _overlaps(site: str) -> int:
    """Return how many were under way at once at most, by the log's own times."""
    steps = []
    for run in Run.objects.all():
        state = definitions.state_of(run)
        if state.inputs["site"] == site:
            steps += [(run.started_at, 1), (run.ended_at, -1)]
    most = now = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return most


def _is_in_order(site: str) -> bool:
    """Tell whether they began in the order in which they asked."""
    asked = []
    for run in Run.objects.all():
        if definitions.state_of(run).inputs["site"] == site:
            asked.append((Entry.objects.get(run=run, seq=1).at, run.started_at))
    began = [begin for _, begin in sorted(asked)]
    return began == sorted(began)


def test_a_place_is_late_by_no_more_than_its_wait(version, people):
    """What is due and how long it took is counted from when the place was got."""
    first, second = (house.begin(version, people["ann"], site="north") for _ in range(2))
    assert house.now(second).due_at is None
    lift(first, people["ann"])
    assert house.now(second).started_at - house.now(first).ended_at < timedelta(seconds=5)
