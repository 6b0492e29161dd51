"""Whom a gate asks: roster, bar, exclusions, stand-ins, and the incidents of too few people (semantics [roster])."""

from __future__ import annotations

from engine.definition import Quorum, Rung
from engine.lifecycles import Choice
from engine.machine.events import CastVote, Facts, Roster
from tests.engine.building import gate, playbook, task
from tests.engine.machine.playing import (
    HOUR,
    PEOPLE,
    accepted,
    asking,
    began,
    code,
    data,
    incident,
    one_gate,
    open_steps,
    retry,
    roles,
    vote,
    withdraw,
)


def test_the_roster_is_who_is_not_excluded_each_with_the_reason() -> None:
    built = playbook(
        task("plan", assign="blue"),
        gate("gate", approvers=("red", "green", "user:zed"), exclude=("starter", "plan", "user:di", "blue")),
        roles=roles("red", "green", "blue"),
    )
    people = {**PEOPLE, "ed": "blue red", "fay": "blue green", "sam": "red"}
    play = began(built, people)
    accepted(play.complete("plan", "fay", {}))
    assert [seat.person for seat in asking(play).seats or ()] == ["ann", "bo", "cy", "zed"]
    assert asking(play).barred == {"sam": "starter", "fay": "plan", "di": "user:di", "ed": "blue"}


def test_the_bar_is_at_least_one_and_an_empty_roster_is_an_incident_at_once() -> None:
    for quorum in (Quorum(everyone=True), Quorum(percent=10), Quorum(count=1)):
        play = began(one_gate(quorum), {"ed": "blue"})
        assert asking(play).bar.total == 1
        assert incident(play, "gate") == "roster"


def test_a_roster_below_the_bar_can_be_voted_on_until_people_are_added() -> None:
    ladder = (Rung(after=HOUR, add="blue"),)
    play = began(one_gate(Quorum(count=3), escalate=ladder), {"ann": "red", "cy": "green", "ed": "blue"})
    assert incident(play, "gate") == "roster"
    accepted(vote(play, "ann"))
    play.advance(HOUR)
    assert incident(play, "gate") is None
    accepted(vote(play, "ed"))
    accepted(vote(play, "cy"))
    assert data(play, "gate")["decision"] == "approved"


def test_joiners_stay_outside_until_an_operator_asks_the_directory_again() -> None:
    play = began(one_gate(Quorum(count=2)), {"ann": "red"})
    play.directory.join("bo", ["red"])
    assert code(vote(play, "bo")) == "not-in-role"
    accepted(retry(play, "gate"))
    assert asking(play).bar.total == 2
    accepted(vote(play, "bo"))
    accepted(vote(play, "ann"))


def test_asking_again_keeps_votes_and_bar_once_somebody_has_voted() -> None:
    play = began(one_gate(Quorum(per_role={"red": 1, "green": 1})), {"ann": "red"})
    accepted(vote(play, "ann"))
    assert incident(play, "gate") == "roster", "everybody has voted, but it is people that are missing"
    play.directory.join("cy", ["green"])
    play.directory.join("di", ["green"])
    accepted(retry(play, "gate"))
    assert incident(play, "gate") is None
    assert [cast.person for cast in asking(play).votes] == ["ann"]
    assert asking(play).bar.per_role == {"red": 1, "green": 1}
    accepted(vote(play, "di"))
    assert data(play, "gate")["decision"] == "approved"


def test_the_bar_stays_where_it_was_when_people_are_added_after_a_vote() -> None:
    play = began(one_gate(Quorum(everyone=True), reject="majority"), {"ann": "red", "cy": "green"})
    accepted(vote(play, "ann", "reject"))
    assert incident(play, "gate") == "roster"
    play.directory.join("bo", ["red"])
    accepted(retry(play, "gate"))
    assert (asking(play).bar.total, asking(play).bar.everyone) == (2, ("ann", "cy"))


def test_an_answer_of_the_directory_that_nobody_asked_for_is_refused() -> None:
    play = began(one_gate(), PEOPLE)
    for rung in (None, 0, 3):
        assert code(play.apply(Roster(at=play.now, visit=1, people={"red": ("eve",)}, rung=rung))) == "not-open"
    assert code(play.apply(Roster(at=play.now, visit=9, people={}))) == "not-open"


