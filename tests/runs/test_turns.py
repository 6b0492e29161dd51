"""One of a role for a task, on the real database: turns over all runs, and who has how much to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from engine.definition import Rung
from runs import claim, complete, definitions, ledger, operate
from runs.models import Entry, Incident, Run, Step
from runs.outcomes import is_accepted
from runs.work.sweep import sweep
from tests.runs import house

pytestmark = pytest.mark.django_db


def picking(how: str, slug: str = "picking", **more: object):
    return house.publish(house.playbook(slug, [house.task("call", pick=how), house.task("write"), house.end()], **more))


def picked(run: Run, number: int = 1) -> str:
    return run.steps.get(number=number).picked.username


def may(run: Run) -> set[str]:
    candidates = run.steps.get(number=1).candidates.select_related("person", "group")
    return {one.person.username if one.person else one.group.name for one in candidates}


def test_turns_go_round_over_the_runs_of_a_playbook(people):
    version = picking("round-robin")
    runs = [house.begin(version, people["olga"]) for _ in range(3)]
    assert [picked(run) for run in runs] == ["ann", "ben", "ann"]
    assert [may(run) for run in runs] == [{"ann"}, {"ben"}, {"ann"}]
    other = picking("round-robin", slug="another")
    assert picked(house.begin(other, people["olga"])) == "ann", "each playbook has turns of its own"
    assert [ledger.verify(run) for run in runs] == [None] * 3


def test_runs_that_start_in_one_transaction_take_turns(people):
    runs = house.begin_many(picking("round-robin"), people["olga"], 4)
    assert sorted(picked(run) for run in runs) == ["ann", "ann", "ben", "ben"]


def test_whoever_joins_is_next(people):
    version = picking("round-robin")
    house.begin(version, people["olga"])
    house.begin(version, people["olga"])
    Group.objects.get(name="engineers").user_set.add(people["zoe"])
    assert picked(house.begin(version, people["olga"])) == "zoe"


def test_the_least_busy_has_the_fewest_open_tasks(people):
    plain = house.publish(house.playbook("plain", [house.task("do"), house.end()]))
    claimed = house.begin(plain, people["olga"])
    assert is_accepted(claim.claim(claimed, 1, people["ann"]))
    house.begin(plain, people["olga"])  # a task of the whole role is nobody's alone
    version = picking("least-busy")
    runs = [house.begin(version, people["olga"]) for _ in range(2)]
    assert [picked(run) for run in runs] == ["ben", "ann"]
    assert is_accepted(complete.complete(runs[1], 1, people["ann"], {}))
    assert is_accepted(complete.complete(claimed, 1, people["ann"], {}))
    assert picked(house.begin(version, people["olga"])) == "ann"


def test_a_task_that_is_done_in_the_same_transaction_is_no_burden(people):
    steps = [house.task("first", pick="round-robin"), house.task("second", pick="least-busy"), house.end()]
    run = house.begin(house.publish(house.playbook("twice", steps)), people["olga"])
    assert picked(run) == "ann"
    assert is_accepted(complete.complete(run, 1, people["ann"], {}))
    assert picked(run, 2) == "ann"


def test_nobody_of_the_role_is_an_incident_that_a_retry_mends(people):
    group = Group.objects.get(name="engineers")
    group.user_set.clear()
    run = house.begin(picking("round-robin"), people["olga"])
    assert Incident.objects.get(run=run).code == "roster"
    assert may(run) == {"engineers"}
    group.user_set.add(people["zoe"])
    assert is_accepted(operate.retry(run, 1, people["olga"], "zoe is here"))
    assert Incident.objects.get(run=run).status == "resolved"
    assert (picked(run), may(run)) == ("zoe", {"zoe"})
    assert ledger.verify(house.now(run)) is None


def test_a_reassigned_task_waits_for_nobody_else(people):
    steps = [
        replace(
            house.task("call", pick="round-robin"),
            escalate=(
                Rung(after=timedelta(hours=1), reassign="manager"),
                Rung(after=timedelta(hours=2), incident=True),
            ),
        ),
        house.end(),
    ]
    run = house.begin(house.publish(house.playbook("handed-on", steps)), people["olga"])
    assert is_accepted(claim.claim(run, 1, people["ann"]))
    house.shift(run, -3601)
    sweep()
    assert may(run) == {"managers"}
    step = Step.objects.get(run=run, number=1)
    assert (step.status, step.claimed_by, step.claimed_at, step.picked.username) == ("open", None, None, "ann")
    house.shift(run, -3601)
    sweep()
    assert (Incident.objects.get(run=run).code, house.now(run).incident_count) == ("escalated", 1)
    assert is_accepted(complete.complete(run, 1, people["mia"], {}))
    assert Incident.objects.get(run=run).status == "resolved"
    assert list(Entry.objects.filter(run=run).values_list("kind", flat=True)) == [
        "start",
        "pick",
        "claim",
        "timer",
        "timer",
        "complete",
    ]
    assert definitions.state_of(house.now(run)).status == "completed"


def test_the_run_page_offers_to_answer_a_call_and_says_who_was_picked(people, client):
    step = replace(house.task("call", pick="round-robin"), escalate=(Rung(after=timedelta(hours=1), incident=True),))
    run = house.begin(house.publish(house.playbook("called", [step, house.end()])), people["olga"])
    client.force_login(people["olga"])
    page = client.get(f"/runs/{run.number}/").content.decode()
    assert "Call is for Ann Archer, who of the role engineer is next in turn." in page
    assert "An operator is called; it stays open" in page
    house.shift(run, -3601)
    sweep()
    page = client.get(f"/runs/{run.number}/").content.decode()
    assert "Answer the call at Call" in page
    assert "Call got no answer: the playbook calls an operator." in page
    assert is_accepted(operate.retry(run, 1, people["olga"], "talked to Ann"))
    assert house.now(run).incident_count == 0
