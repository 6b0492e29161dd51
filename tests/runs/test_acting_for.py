"""Acting for somebody who has delegated until a date: votes and tasks, at the instant of the act (guarantees S4)."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from engine.definition import TaskSpec
from engine.machine.commands import Refusal
from runs import appoint, be_away, claim, complete, definitions, delegate, guard, ledger, records, vote
from runs.clock import Clock, database_clock
from runs.models import Delegation, Entry, Refused, Run, Step, Vote
from runs.outcomes import is_accepted
from runs.stances import stances
from tests.runs import house
from workflows.models import Artifact, Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]
DAY = timedelta(days=1)


@pytest.fixture
def run(people: People) -> Run:
    """Started by ann; a gate of two of mia, max and mo. zoe is nobody to it."""
    version = house.publish(house.playbook("asked", [house.gate("board", quorum=2), house.task("tell"), house.end()]))
    return house.begin(version, people["ann"])


def hand(person: Person, to: Person, **more: object) -> Delegation:
    now = timezone.now()
    answer = appoint.appoint(person, to, now, now + DAY, person, **more)
    assert isinstance(answer, appoint.Appointed), answer
    return answer.delegation


def cast(run: Run, who: Person, for_whom: str | None = None, clock: Clock = database_clock) -> object:
    asking = definitions.state_of(house.now(run)).visits[1].asking
    assert asking is not None
    return vote.vote(house.now(run), 1, who, "approve", "", asking.digest, clock=clock, on_behalf_of=for_whom)


def refused(answer: object, code: str, sentence: str) -> None:
    assert isinstance(answer, Refusal), answer
    assert (answer.code, answer.sentence) == (code, sentence)
    assert Refused.objects.filter(code=code, sentence=sentence).exists()


def test_the_delegate_sees_the_run_votes_and_both_names_are_kept(run: Run, people: People) -> None:
    zoe = people["zoe"]
    assert not guard.may(zoe, "see", run)
    given = hand(people["mia"], zoe)
    assert guard.may(zoe, "see", run)
    assert guard.may(zoe, "vote", run, 1)
    assert is_accepted(cast(run, zoe, "mia"))
    row = Vote.objects.get()
    assert (row.person, row.on_behalf_of) == (zoe, people["mia"])
    entry = Entry.objects.get(run=run, kind="vote")
    assert (entry.actor, entry.on_behalf_of) == ("zoe", "mia")
    assert '"delegators":["mia"]' in entry.event
    appoint.take_back(given, people["mia"])
    assert guard.may(zoe, "see", run)  # what one has voted on stays in sight
    assert is_accepted(cast(run, people["max"]))
    assert [one.step for one in definitions.state_of(house.now(run)).visits.values()] == ["tell"]
    assert ledger.verify(house.now(run)) is None


def test_somebody_acts_only_between_start_and_end(run: Run, people: People) -> None:
    given = hand(people["mia"], people["zoe"])
    says = "Mia Moss has not delegated to you here."
    refused(cast(run, people["zoe"], "mia", lambda: given.ends_at), "not-in-role", says)
    refused(cast(run, people["zoe"], "mia", lambda: given.starts_at - timedelta(seconds=1)), "not-in-role", says)
    assert is_accepted(cast(run, people["zoe"], "mia", lambda: given.ends_at - timedelta(microseconds=1)))


def test_what_is_taken_back_a_moment_before_the_vote_is_refused(run: Run, people: People) -> None:
    given = hand(people["mia"], people["zoe"])

    def clock() -> datetime:
        """The run is locked by now; what was decided before it was read."""
        now = database_clock()
        given.take_back(people["mia"], now)
        given.save()
        return now

    refused(cast(run, people["zoe"], "mia", clock), "not-in-role", "Mia Moss has not delegated to you here.")


def test_the_right_is_that_which_the_delegator_holds_at_the_vote(run: Run, people: People) -> None:
    hand(people["mia"], people["zoe"])
    people["mia"].groups.clear()
    assert not guard.may(people["zoe"], "vote", run, 1)
    says = "Mia Moss no longer has the role that they were asked in."
    refused(cast(run, people["zoe"], "mia"), "not-in-role", says)


def test_a_chain_lends_nothing_further(run: Run, people: People) -> None:
    hand(people["mia"], people["zoe"])
    hand(people["zoe"], people["otto"])
    hand(people["zoe"], people["mia"])
    refused(cast(run, people["otto"], "mia"), "not-in-role", "Mia Moss has not delegated to you here.")
    refused(
        cast(run, people["otto"], "zoe"), "not-in-role", "Zoe Zell is not asked here, and so nobody votes for them."
    )
    assert is_accepted(cast(run, people["zoe"], "mia"))
    refused(cast(run, people["mia"]), "claimed-by", "Already voted by Zoe Zell, to whom you delegated.")
    assert Vote.objects.count() == 1


def test_nobody_acts_for_an_excluded_person_or_being_excluded(run: Run, people: People) -> None:
    people["ann"].groups.add(*people["mia"].groups.all())
    hand(people["ann"], people["zoe"])
    hand(people["mia"], people["ann"])
    says = "Ann Archer started this run, and so nobody decides for them."
    refused(cast(run, people["zoe"], "ann"), "excluded", says)
    answer = cast(run, people["ann"], "mia")
    refused(answer, "excluded", "You started this run. Nobody approves what they asked for.")
    assert not Vote.objects.exists()


def test_nobody_votes_for_two(run: Run, people: People) -> None:
    hand(people["mia"], people["max"])
    says = "You have a vote of your own here. Nobody votes for two, not for Mia Moss."
    refused(cast(run, people["max"], "mia"), "not-in-role", says)
    hand(people["mia"], people["zoe"])
    hand(people["mo"], people["zoe"])
    assert is_accepted(cast(run, people["zoe"], "mia"))
    cast(run, people["zoe"], "mo")
    assert Vote.objects.filter(person=people["zoe"]).count() == 1


def test_two_delegates_cast_one_vote(run: Run, people: People) -> None:
    hand(people["mia"], people["zoe"])
    hand(people["mia"], people["otto"])
    assert is_accepted(cast(run, people["zoe"], "mia"))
    refused(cast(run, people["otto"], "mia"), "claimed-by", "Zoe Zell has voted for Mia Moss already.")


def test_it_holds_in_no_other_playbook(run: Run, people: People) -> None:
    other = Artifact.objects.create(slug="other", unit=run.unit)
    hand(people["mia"], people["zoe"], playbooks=[other])
    assert not guard.may(people["zoe"], "see", run)
    refused(cast(run, people["zoe"], "mia"), "not-in-role", "Mia Moss has not delegated to you here.")


def test_what_was_handed_on_at_the_gate_goes_before(run: Run, people: People) -> None:
    hand(people["mia"], people["zoe"])
    assert is_accepted(delegate.delegate(house.now(run), 1, people["mia"], "otto"))
    says = "Mia Moss has delegated to Otto Orr here, which goes before."
    refused(cast(run, people["zoe"], "mia"), "not-in-role", says)
    assert is_accepted(cast(run, people["otto"], "mia"))


def test_the_guard_says_who_acts_for_whom(run: Run, people: People) -> None:
    hand(people["mia"], people["zoe"])
    found = {stance.standing.person: stance.standing for stance in stances(run, 1)}
    assert (found["zoe"].may, found["zoe"].votes_for) == (True, ("mia",))
    assert found["mia"].acted_for_by == ("zoe",)


def test_a_delegate_takes_and_hands_in_a_task_and_the_one_they_act_for_still_may(people: People) -> None:
    version = house.publish(house.playbook("tasks", [house.task("tell"), house.task("log"), house.end()]))
    run = house.begin(version, people["ann"])
    zoe, ben = people["zoe"], people["ben"]
    assert not guard.may(zoe, "complete", run, 1)
    assert complete.complete(run, 1, zoe, {}, on_behalf_of="ben") == complete.NO_REASON
    hand(ben, zoe)
    assert guard.may(zoe, "see", run)
    assert guard.may(zoe, "claim", run, 1)
    assert is_accepted(claim.claim(run, 1, zoe, on_behalf_of="ben"))
    step = Step.objects.get(run=run, number=1)
    assert step.claimed_by == zoe
    assert is_accepted(complete.complete(house.now(run), 1, zoe, {}, on_behalf_of="ben"))
    entry = Entry.objects.get(run=run, kind="complete")
    assert (entry.actor, entry.on_behalf_of) == ("zoe", "ben")
    assert set(definitions.state_of(house.now(run)).doers["tell"]) == {"ben", "zoe"}
    assert is_accepted(complete.complete(house.now(run), 2, ben, {}))


def test_a_task_that_a_rule_gives_to_one_of_a_role_goes_to_nobody_who_is_away(people: People) -> None:
    spec = TaskSpec(assign="engineer", pick="round-robin")
    version = house.publish(house.playbook("picked", [house.step("tell", spec), house.end()]))
    now = timezone.now()
    answer = be_away.be_away(people["ann"], now, now + DAY, people["ann"])
    assert isinstance(answer, be_away.Away)
    picked = {Step.objects.get(run=house.begin(version, people["olga"])).picked for _ in range(3)}
    assert picked == {people["ben"]}
    be_away.be_away(people["ben"], now, now + DAY, people["ben"])
    picked = {Step.objects.get(run=house.begin(version, people["olga"])).picked for _ in range(2)}
    assert picked == {people["ann"], people["ben"]}  # where nobody is there, it is given all the same


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_delegation_does_not_end_before_a_vote_that_used_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes it back while the vote is being written waits for it, and the log says it ended afterwards."""
    people = house.settle()
    version = house.publish(house.playbook("asked", [house.gate("board", quorum=2), house.end()]))
    run = house.begin(version, people["ann"])
    given = hand(people["mia"], people["zoe"])
    begun, ended = threading.Event(), threading.Event()

    def take_back() -> None:
        begun.wait(10)
        appoint.take_back(given, people["mia"])
        ended.set()
        connection.close()

    other = threading.Thread(target=take_back)
    other.start()
    write = records.write

    def slowly(*arguments: object) -> bool:
        begun.set()
        assert not ended.wait(0.5)
        return write(*arguments)

    monkeypatch.setattr(records, "write", slowly)
    assert is_accepted(cast(run, people["zoe"], "mia"))
    other.join(10)
    given.refresh_from_db()
    assert given.ended_at is not None
    assert given.ended_at > Entry.objects.get(run=run, kind="vote").at