def test_a_stand_in_for_one_role_fills_no_other() -> None:
    ladder = (Rung(after=HOUR, add="blue", stand_in="green"),)
    play = began(one_gate(Quorum(per_role={"red": 1, "green": 1}), escalate=ladder), PEOPLE)
    play.advance(HOUR)
    accepted(vote(play, "cy"))
    accepted(vote(play, "ed"))
    assert open_steps(play) == ["gate"], "green is filled twice, red not at all"
    accepted(vote(play, "ann"))
    assert data(play, "gate")["decision"] == "approved"


def test_under_all_a_stand_in_replaces_one_person() -> None:
    ladder = (Rung(after=HOUR, add="blue"),)
    play = began(one_gate(Quorum(everyone=True), escalate=ladder), {"ann": "red", "cy": "green", "ed": "blue"})
    play.advance(HOUR)
    accepted(vote(play, "ed"))
    accepted(vote(play, "cy"))
    assert data(play, "gate")["decision"] == "approved"


def test_whoever_is_added_and_excluded_stays_outside() -> None:
    ladder = (Rung(after=HOUR, add="blue"),)
    play = began(one_gate(escalate=ladder), {"ann": "red", "sam": "blue", "ed": "blue"})
    play.advance(HOUR)
    assert asking(play).barred == {"sam": "starter"}
    assert [(seat.person, seat.added_by) for seat in asking(play).seats or ()] == [("ann", None), ("ed", 0)]
    assert code(vote(play, "sam")) == "excluded"


def test_everybody_has_voted_and_nothing_is_decided() -> None:
    play = began(one_gate(Quorum(count=2), reject="majority"), {"ann": "red", "cy": "green"})
    accepted(vote(play, "ann"))
    accepted(vote(play, "cy", "reject"))
    assert incident(play, "gate") == "undecided"
    accepted(retry(play, "gate"))
    assert incident(play, "gate") == "undecided"
    accepted(withdraw(play, "cy"))
    assert incident(play, "gate") is None
    accepted(vote(play, "cy"))
    assert data(play, "gate")["decision"] == "approved"


def test_too_few_are_left_is_told_before_everybody_has_voted() -> None:
    play = began(one_gate(Quorum(count=3), reject="majority"), PEOPLE)
    accepted(vote(play, "ann", "reject"))
    assert incident(play, "gate") is None
    accepted(vote(play, "bo", "abstain"))
    assert incident(play, "gate") == "roster"


def test_a_person_added_twice_keeps_both_reasons() -> None:
    ladder = (Rung(after=HOUR, add="blue", stand_in="red"), Rung(after=2 * HOUR, add="user:ed", stand_in="green"))
    play = began(one_gate(Quorum(per_role={"red": 1, "green": 1}), escalate=ladder), PEOPLE)
    play.advance(2 * HOUR)
    (seat,) = [seat for seat in asking(play).seats or () if seat.person == "ed"]
    assert [(one.rung, one.only) for one in seat.stands_in] == [(0, "red"), (1, "green")]
    play.directory.leave("ed", ["blue"])
    accepted(vote(play, "ed"))
    accepted(vote(play, "cy"))
    assert open_steps(play) == ["gate"], "ed may stand in for green only, and green is filled"


def test_votes_that_count_again_without_a_new_one_are_told_to_an_operator() -> None:
    """The directory never closes a gate: where all have voted and rights came back, somebody must look."""
    play = began(one_gate(Quorum(count=2)), {"ann": "red", "cy": "green"})
    accepted(vote(play, "ann"))
    lost = Facts(roles=("green", "user:cy"), voters={"ann": ()})
    digest = play.digest("gate")
    accepted(
        play.apply(
            CastVote(
                at=play.now, actor="cy", facts=lost, visit=play.visit("gate"), choice=Choice.APPROVE, digest=digest
            )
        )
    )
    assert incident(play, "gate") == "roster"
    accepted(retry(play, "gate"))
    assert incident(play, "gate") == "undecided"
    accepted(vote(play, "cy"))
    assert open_steps(play) == []
