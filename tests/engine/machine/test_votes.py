"""Votes: what closes a gate and as what, what does not count, what becomes of the run (semantics [close], [right])."""

from __future__ import annotations

import pytest

from engine.definition import Quorum, Rung
from engine.lifecycles import GateStatus
from engine.machine.commands import Refusal
from tests.engine.building import gate, playbook, task
from tests.engine.machine.playing import (
    HOUR,
    PEOPLE,
    accepted,
    asking,
    began,
    code,
    data,
    kinds,
    one_gate,
    open_steps,
    roles,
    skip,
    vote,
    with_step,
)


@pytest.mark.parametrize(
    ("quorum", "bar", "votes", "decides"),
    [
        (Quorum(count=1), 1, ["ann"], True),
        (Quorum(count=2), 2, ["ann"], False),
        (Quorum(count=2), 2, ["ann", "bo"], True),
        (Quorum(everyone=True), 4, ["ann", "bo", "cy"], False),
        (Quorum(everyone=True), 4, ["ann", "bo", "cy", "di"], True),
        (Quorum(percent=50), 2, ["ann", "cy"], True),
        (Quorum(percent=51), 3, ["ann", "cy"], False),
        (Quorum(percent=100), 4, ["ann", "bo", "cy", "di"], True),
        (Quorum(per_role={"red": 1, "green": 1}), 2, ["ann", "bo"], False),
        (Quorum(per_role={"red": 1, "green": 1}), 2, ["ann", "di"], True),
        (Quorum(per_role={"green": 2}), 2, ["ann", "cy", "di"], True),
    ],
)
def test_the_vote_that_meets_the_bar_closes_the_gate(quorum: Quorum, bar: int, votes: list[str], decides: bool) -> None:
    play = began(one_gate(quorum), PEOPLE)
    assert asking(play).bar.total == bar
    for person in votes[:-1]:
        assert open_steps(play) == ["gate"]
        accepted(vote(play, person))
        assert open_steps(play) == ["gate"]
    last = accepted(vote(play, votes[-1]))
    assert ("decided" in kinds(last)) is decides
    assert play.current.status.value == ("completed" if decides else "running")


def test_one_person_in_two_roles_counts_for_the_one_that_helps_most() -> None:
    play = began(one_gate(Quorum(per_role={"red": 1, "green": 1})), {"ann": "red green", "bo": "red"})
    accepted(vote(play, "ann"))
    assert open_steps(play) == ["gate"]
    accepted(vote(play, "bo"))
    votes = {said["by"]: said["role"] for said in data(play, "gate")["votes"]}
    assert votes == {"ann": "green", "bo": "red"}


@pytest.mark.parametrize(
    ("reject", "rejections", "abstentions", "decided"),
    [
        ("any", 1, 0, True),
        ("majority", 2, 0, False),
        ("majority", 3, 0, True),
        ("impossible", 2, 0, False),
        ("impossible", 3, 0, True),
        ("impossible", 2, 1, True),
        ("impossible", 0, 3, True),
    ],
)
def test_when_a_gate_is_rejected(reject: str, rejections: int, abstentions: int, decided: bool) -> None:
    """Four on the roster, two needed."""
    play = began(one_gate(Quorum(count=2), reject=reject, on_reject="other"), PEOPLE)
    people = ["ann", "bo", "cy", "di"]
    for person in people[:rejections]:
        accepted(vote(play, person, "reject"))
    for person in people[rejections : rejections + abstentions]:
        accepted(vote(play, person, "abstain"))
    assert (play.current.status.value == "failed") is decided
    assert not decided or data(play, "gate")["decision"] == "rejected"


def test_a_rejection_without_a_way_fails_the_run_and_the_gate_counts_as_completed() -> None:
    play = began(one_gate(), PEOPLE)
    last = accepted(vote(play, "ann", "reject"))
    assert play.current.status.value == "failed"
    assert play.path == ["gate"]
    assert last.touched[0].asking is not None
    assert last.touched[0].asking.status is GateStatus.REJECTED
    assert (last.touched[0].by, last.touched[0].asking.decided_by) == ("ann", "ann")


