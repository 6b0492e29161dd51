"""One writer: what an event leaves in the database, once, whoever asks again."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.lifecycles import Choice
from engine.machine.commands import Refusal
from engine.machine.events import Complete
from runs import batch, claim, complete, definitions, guard, ledger, operate, records, start, tick, vote
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Entry, Gate, Incident, Receipt, Refused, Run, Step, Work
from runs.outcomes import Accepted, FieldErrors, is_accepted
from tests.runs import house

pytestmark = pytest.mark.django_db


def now(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def to_board(change, people) -> Run:
    run = house.begin(change, people["ann"], service="shop")
    tick.tick(Step.objects.get(run=run), "Told everybody", people["ben"], True)
    assert is_accepted(complete.complete(run, 1, people["ben"], {"note": "ok"}))
    return now(run)


def digest_of(run: Run, visit: int) -> str:
    return definitions.state_of(now(run)).visits[visit].asking.digest


def test_a_run_goes_from_start_to_end(change, people):
    run = to_board(change, people)
    assert run.stands_at == "Board"
    assert run.waiting
    assert run.seq == 3
    assert [step.status for step in run.steps.all()] == ["completed", "open"]
    outcome = vote.vote(run, 2, people["mia"], "approve", "", digest_of(run, 2))
    assert is_accepted(outcome)
    gate = Gate.objects.get(step__run=run)
    assert (gate.status, gate.decided_by) == ("approved", "mia")
    assert [(v.person.username, v.choice) for v in gate.votes.all()] == [("mia", "approve")]
    work = Work.objects.get(run=run, kind="action")
    assert (work.status, work.name, work.visit) == ("ready", "debug.echo", 3)
    assert not now(run).waiting
    assert ledger.verify(now(run)) is None


def test_candidates_are_the_assigned_group_and_the_roster(change, people):
    run = to_board(change, people)
    plan, board = run.steps.all()
    assert [c.group.name for c in plan.candidates.all()] == ["engineers"]
    assert {c.person.username for c in board.candidates.all()} == {"mia", "max", "mo"}


def test_the_same_key_twice_is_one_run(change, people):
    first = start.start(change, people["ann"], {"service": "shop"}, key="k1")
    again = start.start(change, people["ann"], {"service": "shop"}, key="k1")
    other = start.start(change, people["ben"], {"service": "shop"}, key="k1")
    assert is_accepted(first)
    assert is_accepted(again)
    assert is_accepted(other)
    assert again == Accepted(first.run_id, 1, repeated=True)
    assert other.run_id != first.run_id
    assert Run.objects.count() == 2
    assert (
        sorted(Run.objects.values_list("number", flat=True))[1]
        - sorted(Run.objects.values_list("number", flat=True))[0]
        >= 1
    )


def test_a_double_click_on_approve_is_one_vote_also_after_closing(change, people):
    run = to_board(change, people)
    digest = digest_of(run, 2)
    first = vote.vote(run, 2, people["mia"], Choice.APPROVE, "", digest, key="form-1")
    seq = now(run).seq
    again = vote.vote(run, 2, people["mia"], Choice.APPROVE, "", digest, key="form-1")
    new = vote.vote(run, 2, people["mia"], Choice.APPROVE, "", digest, key="form-2")
    assert is_accepted(first)
    assert again == Accepted(run.pk, first.seq, repeated=True)
    assert now(run).seq == seq
    assert Receipt.objects.filter(run=run).count() == 1
    assert isinstance(new, Refusal)
    assert new.code == "already-decided"
    assert "Mia Moss" in new.sentence


def test_a_refusal_changes_nothing_and_is_written_down(change, people):
    run = to_board(change, people)
    before = (run.seq, run.state, Entry.objects.count())
    outcome = vote.vote(run, 2, people["ann"], "approve", "", digest_of(run, 2))
    assert isinstance(outcome, Refusal)
    assert outcome.code == "excluded"
    assert (now(run).seq, now(run).state, Entry.objects.count()) == before
    refused = Refused.objects.get()
    assert (refused.person, refused.act, refused.step, refused.code) == ("ann", "vote", "board", "excluded")


def test_a_form_is_read_before_anything_happens(change, people):
    assert isinstance(start.start(change, people["ann"], {}), FieldErrors)
    assert isinstance(start.start(change, people["ann"], {"service": "x", "more": "y"}), FieldErrors)
    assert not Run.objects.exists()


def test_a_checklist_must_be_ticked(change, people):
    run = house.begin(change, people["ann"], service="shop")
    outcome = complete.complete(run, 1, people["ann"], {})
    assert not is_accepted(outcome)
    assert now(run).seq == run.seq
    step = Step.objects.get(run=run)
    assert tick.tick(step, "Told everybody", people["ann"], True) is True
    assert isinstance(tick.tick(step, "Another", people["ann"], True), Refusal)
    assert isinstance(tick.tick(step, "Told everybody", people["mia"], False), Refusal)
    assert is_accepted(complete.complete(run, 1, people["ann"], {}))


def test_who_claimed_has_it_until_released(change, people):
    run = house.begin(change, people["ann"], service="shop")
    assert is_accepted(claim.claim(run, 1, people["ann"]))
    step = Step.objects.get(run=run)
    assert (step.status, step.claimed_by) == ("active", people["ann"])
    assert step.claimed_at
    refused = claim.claim(run, 1, people["ben"])
    assert isinstance(refused, Refusal)
    assert "Ann Archer has claimed" in refused.sentence
    assert is_accepted(claim.release(run, 1, people["ann"]))
    step = Step.objects.get(run=run)
    assert (step.status, step.claimed_by, step.claimed_at) == ("open", None, None)


def test_two_events_of_one_run_in_a_batch_are_two_entries(change, people):
    run = house.begin(change, people["ann"], service="shop")
    tick.tick(Step.objects.get(run=run), "Told everybody", people["ann"], True)
    done = Complete(at=NOT_YET, actor="ann", visit=1)
    outcomes = apply([Delivery(run.pk, done), Delivery(run.pk, done)])
    assert isinstance(outcomes[0], Refusal)
    assert isinstance(outcomes[1], Refusal)
    assert now(run).seq == run.seq
    assert ledger.verify(now(run)) is None


def test_the_number_of_statements_does_not_grow_with_the_batch(people):
    version = house.publish(house.playbook("steps", [house.task("a"), house.gate("b"), house.action("c"), house.end()]))

    def statements(count: int) -> int:
        runs = [house.begin(version, people["ann"]) for _ in range(count)]
        deliveries = [
            Delivery(run.pk, Complete(at=NOT_YET, actor="ben", visit=1), key=f"k{run.number}") for run in runs
        ]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert all(is_accepted(outcome) for outcome in apply(deliveries))
        return len(captured)

    one = statements(1)
    assert statements(20) == one == statements(1)
    assert one <= 30, one


def test_compare_and_set_refuses_a_run_that_moved(change, people, monkeypatch):
    run = house.begin(change, people["ann"], service="shop")
    decide = batch.Batch._decide

    def meddle(of, story, event, delivery):
        Run.objects.filter(pk=story.run.pk).update(seq=99)
        return decide(of, story, event, delivery)

    monkeypatch.setattr(batch.Batch, "_decide", meddle)
    with pytest.raises(records.Overtaken):
        claim.claim(run, 1, people["ann"])
    assert (now(run).seq, Entry.objects.filter(run=run).count()) == (run.seq, 1)


def test_cancel_closes_everything(change, people):
    run = to_board(change, people)
    assert isinstance(operate.cancel(run, people["olga"], " "), Refusal)
    assert isinstance(operate.cancel(run, people["otto"], "no"), Refusal)
    assert is_accepted(operate.cancel(run, people["olga"], "not needed"))
    after = now(run)
    assert (after.status, after.stands_at, after.waiting) == ("cancelled", "", False)
    assert after.ended_at
    assert Gate.objects.get(step__run=run).status == "cancelled"
    assert not Work.objects.filter(run=run, status="ready").exists()
    assert isinstance(operate.cancel(run, people["olga"], "again"), Refusal)


def test_a_roster_that_is_too_small_is_an_incident(people):
    version = house.publish(house.playbook("many", [house.gate("board", quorum=4), house.end()]))
    run = house.begin(version, people["ann"])
    assert run.incident_count == 1
    assert Incident.objects.get(run=run).code == "roster"
    assert is_accepted(operate.skip(run, 1, people["olga"], "nobody else is there"))
    assert Incident.objects.get(run=run).status == "resolved"
    assert now(run).status == "completed"
    assert guard.may(people["olga"], "cancel", run=now(run)).code == "already-ended"
