"""A vote handed to somebody at one gate, through the one writer: facts, rows, receipts, refusals (guarantees S4)."""

from __future__ import annotations

import pytest

from engine.machine.commands import Refusal
from runs import definitions, delegate, guard, ledger, vote
from runs.clock import database_clock
from runs.models import Candidate, Entry, Receipt, Refused, Run, Vote
from runs.outcomes import Accepted, is_accepted
from runs.staffing import opened
from runs.stances import stances
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def run(people: People) -> Run:
    """A gate of two of mia, max and mo; zoe is nobody to it."""
    version = house.publish(house.playbook("asked", [house.gate("board", quorum=2), house.task("tell"), house.end()]))
    return house.begin(version, people["ann"])


def cast(run: Run, who: Person, choice: str = "approve", for_whom: str | None = None) -> object:
    visit = definitions.state_of(house.now(run)).visits[1]
    assert visit.asking is not None
    return vote.vote(house.now(run), 1, who, choice, "", visit.asking.digest, on_behalf_of=for_whom)


def hand(run: Run, who: Person, to: Person, key: str | None = None) -> Accepted:
    answer = delegate.delegate(house.now(run), 1, who, to.username, key)
    assert isinstance(answer, Accepted), answer
    return answer


def candidates(run: Run) -> set[str]:
    return set(Candidate.objects.filter(step__run=run, step__number=1).values_list("person__username", flat=True))


def test_the_delegate_sees_the_run_votes_and_both_names_are_kept(run: Run, people: People) -> None:
    zoe, mia = people["zoe"], people["mia"]
    assert not guard.may(zoe, "see", run)
    hand(run, mia, zoe)
    assert guard.may(zoe, "see", run)
    assert guard.may(zoe, "vote", house.now(run), 1)
    assert candidates(run) == {"mia", "max", "mo", "zoe"}
    assert is_accepted(cast(run, zoe, for_whom="mia"))
    row = Vote.objects.get()
    assert (row.person, row.on_behalf_of, row.choice) == (zoe, mia, "approve")
    entry = Entry.objects.get(run=run, kind="vote")
    assert (entry.actor, entry.on_behalf_of) == ("zoe", "mia")
    assert is_accepted(cast(run, people["max"]))
    assert [one.step for one in definitions.state_of(house.now(run)).visits.values()] == ["tell"]
    assert ledger.verify(house.now(run)) is None


def test_what_is_taken_back_is_on_nobodys_list_any_more(run: Run, people: People) -> None:
    hand(run, people["mia"], people["zoe"])
    assert is_accepted(delegate.take_back(house.now(run), 1, people["mia"]))
    assert candidates(run) == {"mia", "max", "mo"}
    assert not guard.may(people["zoe"], "see", run)
    hand(run, people["mia"], people["zoe"])
    assert is_accepted(cast(run, people["mia"]))
    assert candidates(run) == {"mia", "max", "mo"}
    refusal = cast(run, people["zoe"], for_whom="mia")
    assert isinstance(refusal, Refusal)
    assert refusal.sentence == "Mia Moss has not delegated to you here."


def test_the_right_is_looked_up_at_the_vote(run: Run, people: People) -> None:
    hand(run, people["mia"], people["zoe"])
    people["mia"].groups.clear()
    assert not guard.may(people["zoe"], "vote", house.now(run), 1)
    refusal = cast(run, people["zoe"], for_whom="mia")
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.sentence) == (
        "not-in-role",
        "Mia Moss no longer has the role that they were asked in.",
    )
    assert Refused.objects.filter(person="zoe", act="vote", code="not-in-role").count() == 1


@pytest.mark.parametrize("who", ["mia", "zoe"])
def test_a_vote_of_somebody_who_has_left_does_not_close_the_gate(run: Run, people: People, who: str) -> None:
    hand(run, people["mia"], people["zoe"])
    assert is_accepted(cast(run, people["zoe"], for_whom="mia"))
    people[who].is_active = False
    people[who].save()
    assert is_accepted(cast(run, people["max"]))
    assert 1 in definitions.state_of(house.now(run)).visits
    seen = [(house.now(run), definitions.state_of(house.now(run)))]
    assert not opened.find(seen, database_clock())
    people["mo"].groups.clear()
    assert set(opened.find(seen, database_clock())) == {(run.pk, 1)}


def test_after_the_delegate_the_delegator_is_told_who_voted(run: Run, people: People) -> None:
    hand(run, people["mia"], people["zoe"])
    assert is_accepted(cast(run, people["zoe"], for_whom="mia"))
    verdict = guard.may(people["mia"], "vote", house.now(run), 1)
    assert (verdict.code, verdict.sentence) == ("claimed-by", "Already voted by Zoe Zell, to whom you delegated.")
    assert guard.may(people["mia"], "delegate", house.now(run), 1).code == "claimed-by"
    found = {stance.standing.person: stance for stance in stances(house.now(run), 1)}
    assert found["mia"].sentence == "Mia Moss has delegated to Zoe Zell, who has voted."
    assert (found["zoe"].standing.votes_for, found["zoe"].standing.counts) == (("mia",), True)


def test_the_guard_says_to_whom_a_vote_may_go(run: Run, people: People) -> None:
    mia = people["mia"]
    assert guard.may(mia, "delegate", run, 1)
    assert guard.may(mia, "delegate", run, 1, to="zoe")
    refused = guard.may(mia, "delegate", run, 1, to="ann")
    assert (refused.code, refused.sentence) == ("excluded", "Ann Archer started this run and may not decide here.")
    assert guard.may(mia, "delegate", run, 1, to="gus").code == "field:to"
    assert not guard.may(people["zoe"], "delegate", run, 1, to="mia")


def test_a_repeated_form_is_one_delegation(run: Run, people: People) -> None:
    first = hand(run, people["mia"], people["zoe"], key="form")
    again = hand(run, people["mia"], people["zoe"], key="form")
    assert (again.seq, again.repeated) == (first.seq, True)
    assert Receipt.objects.filter(run=run, key="form").count() == 1
    assert Entry.objects.filter(run=run, kind="delegate").count() == 1
    assert delegate.delegate(run, 1, people["mia"], " ") == delegate.NOBODY
