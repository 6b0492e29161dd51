"""A trial cannot lie: what it says would follow is what then follows, move for move, and told to the same people.

One table of states and of acts on them: regions and items, called runs, what can be undone, a pause, a gate with votes.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.machine.commands import Refusal
from runs import complete, definitions, ledger, operate, orders, trial, vote
from runs.apply import Delivery, apply
from runs.models import Entry, Notice, Refused, Run
from runs.outcomes import is_accepted
from tests.runs import house
from tests.runs.test_called_runs import CHILD, PARENT
from tests.runs.test_operate_regions import PLAYBOOK
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


def shops(people: People) -> Run:
    """Planned and booked; two shops are looked at."""
    run = house.begin(house.publish(house.compiled(PLAYBOOK)), people["ben"], shops=["north", "south"])
    assert is_accepted(complete.complete(run, 1, people["ann"], {}))
    house.act()
    return run


def voted(people: People) -> Run:
    """A gate of two with one vote."""
    steps = [house.task("plan"), house.gate("board", quorum=2), house.task("ship"), house.end()]
    run = house.begin(house.publish(house.playbook("voted", steps)), people["ben"])
    assert is_accepted(complete.complete(run, 1, people["ann"], {}))
    asking = definitions.state_of(house.now(run)).visits[2].asking
    assert asking is not None
    assert is_accepted(vote.vote(run, 2, people["mia"], "approve", "", asking.digest))
    return run


def calling(people: People) -> Run:
    """A run that has called another and waits for it."""
    run = house.begin(house.publish(house.compiled(PARENT, CHILD)), people["ann"], region="north")
    house.tell()
    return run


def stuck(people: People) -> Run:
    """An action that failed for good."""
    steps = [
        house.action("ship", "http.request", url="https://10.20.0.15/deploy", method="POST"),
        house.task("check"),
        house.end(),
    ]
    run = house.begin(house.publish(house.playbook("stuck", steps)), people["ann"])
    house.act()
    assert house.now(run).incident_count == 1
    return run


def paused(people: People) -> Run:
    run = voted(people)
    assert is_accepted(operate.pause(run, people["olga"], "lunch"))
    return run


ACTS = ("pause", "resume", "retry", "skip", "reassign", "jump", "signal", "rollback", "cancel")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("begin", [shops, voted, calling, stuck, paused], ids=lambda one: one.__name__)
def test_what_a_trial_says_is_what_then_happens(people: People, begin: Callable[[People], Run], act: str) -> None:
    run = house.now(begin(people))
    state, definition = definitions.state_of(run), definitions.of(run)
    visit = next((one.number for one in state.visits.values() if one.incident), max(state.visits, default=0))
    to = {"jump": next(iter(definition.steps)), "signal": "papers", "reassign": "manager"}.get(act, "")
    to = to if act != "reassign" or "manager" in definition.roles else "engineer"
    event = orders.order(act, "olga", "because", visit, to)
    assert not isinstance(event, Refusal)
    before = (run.seq, Entry.objects.count(), Notice.objects.count(), Refused.objects.count())

    (tried,) = trial.attempt([trial.Asked(run, event)])

    now = house.now(run)
    assert before == (now.seq, Entry.objects.count(), Notice.objects.count(), Refused.objects.count()), (
        "nothing written"
    )
    (came,) = apply([Delivery(run.pk, event)])
    if isinstance(came, Refusal):
        assert tried.refusal == came
        return
    assert tried.refusal is None
    entries = Entry.objects.filter(run=run, seq__gt=run.seq).order_by("seq")
    happened = [(move["kind"], move["visit"], move["step"]) for one in entries for move in json.loads(one.moves)]
    assert [(move.kind, move.visit, move.step) for one in tried.story.happened for move in one.moves] == happened
    after = definitions.state_of(house.now(run))
    assert tried.story.state is not None
    assert (after.status, sorted(after.visits)) == (tried.story.state.status, sorted(tried.story.state.visits))
    written = Notice.objects.order_by("pk")[before[2] :]
    assert {(str(one.person), one.title) for one in written} == {
        (name, one.title) for one, names in tried.told for name in names
    }
    assert ledger.verify(house.now(run)) is None


def test_many_are_tried_in_as_many_statements_as_few(people: People) -> None:
    version = house.publish(house.playbook("many", [house.task("plan"), house.gate("board"), house.end()]))
    runs = house.begin_many(version, people["ann"], 12)
    event = orders.order("skip", "olga", "", 1)
    assert not isinstance(event, Refusal)

    def queries(count: int) -> int:
        keys = [run.pk for run in runs[:count]]
        asked = [trial.Asked(run, event) for run in Run.objects.filter(pk__in=keys).select_related("unit")]
        with CaptureQueriesContext(connection) as found:
            assert all(one.refusal is None and one.told for one in trial.attempt(asked))
        return len(found)

    assert queries(2) == queries(12)
