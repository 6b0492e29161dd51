"""Gates from opening to closing: roster, votes, stand-ins, chains, what becomes of the run (semantics section 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.definition import Definition, Quorum, Rung
from engine.lifecycles import GateStatus
from engine.machine.commands import Refusal
from engine.machine.events import Roster
from tests.engine.building import end, gate, playbook, task
from tests.engine.machine.playing import (
    HOUR,
    accepted,
    asking,
    began,
    code,
    data,
    incident,
    kinds,
    open_steps,
    retry,
    roles,
    skip,
    vote,
    with_gate,
    with_step,
    withdraw,
)

PEOPLE = {"ann": "red", "bo": "red", "cy": "green", "di": "green", "ed": "blue"}


def one_gate(quorum: Quorum | None = None, **fields: object) -> Definition:
    ways = {key: fields.pop(key) for key in ("on_reject", "on_return", "escalate") if key in fields}
    built = playbook(
        gate("gate", approvers=("red", "green"), quorum=quorum, **ways),  # type: ignore[arg-type]
        end("done"),
        end("other", "failed"),
        roles=roles("red", "green", "blue"),
    )
    return with_gate(built, **fields) if fields else built


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


def test_a_chain_that_asks_for_nobody_of_its_own_still_needs_one() -> None:
    built = one_gate(Quorum(per_role={"blue": 1}), order="sequential")
    play = began(built, PEOPLE)
    assert asking(play).bar.total == 1
    accepted(vote(play, "ann"))
    assert data(play, "gate")["decision"] == "approved"


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


def chain(quorum: Quorum, **fields: object) -> Definition:
    return one_gate(quorum, order="sequential", approvers=("red", "green", "blue"), **fields)


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


def test_a_shown_value_that_changes_voids_the_votes() -> None:
    """It cannot yet while one step is open at a time; the count holds all the same."""
    from engine.machine import gates
    from engine.machine.turn import Turn

    built = with_gate(one_gate(Quorum(count=2)), show=("steps.done",))
    play = began(built, PEOPLE)
    accepted(vote(play, "ann"))
    before = asking(play)
    turn = Turn(built, play.current, play.now, "operator", play.facts("operator"))
    turn.set_value("done", {"price": 3})
    gates.refresh(turn)
    changed = turn.freeze()
    after = changed.state.visits[1].asking
    assert after is not None
    assert after.digest != before.digest
    assert (after.votes, after.shown) == ((), {"steps.done": {"price": 3}})
    assert next(move.data for move in changed.moves if move.kind == "voided") == {"people": ["ann"]}
    play.state = changed.state
    assert code(vote(play, "bo", digest=before.digest)) == "old-digest"
    assert replace(after, votes=before.votes) != before


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


def test_a_step_that_is_no_gate_takes_no_votes() -> None:
    play = began(with_step(playbook(task("gate"), roles=roles("red")), "gate", title="Not a gate"), PEOPLE)
    assert code(vote(play, "ann")) == "not-open"
