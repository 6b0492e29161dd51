"""Guarantee G3 under fire (T7): approvals, rejection, time-out and cancellation let loose on one gate together.

Who did and saw what is held against what can have happened in one order (T15). The same over HTTP is beside this.
Only PostgreSQL can prove this: SQLite lets one writer in at a time, so code that reads, checks and then
writes passes there too.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone

from engine.definition import Rung
from engine.machine.commands import Refusal
from engine.machine.events import Fire
from runs import definitions, delegate, ledger, operate, records, start, vote
from runs.apply import Delivery, apply
from runs.bulk import set_update
from runs.clock import NOT_YET
from runs.models import Entry, Gate, Run
from runs.outcomes import is_accepted
from tests.runs import house
from tests.runs.linear import SOMEBODY, Operation, anomalies
from workflows.models import Person, Version

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

fork = multiprocessing.get_context("fork")
NIGHTLY = os.environ.get("PENSTOCK_NIGHTLY") == "1"
GATES = int(os.environ.get("PENSTOCK_RACE_GATES", "10000" if NIGHTLY else "200"))


def approve(run: Run, digest: str):
    return vote.vote(run, 1, Person.objects.get(username="mia"), "approve", "", digest)


def reject(run: Run, digest: str):
    return vote.vote(run, 1, Person.objects.get(username="max"), "reject", "no", digest)


def time_out(run: Run, digest: str):
    (timer,) = definitions.state_of(run).timers
    return apply([Delivery(run.pk, Fire(at=NOT_YET, timer=timer))])[0]


def cancel(run: Run, digest: str):
    return operate.cancel(run, Person.objects.get(username="olga"), "too late")


def approve_too(run: Run, digest: str):
    return vote.vote(run, 1, Person.objects.get(username="mo"), "approve", "", digest)


ACTS = (approve, approve_too, reject, time_out, cancel)
VOTES = (approve, approve_too, reject)
CLIENTS = {approve: "mia", approve_too: "mo", reject: "max", time_out: "rule", cancel: "cancel"}
WINNERS = {
    "by Mia Moss": "mia",
    "by Mo Marsh": "mo",
    "by Max Mill": "max",
    "by a rule of the playbook": "rule",
    "it is cancelled": "cancel",
}


def gates(count: int) -> list[Run]:
    """Open so many gates whose time-out is due; whoever decides one ends its run."""
    people = house.settle()
    rung = Rung(after=timedelta(seconds=1), outcome="reject")
    version = house.publish(
        house.playbook("asked", [house.gate("board", rungs=(rung,)), house.end()], [("board", "reject", "fail")])
    )
    past = timezone.now() - timedelta(minutes=1)
    return house.begin_many(version, people["ann"], count, clock=lambda: past)


def begin_with_one_key(version: Version, digest: object):
    return start.start(version, Person.objects.get(username="ann"), {}, key="a form")


def vote_with_one_key(run: Run, digest: str):
    return vote.vote(run, 1, Person.objects.get(username="mia"), "approve", "", digest, key="a form")


def race(runs: list[Run], acts=ACTS, history: list[Operation] | None = None) -> list[list[str]]:
    """Let a process for each act loose on each gate together; return for each what came of it at each gate.

    Into `history` goes who did and saw what, and when.
    """
    barrier, answers = fork.Barrier(len(acts), timeout=60), fork.SimpleQueue()
    digests = {run.pk: definitions.state_of(run).visits[1].asking.digest for run in runs}
    connections.close_all()  # a socket to the server must not be shared with a child
    children = [
        fork.Process(target=_act_on_all, args=(place, act, runs, digests, barrier, answers))
        for place, act in enumerate(acts)
    ]
    for child in children:
        child.start()
    told, seen = {}, []
    for place, came, operations in (answers.get() for _ in children):
        told[place] = came
        seen += operations
    for child in children:
        child.join(timeout=30)
    if history is not None:
        history += seen
    return [told[place] for place in range(len(acts))]


def _act_on_all(place, act, runs, digests, barrier, answers) -> None:
    came, operations = [], []
    client = CLIENTS.get(act, f"{place}")
    for run in runs:
        run = Run.objects.select_related("unit").get(pk=run.pk)
        barrier.wait()
        began = time.monotonic()
        try:
            outcome = act(run, digests[run.pk])
        except Exception as fault:
            came.append(f"fault {type(fault).__name__}")
            operations.append(Operation(run.number, client, act.__name__, began, math.inf, "unknown"))
            continue
        ended = time.monotonic()
        if is_accepted(outcome):
            came.append("repeated" if outcome.repeated else "accepted")
            operations.append(Operation(run.number, client, act.__name__, began, ended, "ok", client))
        else:
            assert isinstance(outcome, Refusal)
            came.append(f"{outcome.code}: {outcome.sentence}")
            saw = winner_in(outcome.sentence)
            operations.append(Operation(run.number, client, act.__name__, began, ended, "fail", saw))
        began = time.monotonic()
        saw = decided_by(run)
        operations.append(Operation(run.number, client, "look", began, time.monotonic(), "ok", saw))
    connections.close_all()
    answers.put((place, came, operations))


def winner_in(sentence: str) -> str:
    """Return who decided, as a loser is told."""
    said = (client for words, client in WINNERS.items() if words in sentence)
    return next(said, SOMEBODY)


def decided_by(run: Run) -> str:
    """Return who decided the run's gate, as its row has it."""
    status, by = Gate.objects.values_list("status", "decided_by").get(step__run=run)
    if status == "open":
        return ""
    return "cancel" if status == "cancelled" else "rule" if by.startswith("rung:") else by