def test_return_goes_back_at_once_only_where_it_is_offered() -> None:
    assert code(vote(began(one_gate(), PEOPLE), "ann", "return", comment="more")) == "return-not-offered"
    play = began(one_gate(Quorum(everyone=True), on_return="other"), PEOPLE)
    assert code(vote(play, "ann", "return")) == "comment-required"
    accepted(vote(play, "ann", "return", comment="more"))
    assert data(play, "gate")["decision"] == "returned"


def test_a_new_round_counts_no_earlier_vote() -> None:
    play = began(
        playbook(gate("gate", approvers=("red",), quorum=Quorum(count=2), on_reject="gate"), roles=roles("red")),
        {"ann": "red", "bo": "red", "cy": "red"},
    )
    accepted(vote(play, "ann"))
    first = asking(play)
    accepted(vote(play, "bo", "reject"))
    assert asking(play).votes == ()
    accepted(vote(play, "cy"))
    assert open_steps(play) == ["gate"]
    assert first.digest == asking(play).digest, "nothing is shown, and nothing has changed"


def test_a_vote_for_an_earlier_round_is_told_so() -> None:
    built = playbook(gate("gate", approvers=("red",), on_reject="gate"), roles=roles("red"))
    play = began(built, {"ann": "red", "bo": "red"})
    accepted(vote(play, "ann", "reject"))
    play.visit_of["gate"] = 1
    assert code(vote(play, "bo")) == "already-decided"
    play.visit_of["gate"] = 2
    accepted(vote(play, "ann", "reject"))
    play.visit_of["gate"] = 1
    assert vote(play, "bo") == Refusal("not-open", "That was an earlier round, and it is over.")


def test_a_vote_of_somebody_who_lost_the_role_does_not_count_at_closing() -> None:
    play = began(one_gate(Quorum(count=2)), PEOPLE)
    accepted(vote(play, "ann"))
    play.directory.leave("ann", ["red"])
    accepted(vote(play, "bo"))
    assert open_steps(play) == ["gate"]
    closing = accepted(vote(play, "cy"))
    assert next(move.data for move in closing.moves if move.kind == "voided") == {"people": ["ann"]}
    assert [said["by"] for said in data(play, "gate")["votes"]] == ["bo", "cy"]


def test_a_rejection_of_somebody_who_lost_the_role_rejects_nothing() -> None:
    play = began(one_gate(Quorum(count=2), reject="majority"), PEOPLE)
    accepted(vote(play, "ann", "reject"))
    accepted(vote(play, "bo", "reject"))
    play.directory.deactivate("ann")
    accepted(vote(play, "cy", "reject"))
    assert play.current.status.value == "running"


def test_an_earlier_gate_excludes_whoever_voted_there() -> None:
    built = playbook(
        gate("gate", approvers=("red",)),
        gate("second", approvers=("red",), exclude=("gate",)),
        roles=roles("red"),
    )
    play = began(built, {"ann": "red", "bo": "red", "sam": "red"})
    accepted(vote(play, "ann"))
    assert code(vote(play, "ann", step="second")) == "excluded"
    accepted(vote(play, "sam", step="second"))


def test_skipping_a_gate_is_an_approval_for_nobody() -> None:
    play = began(one_gate(Quorum(count=2)), PEOPLE)
    accepted(vote(play, "ann"))
    last = accepted(skip(play, "gate"))
    visit = last.touched[0]
    assert visit.asking is not None
    assert (visit.asking.status, visit.asking.decided_by) == (GateStatus.OVERRIDDEN, "operator")
    assert data(play, "gate") is None
    assert play.current.doers == {"gate": ("ann",)}
    assert play.path == ["done"]


def test_a_rule_decides_and_no_person_is_named() -> None:
    play = began(one_gate(escalate=(Rung(after=HOUR, outcome="approve"),)), PEOPLE)
    play.advance(HOUR)
    assert data(play, "gate")["decision"] == "approved"
    assert data(play, "gate")["votes"] == []
    assert play.current.ended["gate"].by == "rung:0"


def test_a_step_that_is_no_gate_takes_no_votes() -> None:
    play = began(with_step(playbook(task("gate"), roles=roles("red")), "gate", title="Not a gate"), PEOPLE)
    assert code(vote(play, "ann")) == "not-open"
