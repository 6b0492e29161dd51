"""Chains: one stage after the other (semantics [sequential])."""

from __future__ import annotations

from engine.definition import Definition, Quorum
from engine.lifecycles import Choice
from engine.machine.events import CastVote, Facts
from tests.engine.machine.playing import (
    PEOPLE,
    accepted,
    asking,
    began,
    data,
    incident,
    one_gate,
    retry,
    vote,
)


def chain(quorum: Quorum, **fields: object) -> Definition:
    return one_gate(quorum, order="sequential", approvers=("red", "green", "blue"), **fields)


def test_a_chain_that_asks_for_nobody_of_its_own_still_needs_one() -> None:
    built = one_gate(Quorum(per_role={"blue": 1}), order="sequential")
    play = began(built, PEOPLE)
    assert asking(play).bar.total == 1
    accepted(vote(play, "ann"))
    assert data(play, "gate")["decision"] == "approved"


def test_a_chain_with_any_needs_one_of_each_and_with_all_everybody_once() -> None:
    play = began(chain(Quorum(count=1)), PEOPLE)
    assert asking(play).bar.per_role == {"red": 1, "green": 1, "blue": 1}
    play = began(chain(Quorum(everyone=True)), {**PEOPLE, "ed": "blue red"})
    assert asking(play).bar.per_role == {"red": 3, "green": 2, "blue": 1}, "an empty stage needs a stand-in"
    for person in ("ann", "bo", "ed", "cy", "di"):
        accepted(vote(play, person))
    assert incident(play, "gate") == "roster"


def test_a_chain_stops_where_a_later_stage_can_no_longer_be_met() -> None:
    play = began(
        chain(Quorum(per_role={"red": 1, "green": 1, "blue": 1})), {"ann": "red green", "bo": "red", "ed": "blue"}
    )
    assert incident(play, "gate") is None
    accepted(vote(play, "ann"))
    assert incident(play, "gate") == "roster", "ann was the only one for green, and counts in one stage"


def test_a_rejection_in_a_chain_counts_those_who_are_asked() -> None:
    play = began(chain(Quorum(count=1), reject="majority"), PEOPLE)
    accepted(vote(play, "ann", "reject"))
    assert play.current.status.value == "running"
    accepted(vote(play, "bo", "reject"))
    assert play.current.status.value == "failed"


def test_who_is_asked_follows_from_the_votes_that_count_now() -> None:
    """An earlier stage that is met again by the directory's answer leaves its turn to the last one."""
    built = one_gate(Quorum(count=1), order="sequential", approvers=("red", "green"))
    play = began(built, {"ann": "red", "cy": "green", "di": "green"})
    accepted(vote(play, "ann"))
    assert asking(play).stage == 1
    lost = Facts(roles=("green", "user:cy"), voters={"ann": ()})
    digest = play.digest("gate")
    accepted(
        play.apply(
            CastVote(
                at=play.now, actor="cy", facts=lost, visit=play.visit("gate"), choice=Choice.APPROVE, digest=digest
            )
        )
    )
    assert (asking(play).stage, incident(play, "gate")) == (0, "roster")
    accepted(retry(play, "gate"))
    assert (asking(play).stage, incident(play, "gate")) == (1, None)
    accepted(vote(play, "di"))
    assert data(play, "gate")["decision"] == "approved"