def flaws(runs: list[Run], came: list[list[str]]) -> list[str]:
    """Return what is not as G3 says, in words."""
    found = []
    for place, run in enumerate(runs):
        outcomes = [one[place] for one in came]
        if outcomes.count("accepted") != 1:
            found.append(f"run {run.number}: {outcomes.count('accepted')} were told that they decided")
        found += [f"run {run.number}: {outcome}" for outcome in outcomes if outcome.startswith("fault")]
        ends = [
            move
            for moves in Entry.objects.filter(run=run).values_list("moves", flat=True)
            for move in json.loads(moves)
            if move["kind"] in {"decided", "ended"}
        ]
        if [move["kind"] for move in ends].count("ended") != 1 or len(ends) > 2:
            found.append(f"run {run.number}: the log has {[move['kind'] for move in ends]}")
        flaw = ledger.verify(Run.objects.get(pk=run.pk))
        if flaw:
            found.append(f"run {run.number}: {flaw.says}")
    return found


def test_each_gate_has_one_decision_and_everybody_saw_the_same():
    """T7 and T15: five at each gate; nightly ten thousand gates (PENSTOCK_NIGHTLY=1, PENSTOCK_RACE_GATES=…)."""
    runs, history = gates(GATES), []
    came = race(runs, history=history)
    assert flaws(runs, came) == []
    winners = {act.__name__: one.count("accepted") for act, one in zip(ACTS, came, strict=True)}
    print(f"{GATES} gates, {len(history)} operations, decided by {winners}")
    assert sum(winners.values()) == GATES
    assert sum(1 for count in winners.values() if count) >= 2, f"not much of a race: {winners}"
    for place, run in enumerate(runs):
        winner = next(act for act, one in zip(ACTS, came, strict=True) if one[place] == "accepted")
        for act, one in zip(VOTES, came, strict=False):
            if act is not winner:
                assert winner_in(one[place]) == CLIENTS[winner], (run.number, winner, one[place])
    decided = Gate.objects.values_list("status", flat=True)
    assert len(decided) == GATES
    assert "open" not in decided
    assert len(history) == GATES * len(ACTS) * 2
    assert anomalies(history) == []


def test_one_form_sent_four_times_at_once_is_one_vote():
    runs = gates(20)
    came = race(runs, [vote_with_one_key] * 4)
    for place, run in enumerate(runs):
        assert sorted(one[place] for one in came) == ["accepted", "repeated", "repeated", "repeated"]
        assert Entry.objects.filter(run=run, kind="vote").count() == 1


def test_one_start_sent_four_times_at_once_is_one_run():
    (run,) = gates(1)
    before = Run.objects.count()
    came = race([run], [lambda run, digest: begin_with_one_key(run.version, digest)] * 4)
    assert sorted(one[0] for one in came) == ["accepted", "repeated", "repeated", "repeated"]
    assert Run.objects.count() == before + 1


def vote_for_mia(run: Run, digest: str):
    return vote.vote(run, 1, Person.objects.get(username="zoe"), "approve", "", digest, on_behalf_of="mia")


def delegate_elsewhere(run: Run, digest: str):
    return delegate.delegate(run, 1, Person.objects.get(username="mia"), "ben")


def test_a_right_that_was_delegated_is_used_once_whoever_comes_first():
    people = house.settle()
    version = house.publish(house.playbook("asked", [house.gate("board", quorum=2), house.end()]))
    runs = house.begin_many(version, people["ann"], 60)
    for run in runs:
        assert is_accepted(delegate.delegate(run, 1, people["mia"], "zoe"))
    acts = (approve, vote_for_mia, delegate_elsewhere)
    came = race(runs, acts)
    firsts = set()
    for place, run in enumerate(runs):
        outcomes = [one[place] for one in came]
        assert not [outcome for outcome in outcomes if outcome.startswith("fault")]
        votes = definitions.state_of(Run.objects.get(pk=run.pk)).visits[1].asking.votes
        assert [one.right for one in votes] == ["mia"]
        assert [outcome == "accepted" for outcome in outcomes[:2]].count(True) == 1
        rows = Gate.objects.get(step__run=run).votes
        assert [row.person.username for row in rows.all()] == [votes[0].person]
        assert ledger.verify(Run.objects.get(pk=run.pk)) is None
        firsts.add(votes[0].person)
    assert firsts == {"mia", "zoe"}, "not much of a race"


def test_without_lock_and_compare_and_set_it_goes_wrong(monkeypatch):
    """The race is a real one: the same test on a writer without its two defences finds flaws."""

    def without_compare(stories):
        rows = [(story.run.pk, *records._columns(story)) for story in stories]
        set_update(Run, ("id",), records._COLUMNS, rows)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    monkeypatch.setattr(records, "_write_old_runs", without_compare)
    runs = gates(40)
    assert flaws(runs, race(runs))
