"""What will happen when nobody does anything: exact times, each with its rule, and the machine then does just that."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboards.course import future
from dashboards.course.future import Moment
from dashboards.course.reading import fetch
from engine.definition import Retry, Rung, WaitSpec
from engine.machine.events import Fire, Result
from engine.machine.ladder import order
from runs import definitions, operate
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Run
from runs.outcomes import is_accepted
from tests.dashboards import office
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]
T = datetime(2030, 3, 4, 9, tzinfo=UTC)
H = timedelta(hours=1)
PLAN, REMINDED = "Write the plan", "Whoever has not voted yet is reminded, and again every 1 h."


def ahead(run: Run, now: datetime = T) -> future.Future:
    return future.of(fetch(Person.objects.get(username="olga"), run.number), now)


def lines(found: future.Future) -> list[tuple[float, str, str, str]]:
    """(hours from T, where, what and what follows, the rule)."""
    return [
        ((one.at - T) / H, one.where, " ".join(filter(None, (one.words, one.then))), one.rule) for one in found.moments
    ]


def let_time_pass(run: Run, until: datetime) -> list[datetime]:
    """Fire the timers of a run as the clock does, each at its time, and return when that was."""
    fired = []
    while timers := definitions.state_of(house.now(run)).timers:
        timer = min(timers.values(), key=order)
        if timer.due_at > until:
            break
        apply([Delivery(run.pk, Fire(at=NOT_YET, timer=timer.key))], lambda at=timer.due_at: at)
        fired.append(timer.due_at)
    return fired


def test_the_whole_ladder_of_what_is_open_and_of_what_it_leads_to(people: People) -> None:
    run = house.begin(house.publish(office.board()), people["zoe"], clock=lambda: T, service="shop")
    assert lines(ahead(run)) == [
        (2, PLAN, "Whoever it is assigned to is reminded.", "Rule 1 of Write the plan: 2 h after it opened."),
        (4, PLAN, "It is overdue.", "It is to be done within 4 h of its opening."),
        (4, PLAN, "Everybody in the role manager may do it too.", "Rule 2 of Write the plan: 4 h after it opened."),
    ]


def test_a_rule_that_closes_a_gate_leads_on_and_what_comes_after_it_there_does_not(people: People) -> None:
    rungs = (Rung(H, remind=("pending",), every=H), Rung(24 * H, outcome="reject"), Rung(30 * H, remind=("starter",)))
    plan = house.task("plan", due=8 * H)
    version = house.publish(
        house.playbook("two", [house.gate("board", rungs=rungs), plan, house.end()], [("board", "reject", "plan")])
    )
    run = house.begin(version, people["ann"], clock=lambda: T)
    told = lines(ahead(run))
    assert told == [
        (1, "Board", REMINDED, "Rule 1 of Board: 1 h after it opened."),
        (24, "Board", "A rule of the playbook rejects it. Then Plan opens.", "Rule 2 of Board: 1 d after it opened."),
        (32, "Plan", "It is overdue.", "It is to be done within 8 h of its opening."),
    ]
    fired = let_time_pass(run, T + 48 * H)
    assert {(at - T) / H for at in fired} >= {hours for hours, *_ in told}
    assert [step.title for step in house.now(run).steps.order_by("number")] == ["Board", "Plan"]
    assert house.now(run).steps.get(number=2).opened_at == T + 24 * H
    assert house.now(run).steps.get(number=2).overdue


def test_a_rule_whose_condition_does_not_hold_is_not_told(people: People) -> None:
    rungs = (Rung(H, remind=("pending",), when="1 > 2"), Rung(2 * H, incident=True))
    run = house.begin(
        house.publish(house.playbook("one", [house.gate("board", rungs=rungs)])), people["ann"], clock=lambda: T
    )
    assert lines(ahead(run)) == [
        (
            2,
            "Board",
            "An operator is called; it stays open.",
            "Rule 2 of Board: 2 h after it opened.",
        )
    ]


def test_waits_and_the_end_of_the_run_by_itself(people: People) -> None:
    steps = [house.wait("cool", 3 * H), house.end()]
    run = house.begin(house.publish(house.playbook("cool", steps, sla=10 * H)), people["ann"], clock=lambda: T)
    assert lines(ahead(run)) == [(3, "Cool", "The time is up. The run is complete.", "It waits 3 h from its opening.")]
    late = house.playbook("slow", [house.task("plan"), house.end()], sla=10 * H)
    run = house.begin(house.publish(late), people["ann"], clock=lambda: T)
    assert lines(ahead(run)) == [(10, "The run", "It is late.", "Runs of this playbook are to end within 10 h.")]


def test_a_signal_that_does_not_come_and_an_attempt_that_is_made_again(people: People) -> None:
    wait = house.step("papers", WaitSpec(signal="papers-signed", deadline=5 * H))
    version = house.publish(
        house.playbook("sign", [wait, house.task("plan"), house.end()], [("papers", "deadline", "plan")])
    )
    run = house.begin(version, people["ann"], clock=lambda: T)
    says = (5, "Papers", "No signal has come in time. Then Plan opens.", "It waits 5 h for the signal “papers signed”.")
    assert lines(ahead(run)) == [says]
    act = house.action("ship", retry=Retry(attempts=3, first=timedelta(minutes=30)))
    run = house.begin(house.publish(house.playbook("ship", [act, house.end()])), people["ann"], clock=lambda: T)
    failed = Result(at=NOT_YET, visit=1, attempt=1, outcome="error", error="no")
    apply([Delivery(run.pk, failed)], lambda: T)
    (moment,) = ahead(house.now(run)).moments
    assert (moment.at, moment.words) == (T + H / 2, "Attempt 2 is made.")


def test_what_comes_back_for_ever_is_cut_off_and_said_so(people: People) -> None:
    rungs = (Rung(H, go="board"),)
    gate = house.gate("board", rungs=rungs)
    version = house.publish(house.playbook("loop", [gate, house.end()], [("board", "rung:0", "board")]))
    found = ahead(house.begin(version, people["ann"], clock=lambda: T))
    assert found.goes_on
    assert [one.at for one in found.moments] == [T + nth * H for nth in range(1, future.TOLD + 1)]


def test_a_time_that_has_come_is_said_to_be_late(people: People) -> None:
    run = house.begin(house.publish(office.board()), people["zoe"], clock=lambda: T, service="shop")
    assert [one.is_late for one in ahead(run, T + 3 * H).moments] == [True, False, False]


def words(reader: Person, run: Run) -> str:
    html = office.client(reader).get(f"/runs/{run.number}/").content.decode()
    section = html[html.index('id="next"') : html.index("</section>", html.index('id="next"'))]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def test_the_page_says_who_can_end_what_and_where_it_leads(people: People, run: Run) -> None:
    said = words(people["zoe"], run)
    assert "Waits for somebody to take it." in said
    assert "Everybody in the role engineer can do it. Handing it in opens Change board." in said
    office.plan(run, people["ann"])
    office.cast(run, people["mia"], "approve")
    said = words(people["zoe"], run)
    assert "Max Mill and Mo Marsh can vote. Approval opens Tell. Rejection opens Write the plan." in said
    assert "Rule 3 of Change board: 2 d after it opened." in said


def test_a_paused_run_stands_still_and_a_stuck_one_says_what_a_retry_leads_to(people: People, run: Run) -> None:
    assert is_accepted(operate.pause(run, people["olga"], "exercise"))
    said = words(people["zoe"], run)
    assert "Everything stands still" in said
    assert "When nobody does anything" not in said
    act = house.action("ship", retry=Retry())
    stuck = house.begin(house.publish(house.playbook("ship", [act, house.end()])), people["ann"])
    apply([Delivery(stuck.pk, Result(at=NOT_YET, visit=1, attempt=1, outcome="error", error="no"))])
    assert "Waits for an operator. A retry that succeeds completes the run." in words(people["olga"], stuck)


def test_a_fixed_number_of_statements(people: People, django_assert_num_queries) -> None:
    run = house.begin(house.publish(office.board()), people["zoe"], clock=lambda: T, service="shop")
    seen = fetch(people["zoe"], run.number)
    with django_assert_num_queries(3):
        assert isinstance(future.of(seen, T).moments[0], Moment)
