"""Refusals: the order of their codes, the sentences people read, events out of place (semantics [refusals])."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.definition import Quorum
from engine.lifecycles import REFUSALS, Choice
from engine.machine.commands import Refusal
from engine.machine.events import Cancel, CastVote, Facts
from tests.engine.building import gate, playbook, task
from tests.engine.machine.playing import (
    OPERATOR,
    accepted,
    began,
    code,
    open_steps,
    retry,
    roles,
    skip,
    vote,
    with_gate,
    withdraw,
)


def test_the_codes_are_tried_in_their_order() -> None:
    """Semantics [refusals]: of everything that is wrong at once, the first of the table is given."""
    built = with_gate(
        playbook(
            gate("gate", approvers=("red", "green"), quorum=Quorum(everyone=True), exclude=("starter",)),
            roles=roles("red", "green", "blue"),
        ),
        require=("comment",),
        order="sequential",
    )
    play = began(built, {"sam": "red", "ann": "red", "cy": "green"})

    def ask(person: str, choice: str, comment: str = "", digest: str = "wrong") -> str:
        return code(vote(play, person, choice, comment=comment, digest=digest))

    assert ask("sam", "return") == "excluded"
    assert ask("eve", "return") == "not-in-role"
    assert ask("cy", "return") == "not-your-turn"
    assert ask("ann", "abstain") == ask("ann", "abstain", " \n") == "comment-required"
    assert ask("ann", "abstain", "x") == "abstain-under-all"
    assert ask("ann", "return", "x") == "return-not-offered"
    assert ask("ann", "approve", "x") == "old-digest"
    assert code(play.apply(_vote(play.current.at, 7))) == "not-open"
    play.state = replace(play.current, paused=True)
    assert ask("sam", "return") == "paused"
    assert code(play.complete("gate", "sam", {})) == "paused"
    play.state = replace(play.current, seq=20_000)
    assert ask("sam", "return") == "too-long"
    accepted(play.apply(Cancel(at=play.now, actor="operator", facts=OPERATOR)))
    assert ask("sam", "return") == "already-ended"
    codes = list(REFUSALS)
    wanted = ["already-ended", "too-long", "paused", "already-decided", "not-open", "excluded", "not-in-role"]
    wanted += ["not-your-turn", "claimed-by", "comment-required", "evidence-required", "reauthenticate"]
    wanted += ["abstain-under-all", "return-not-offered", "old-digest"]
    assert codes == [*wanted, "needs-mapping", "would-repeat", "would-skip-gate"]


def _vote(at: object, visit: int) -> CastVote:
    return CastVote(at=at, actor="ann", visit=visit, choice=Choice.APPROVE, digest="x")


def test_whoever_comes_too_late_is_told_who_was_first() -> None:
    built = playbook(gate("gate", approvers=("red",)), task("after"), roles=roles("red"))
    play = began(built, {"ann": "red", "bo": "red"})
    play.advance(timedelta(minutes=12))
    accepted(vote(play, "ann"))
    assert vote(play, "bo") == Refusal("already-decided", "Already approved by ann at 09:12.")
    assert withdraw(play, "ann") == Refusal("already-decided", "Already approved by ann at 09:12.")
    accepted(play.complete("after", "sam", {}))
    assert vote(play, "bo") == Refusal("already-ended", "This run has ended. Already approved by ann at 09:12.")
    assert play.complete("after", "sam", {}) == Refusal("already-ended", "This run has ended: it is completed.")


def test_a_lost_role_is_named_as_such() -> None:
    play = began(playbook(gate("gate", approvers=("red",)), roles=roles("red")), {"ann": "red", "bo": "red"})
    play.directory.leave("ann", ["red"])
    assert vote(play, "ann") == Refusal("not-in-role", "You no longer have the role that you were asked in.")
    play.directory.join("cy", ["red"])
    assert vote(play, "cy") == Refusal(
        "not-in-role", "You joined after this gate had opened; its roster does not change."
    )
    assert vote(play, "eve") == Refusal("not-in-role", "Only red decide here, and you are not among them.")


def test_operators_and_nobody_else_operate() -> None:
    play = began(playbook(task("task")), {})
    nobody = Facts(roles=("user:sam",))
    assert code(skip(play, "task", "sam", nobody)) == "not-in-role"
    assert code(retry(play, "task", nobody)) == "not-open", "there is nothing to retry"
    assert code(play.apply(Cancel(at=play.now, actor="sam", facts=nobody))) == "not-in-role"
    assert code(retry(play, "task")) == "not-open"
    assert open_steps(play) == ["task"]


def test_only_whom_the_gate_does_not_exclude_may_skip_it() -> None:
    play = began(playbook(gate("gate", approvers=("red",)), roles=roles("red")), {"ann": "red"})
    assert code(skip(play, "gate", "sam", replace(OPERATOR, roles=("user:sam",)))) == "excluded"
    accepted(skip(play, "gate"))
