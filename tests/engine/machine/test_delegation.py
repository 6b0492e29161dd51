"""Delegation at one gate: whose right a vote uses, and that nobody votes twice (semantics [one vote], S4)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import Quorum, Rung
from engine.lifecycles import GateStatus
from engine.machine.commands import Advance, Refusal
from engine.machine.events import ChangeData
from engine.machine.rights import standing
from engine.machine.standings import Standing
from engine.machine.state import Delegation
from engine.rehearsal.play import Play
from tests.engine.building import gate, playbook
from tests.engine.machine.playing import (
    BEGIN,
    HOUR,
    NAMES,
    OPERATOR,
    PEOPLE,
    N,
    accepted,
    asking,
    began,
    code,
    data,
    delegate,
    incident,
    kinds,
    one_gate,
    open_steps,
    roles,
    skip,
    vote,
    with_gate,
    withdraw,
)

CROWD = PEOPLE | {"flo": "", "gil": ""}
"""`ann bo` are red, `cy di` green and asked; `ed flo gil` are not."""
TWO_REDS = Quorum(per_role={"red": 2})


def sentence(answer: Advance | Refusal | None) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.sentence


def said(play: Play) -> list[tuple[str, str | None]]:
    """Return who voted for whom, as the gate was decided on it."""
    return [(one["by"], one.get("on_behalf_of")) for one in data(play, "gate")["votes"]]


def stand(play: Play, person: str) -> Standing:
    visit = next(iter(play.current.visits.values()))
    held = {name: play.directory.roles_of(name) for name in CROWD}
    return next(one for one in standing(play.definition, play.current, visit, held) if one.person == person)


def test_the_delegate_votes_with_the_delegators_right_and_both_names_are_kept() -> None:
    play = began(one_gate(TWO_REDS), CROWD)
    moved = accepted(delegate(play, "ann", "flo"))
    assert [(move.kind, dict(move.data)) for move in moved.moves] == [("delegated", {"person": "ann", "to": "flo"})]
    assert asking(play).delegations == (Delegation("ann", "flo", BEGIN),)
    voted = accepted(vote(play, "flo", on_behalf_of="ann"))
    assert dict(voted.moves[0].data) == {
        "person": "flo",
        "choice": "approve",
        "comment": "",
        "changed": False,
        "on_behalf_of": "ann",
    }
    assert (asking(play).votes[0].person, asking(play).votes[0].right, asking(play).votes[0].roles) == (
        "flo",
        "ann",
        ("red",),
    )
    accepted(vote(play, "bo"))
    assert said(play) == [("flo", "ann"), ("bo", None)]
    assert [one["role"] for one in data(play, "gate")["votes"]] == ["red", "red"]
    assert set(play.current.doers["gate"]) == {"ann", "flo", "bo"}


def test_a_delegate_has_no_right_but_that_of_the_delegator() -> None:
    play = began(one_gate(TWO_REDS), CROWD)
    assert code(vote(play, "flo", on_behalf_of="ann")) == "not-in-role"
    accepted(delegate(play, "ann", "flo"))
    assert sentence(vote(play, "flo")) == "You vote here for ann, not for yourself."
    assert sentence(vote(play, "flo", on_behalf_of="bo")) == "bo has not delegated to you here."
    assert sentence(vote(play, "gil", on_behalf_of="ann")) == "ann has not delegated to you here."


def test_after_the_delegate_has_voted_the_delegator_may_not() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    accepted(vote(play, "flo", on_behalf_of="ann"))
    for refused in (vote(play, "ann"), delegate(play, "ann", "gil"), delegate(play, "ann")):
        assert (code(refused), sentence(refused)) == ("claimed-by", "Already voted by flo, to whom you delegated.")
    assert (stand(play, "ann").code, stand(play, "ann").may) == ("claimed-by", False)
    accepted(withdraw(play, "flo"))
    assert stand(play, "ann").may
    accepted(vote(play, "ann"))


def test_before_that_the_delegators_vote_ends_the_delegation() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    voted = accepted(vote(play, "ann"))
    assert kinds(voted) == ["undelegated", "voted"]
    assert dict(voted.moves[0].data) == {"person": "ann", "to": "flo", "how": "voted"}
    assert asking(play).delegations == ()
    assert sentence(vote(play, "flo", on_behalf_of="ann")) == "ann has not delegated to you here."


def test_a_delegation_can_be_taken_back_or_go_to_somebody_else() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    assert code(delegate(play, "ann")) == "not-open"
    accepted(delegate(play, "ann", "flo"))
    assert code(delegate(play, "ann", "flo")) == "field:to"
    assert kinds(accepted(delegate(play, "ann", "gil"))) == ["undelegated", "delegated"]
    assert code(vote(play, "flo", on_behalf_of="ann")) == "not-in-role"
    assert kinds(accepted(delegate(play, "ann"))) == ["undelegated"]
    assert code(vote(play, "gil", on_behalf_of="ann")) == "not-in-role"
    accepted(vote(play, "ann"))
    assert sentence(delegate(play, "ann", "flo")) == "You have voted here. Withdraw your vote before you delegate."


def test_a_delegated_vote_is_not_passed_on() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    assert sentence(delegate(play, "flo", "gil")) == "A vote that was delegated to you cannot be passed on."
    assert code(delegate(play, "flo", "ann")) == "not-in-role"
    assert code(delegate(play, "gil", "flo")) == "not-in-role"


@pytest.mark.parametrize("to", ["ann", "nobody", "gone"])
def test_it_goes_to_somebody_else_who_is_there(to: str) -> None:
    play = began(one_gate(), CROWD | {"gone": ""})
    play.directory.deactivate("gone")
    play.directory.deactivate("nobody")
    assert code(delegate(play, "ann", to)) == "field:to"


def test_nobody_excluded_delegates_or_is_delegated_to() -> None:
    play = began(one_gate(exclude=("starter", "user:gil", "blue")), CROWD | {"sam": "red"})
    assert code(delegate(play, "sam", "flo")) == "excluded"
    for to in ("sam", "gil", "ed"):
        assert code(delegate(play, "ann", to)) == "excluded"
    assert sentence(delegate(play, "ann", "sam")) == "sam started this run and may not decide here."
    accepted(delegate(play, "ann", "flo"))


@pytest.mark.parametrize("who", ["ann", "flo"])
def test_a_vote_does_not_count_once_either_has_become_excluded(who: str) -> None:
    play = began(one_gate(Quorum(count=2), exclude=("blue",)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    accepted(vote(play, "flo", on_behalf_of="ann"))
    play.directory.join(who, ["blue"])
    assert code(vote(play, "flo", on_behalf_of="ann")) == "excluded"
    accepted(vote(play, "bo"))
    assert open_steps(play) == ["gate"]
    assert not stand(play, "flo").counts
    last = accepted(vote(play, "cy"))
    assert [move.data["people"] for move in last.moves if move.kind == "voided"] == [["flo"]]
    assert [one["by"] for one in data(play, "gate")["votes"]] == ["bo", "cy"]


def test_the_right_is_that_of_the_delegator_at_that_instant() -> None:
    """Revoked a moment before the vote, or between the vote and the closing."""
    play = began(one_gate(Quorum(count=2)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    play.directory.leave("ann", ["red"])
    assert sentence(vote(play, "flo", on_behalf_of="ann")) == "ann no longer has the role that they were asked in."
    play.directory.join("ann", ["red"])
    accepted(vote(play, "flo", on_behalf_of="ann"))
    play.directory.leave("ann", [])
    accepted(vote(play, "bo"))
    assert open_steps(play) == ["gate"]
    accepted(vote(play, "cy"))
    assert [one["by"] for one in data(play, "gate")["votes"]] == ["bo", "cy"]


@pytest.mark.parametrize("gone", [True, False])
def test_a_right_is_free_again_once_the_vote_of_the_delegate_no_longer_counts(gone: bool) -> None:
    play = began(one_gate(Quorum(count=2), exclude=("blue",)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    accepted(vote(play, "flo", on_behalf_of="ann"))
    if gone:
        play.directory.deactivate("flo")
    else:
        play.directory.join("flo", ["blue"])
    assert stand(play, "ann").may
    accepted(delegate(play, "ann", "gil"))
    voted = accepted(vote(play, "gil", on_behalf_of="ann"))
    assert [(move.kind, move.data.get("people")) for move in voted.moves] == [("voided", ["flo"]), ("voted", None)]
    assert [(one.person, one.right) for one in asking(play).votes] == [("gil", "ann")]


@pytest.mark.parametrize("who", ["ann", "flo"])
def test_without_an_account_there_is_no_vote(who: str) -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    accepted(vote(play, "flo", on_behalf_of="ann"))
    play.directory.deactivate(who)
    assert code(vote(play, "flo", on_behalf_of="ann")) == "not-in-role"
    accepted(vote(play, "bo"))
    assert open_steps(play) == ["gate"]
    assert not stand(play, "flo").counts


def test_of_two_delegators_a_delegate_votes_for_one() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    accepted(delegate(play, "bo", "flo"))
    accepted(vote(play, "flo", on_behalf_of="ann"))
    changed = accepted(vote(play, "flo", "abstain", on_behalf_of="bo"))
    assert changed.moves[0].data["changed"]
    assert [(one.person, one.right) for one in asking(play).votes] == [("flo", "bo")]
    accepted(vote(play, "ann"))
    assert [(one.person, one.right) for one in asking(play).votes] == [("flo", "bo"), ("ann", "ann")]
    assert asking(play).delegations == (Delegation("bo", "flo", BEGIN),)


def test_who_has_a_vote_of_their_own_votes_with_that() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    accepted(delegate(play, "ann", "bo"))
    assert sentence(vote(play, "bo", on_behalf_of="ann")) == (
        "You have a vote of your own here. Nobody votes for two, not for ann."
    )
    accepted(vote(play, "bo"))
    accepted(vote(play, "ann"))
    assert [(one["by"], one.get("on_behalf_of")) for one in data(play, "gate")["votes"]] == [
        ("bo", None),
        ("ann", None),
    ]


def test_who_lost_that_vote_votes_for_the_delegator() -> None:
    play = began(one_gate(Quorum(count=3)), CROWD)
    accepted(delegate(play, "ann", "bo"))
    play.directory.leave("bo", ["red"])
    accepted(vote(play, "bo", on_behalf_of="ann"))
    assert stand(play, "bo").votes_for == ("ann",)


def test_a_rung_that_gives_the_delegate_a_vote_leaves_the_one_that_was_cast() -> None:
    play = began(one_gate(Quorum(count=3), escalate=(Rung(after=HOUR, add="blue"),)), CROWD)
    accepted(delegate(play, "ann", "ed"))
    accepted(vote(play, "ed", on_behalf_of="ann"))
    play.advance(HOUR)
    assert code(vote(play, "ed", on_behalf_of="ann")) == "not-in-role"
    accepted(vote(play, "bo"))
    assert [one.person for one in asking(play).votes] == ["ed", "bo"]
    accepted(vote(play, "ed", "reject"))
    assert said(play) == [("bo", None), ("ed", None)]


def test_delegating_to_somebody_asked_is_refused_when_the_bar_could_then_not_be_met() -> None:
    play = began(one_gate(Quorum(per_role={"red": 2, "green": 1})), CROWD)
    assert sentence(delegate(play, "ann", "bo")) == (
        "bo votes here already, and without your vote the quorum could not be met."
    )
    accepted(delegate(play, "cy", "di"))
    assert code(delegate(play, "di", "bo")) == "field:to"
    assert code(delegate(play, "di", "cy")) == "field:to"
    accepted(delegate(play, "ann", "flo"))
    assert sentence(delegate(play, "bo", "flo")) == (
        "flo votes here for somebody else, and without your vote the quorum could not be met."
    )
    accepted(delegate(play, "bo", "gil"))


def test_of_two_delegators_either_may_be_the_one_that_is_needed() -> None:
    play = began(one_gate(Quorum(per_role={"green": 1})), {"ann": "red", "cy": "green", "flo": ""})
    accepted(delegate(play, "ann", "flo"))
    accepted(delegate(play, "cy", "flo"))
    accepted(vote(play, "flo", on_behalf_of="cy"))
    assert data(play, "gate")["decision"] == "approved"


def test_a_chain_back_to_the_delegator_uses_no_right_twice() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    accepted(delegate(play, "ann", "bo"))
    accepted(delegate(play, "bo", "ann"))
    assert code(vote(play, "ann", on_behalf_of="bo")) == "not-in-role"
    accepted(vote(play, "ann"))
    assert code(vote(play, "bo", on_behalf_of="ann")) == "not-in-role"
    assert len(asking(play).votes) == 1


def test_majority_and_undecided_count_seats_not_voters() -> None:
    play = began(one_gate(Quorum(count=2), reject="majority"), {"ann": "red", "bo": "red", "cy": "red", "flo": ""})
    accepted(delegate(play, "ann", "flo"))
    accepted(vote(play, "flo", "reject", on_behalf_of="ann"))
    accepted(vote(play, "bo", "abstain"))
    assert incident(play, "gate") == "roster"
    accepted(vote(play, "cy", "abstain"))
    assert incident(play, "gate") == "undecided"
    accepted(vote(play, "flo", "approve", on_behalf_of="ann"))
    accepted(vote(play, "cy", "approve"))
    assert play.path == ["gate", "done"]


def test_in_a_sequence_the_delegate_is_asked_when_the_delegator_is() -> None:
    play = began(one_gate(order="sequential"), CROWD)
    accepted(delegate(play, "cy", "flo"))
    assert code(vote(play, "flo", on_behalf_of="cy")) == "not-your-turn"
    assert stand(play, "flo").code == "not-your-turn"
    accepted(delegate(play, "ann", "gil"))
    accepted(vote(play, "gil", on_behalf_of="ann"))
    assert code(vote(play, "gil", on_behalf_of="ann")) == "not-your-turn"
    assert stand(play, "flo").may
    accepted(vote(play, "flo", on_behalf_of="cy"))
    assert play.path == ["gate", "done"]


def test_a_stand_in_may_delegate_too() -> None:
    play = began(one_gate(Quorum(everyone=True), escalate=(Rung(after=HOUR, add="blue"),)), CROWD)
    play.advance(HOUR)
    accepted(delegate(play, "ed", "flo"))
    for person in ("ann", "bo", "cy"):
        accepted(vote(play, person))
    accepted(vote(play, "flo", on_behalf_of="ed"))
    assert [(one["by"], one["role"]) for one in data(play, "gate")["votes"]][-1] == ("flo", "green")


def test_a_changed_value_voids_the_vote_and_leaves_the_delegation() -> None:
    built = playbook(
        gate("gate", approvers=("red", "green"), quorum=Quorum(count=2)),
        inputs=N,
        names=NAMES,
        roles=roles("red", "green"),
    )
    play = began(with_gate(built, show=("inputs.n",)), CROWD, n=1)
    accepted(delegate(play, "ann", "flo"))
    accepted(vote(play, "flo", on_behalf_of="ann"))
    changed = play.apply(
        ChangeData(at=play.now, actor="operator", facts=OPERATOR, values={"inputs.n": 2}, reason="wrong")
    )
    assert [move.data["people"] for move in accepted(changed).moves if move.kind == "voided"] == [["flo"]]
    assert code(vote(play, "flo", on_behalf_of="ann", digest="old")) == "old-digest"
    accepted(vote(play, "flo", on_behalf_of="ann"))
    assert [one.right for one in asking(play).votes] == ["ann"]


def test_a_gate_further_on_excludes_both() -> None:
    definition = playbook(
        gate("gate", approvers=("red",)),
        gate("next", approvers=("red", "blue"), exclude=("gate",)),
        roles=roles("red", "blue"),
    )
    play = began(definition, CROWD)
    accepted(delegate(play, "ann", "ed"))
    accepted(vote(play, "ed", on_behalf_of="ann"))
    assert asking(play, "next").barred == {"ann": "gate", "ed": "gate"}
    assert code(delegate(play, "bo", "ann", step="next")) == "excluded"


def test_whoever_is_late_is_told_how_it_ended() -> None:
    play = began(one_gate(), CROWD)
    accepted(delegate(play, "ann", "flo"))
    accepted(vote(play, "bo"))
    for late in (vote(play, "flo", on_behalf_of="ann"), delegate(play, "ann", "gil"), delegate(play, "ann")):
        assert code(late) == "already-ended"
        assert "Already approved by bo" in sentence(late)


def test_a_gate_that_is_passed_over_remembers_both() -> None:
    play = began(one_gate(Quorum(count=3)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    accepted(vote(play, "flo", on_behalf_of="ann"))
    last = accepted(skip(play, "gate"))
    assert last.touched[0].asking is not None
    assert last.touched[0].asking.status is GateStatus.OVERRIDDEN
    assert set(play.current.doers["gate"]) == {"ann", "flo"}


def test_who_is_pending_is_reminded_delegates_too() -> None:
    play = began(one_gate(Quorum(count=3), escalate=(Rung(after=HOUR, remind=("pending",)),)), CROWD)
    accepted(delegate(play, "ann", "flo"))
    accepted(delegate(play, "bo", "gil"))
    accepted(vote(play, "gil", on_behalf_of="bo"))
    play.advance(HOUR)
    assert play.reminded == {"ann", "flo", "cy", "di"}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(("delegate", "delegate", "vote", "vote", "vote", "back", "withdraw", "leave", "join", "off")),
        st.sampled_from(sorted(CROWD)),
        st.sampled_from(sorted(CROWD)),
        st.sampled_from(("approve", "approve", "reject", "abstain")),
    ),
    max_size=30,
)
QUORUMS = st.sampled_from(
    [Quorum(count=3), Quorum(percent=75), Quorum(everyone=True), Quorum(per_role={"red": 1, "green": 2})]
)


@settings(max_examples=300, deadline=None, print_blob=True)
@given(ACTS, QUORUMS, st.sampled_from(("any", "sequential")), st.sampled_from(("majority", "impossible")))
def test_no_right_is_used_twice_nobody_votes_twice_and_nobody_excluded_counts(
    acts: list[tuple[str, str, str, str]], quorum: Quorum, order: str, reject: str
) -> None:
    """Whatever is delegated, cast and lost, and in whatever order."""
    play = began(one_gate(quorum, order=order, reject=reject, exclude=("starter", "blue")), CROWD | {"sam": "red"})
    seated = {seat.person: seat.roles for seat in asking(play).seats or ()}
    for act, person, other, choice in acts:
        match act:
            case "delegate":
                delegate(play, person, other)
            case "back":
                delegate(play, person)
            case "vote":
                handed = person != other and any(one.to == person for one in _open(play))
                vote(play, person, choice, on_behalf_of=other if handed else None)
            case "withdraw":
                withdraw(play, person)
            case "leave":
                play.directory.leave(person, [])
            case "join":
                play.directory.join(person, ["blue" if choice == "reject" else "red"])
            case "off" if choice == "reject":
                play.directory.deactivate(person)
        visit = play.open_visit("gate")
        if visit is None or visit.asking is None:
            break
        votes = visit.asking.votes
        assert len({one.person for one in votes}) == len(votes)
        assert len({one.right for one in votes}) == len(votes)
        assert {one.right for one in votes} <= seated.keys()
        assert len({one.by for one in visit.asking.delegations}) == len(visit.asking.delegations)
        own = {one.person for one in votes if one.on_behalf_of is None}
        assert not own & {one.by for one in visit.asking.delegations}
    _check(play, seated)


def _open(play: Play) -> tuple[Delegation, ...]:
    visit = play.open_visit("gate")
    return visit.asking.delegations if visit is not None and visit.asking is not None else ()


def _check(play: Play, seated: dict[str, tuple[str, ...]]) -> None:
    """What the gate was decided on: votes of active people with a right that was held, none of them excluded."""
    said = data(play, "gate")
    if said is None:
        return
    people = [(one["by"], one.get("on_behalf_of") or one["by"]) for one in said["votes"]]
    assert len({by for by, _ in people}) == len({right for _, right in people}) == len(people)
    for by, right in people:
        holds = {by: play.directory.roles_of(by), right: play.directory.roles_of(right)}
        assert holds[by]
        assert set(seated[right]) & set(holds[right])
        assert "sam" not in holds
        assert not any("blue" in roles for roles in holds.values())
