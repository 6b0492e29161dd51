"""What becomes a notice, for whom, and that it stands or falls with its event."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from engine.definition import GateSpec, Quorum, Rung, StepSpec
from engine.machine.events import Complete
from runs import complete, definitions, delegate, notices, operate, records, vote
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, database_clock
from runs.models import Delegation, Notice, Run, Step
from runs.outcomes import is_accepted
from runs.work import sweep
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db


def told(kind: str = "") -> dict[str, str]:
    """Who was told what, of this kind."""
    rows = Notice.objects.filter(kind=kind) if kind else Notice.objects.all()
    return {notice.person.username: notice.title for notice in rows.select_related("person")}


def at_board(people, *steps: StepSpec, ways=()) -> Run:
    """A run that ann started and whose task plan ben has done."""
    steps = steps or (house.gate("board"),)
    version = house.publish(house.playbook("change", [house.task("plan"), *steps, house.end()], ways))
    run = house.begin(version, people["ann"])
    assert is_accepted(complete.complete(run, 1, people["ben"], {}))
    return house.now(run)


def digest_of(run: Run, visit: int) -> str:
    return definitions.state_of(house.now(run)).visits[visit].asking.digest


def say(run: Run, visit: int, person: Person, choice: str, comment: str = "") -> None:
    assert is_accepted(vote.vote(run, visit, person, choice, comment, digest_of(run, visit)))


def test_whom_a_gate_asks_is_told_with_its_event(people):
    run = at_board(people)
    assert told("asked") == dict.fromkeys(("mia", "max", "mo"), "Your decision is asked: Board")
    notice = Notice.objects.filter(kind="asked").first()
    assert (notice.body, notice.run, notice.step.number, notice.at) == ("Go on?", run, 2, run.changed_at)


def test_a_task_that_is_open_to_a_role_is_told_to_everybody_in_it_but_who_opened_it(people):
    house.begin(house.publish(house.change()), people["ann"], service="shop")
    assert told("offered") == {"ben": "Open to your role: Plan"}


def test_a_task_of_one_person_is_theirs_and_again_when_it_is_handed_on(people):
    run = house.begin(house.publish(house.playbook("one", [house.task("plan", assign="user:ben")])), people["ann"])
    assert told() == {"ben": "Your task: Plan"}
    assert is_accepted(operate.reassign(run, 1, people["olga"], "user:mia", "ben is away"))
    assert told() == {"ben": "Your task: Plan", "mia": "Your task: Plan"}


def test_nothing_is_told_of_what_was_rolled_back(people, monkeypatch):
    run = house.begin(house.publish(house.playbook("two", [house.task("plan"), house.gate("board")])), people["ann"])
    before = Notice.objects.count()
    monkeypatch.setattr(records.outbox, "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        complete.complete(run, 1, people["ben"], {})
    assert Notice.objects.count() == before


def test_of_a_sequence_only_those_are_told_whose_turn_it_is(people):
    both = {"engineer": 1, "manager": 1}
    does = GateSpec(
        ask="Go on?", approvers=("engineer", "manager"), quorum=Quorum(per_role=both), order="sequential", exclude=()
    )
    gate = StepSpec("board", "Board", does)
    run = house.begin(house.publish(house.playbook("two", [gate, house.end()])), people["olga"])
    assert set(told("asked")) == {"ann", "ben"}
    say(run, 1, people["ann"], "approve")
    assert set(told("asked")) == {"ann", "ben", "mia", "max", "mo"}


def test_who_is_delegated_to_is_told_once(people):
    run = at_board(people)
    Notice.objects.all().delete()
    assert is_accepted(delegate.delegate(run, 2, people["mia"], "ben"))
    assert told() == {"ben": "A vote is delegated to you: Board"}


def test_who_acts_for_somebody_is_told_as_well_unless_the_gate_excludes_them(people):
    now = database_clock()
    for name in ("zoe", "ann", "max"):
        Delegation.objects.create(
            person=people["mia"],
            to=people[name],
            starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(hours=1),
            made_by=people["mia"],
            made_at=now,
        )
    at_board(people)
    own = dict.fromkeys(("mia", "max", "mo"), "Your decision is asked: Board")
    assert told("asked") == own | {"zoe": "For Mia Moss: Your decision is asked: Board"}


def test_a_decision_is_told_to_who_started_it_and_who_voted_but_not_to_who_decided(people):
    run = at_board(people, house.gate("board", quorum=2))
    Notice.objects.all().delete()
    say(run, 2, people["mia"], "approve", "fine with me")
    assert told() == {}
    say(run, 2, people["max"], "approve")
    assert told("decided") == dict.fromkeys(("ann", "mia"), "Approved: Board")
    assert Notice.objects.filter(kind="decided").first().body == "Mia Moss: “fine with me”"


def test_what_is_sent_back_is_told_to_whoever_must_do_it_again_with_the_reason(people):
    run = at_board(people, house.gate("board"), ways=[("board", "return", "plan")])
    Notice.objects.all().delete()
    say(run, 2, people["mia"], "return", "the weekend is missing")
    assert told("rework") == dict.fromkeys(("ann", "ben"), "Back for changes: Plan")
    assert Notice.objects.filter(kind="rework").first().body == "Mia Moss: “the weekend is missing”"
    assert told("decided") == {"ann": "Sent back for changes: Board"}


def test_a_reminder_of_the_ladder_reaches_those_who_have_not_voted(people):
    rung = Rung(after=timedelta(hours=4), remind=("pending",))
    run = at_board(people, house.gate("board", quorum=2, rungs=(rung,)))
    say(run, 2, people["mia"], "approve")
    Notice.objects.all().delete()
    house.shift(run, -4 * 3600)
    sweep.fire()
    assert told() == dict.fromkeys(("max", "mo"), "Reminder: Board")
    assert Notice.objects.first().step == Step.objects.get(run=run, number=2)
    assert Step.objects.get(run=run, number=2).reminded_at is not None


def test_operators_hear_of_incidents_and_of_what_is_overdue(people):
    version = house.publish(house.playbook("many", [house.task("plan"), house.gate("board", quorum=3), house.end()]))
    run = house.begin(version, people["ann"])
    people["mo"].groups.clear()
    assert is_accepted(complete.complete(run, 1, people["ben"], {}))
    assert told("incident") == {"olga": "Needs an operator: Board"}
    plan = house.task("plan", assign="user:ben", due=timedelta(hours=1))
    run = house.begin(house.publish(house.playbook("late", [plan, house.end()])), people["ann"])
    house.shift(run, -3600)
    sweep.fire()
    assert told("overdue") == dict.fromkeys(("ben", "olga"), "Overdue: Plan")


def test_who_started_a_run_hears_of_its_end(people):
    run = at_board(people)
    say(run, 2, people["mia"], "approve")
    assert told("ended") == {"ann": "Completed: Change"}


def test_an_account_that_is_closed_or_of_a_program_is_told_nothing(people):
    Person.objects.filter(username="mia").update(is_active=False)
    Person.objects.filter(username="max").update(is_service=True)
    assert notices.tell("staffing", ["mia", "max", "mo", "nobody"], title="A gate\nis short") == 1
    assert told() == {"mo": "A gate is short"}
    with pytest.raises(ValueError, match="rumour"):
        notices.tell("rumour", ["mo"], title="?")


def test_what_another_room_tells_is_undone_with_its_transaction(people):
    def tell_and_fail() -> None:
        with transaction.atomic():
            notices.tell("delegation", ["mia"], title="You stand in for Max Mill")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        tell_and_fail()
    assert told() == {}


def test_the_number_of_statements_grows_neither_with_the_runs_nor_with_the_people(people):
    version = house.publish(house.playbook("steps", [house.task("a"), house.gate("b"), house.end()]))

    def statements(count: int) -> int:
        runs = [house.begin(version, people["ann"]) for _ in range(count)]
        deliveries = [Delivery(run.pk, Complete(at=NOT_YET, actor="ben", visit=1)) for run in runs]
        with CaptureQueriesContext(connection) as captured:
            assert all(is_accepted(outcome) for outcome in apply(deliveries))
        return sum("runs_notice" in query["sql"] for query in captured)

    assert statements(1) == 1
    more = [Person.objects.create(username=f"manager-{n}") for n in range(1)]
    people["mia"].groups.get(name="managers").user_set.add(*more)
    Notice.objects.all().delete()
    assert statements(20) == 1
    assert Notice.objects.filter(kind="asked").count() == 20 * 4
