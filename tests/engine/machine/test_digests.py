"""What a vote is bound to (semantics [digest])."""

from __future__ import annotations

from dataclasses import replace

from engine.definition import Definition, FieldSpec, Quorum
from tests.engine.building import gate, playbook, task
from tests.engine.machine.playing import (
    PEOPLE,
    N,
    accepted,
    asking,
    began,
    code,
    one_gate,
    roles,
    vote,
    with_gate,
)


def test_a_shown_value_that_changes_voids_the_votes() -> None:
    """Whatever changed it; here the books alone, without an event."""
    from engine.machine import gates
    from engine.machine.turn import Turn

    built = with_gate(one_gate(Quorum(count=2)), show=("steps.done",))
    play = began(built, PEOPLE)
    accepted(vote(play, "ann"))
    before = asking(play)
    turn = Turn(built, play.current, play.now, "operator", play.facts("operator"))
    turn.change_value("done", "", {"price": 3})
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


def digest(definition: Definition, price: int = 1, n: int = 1) -> str:
    play = began(definition, {"ann": "red"}, n=n)
    accepted(play.complete("plan", "sam", {"price": price}))
    return asking(play).digest


def shown(*names: str, ask: str = "Buy?") -> Definition:
    return playbook(
        task("plan", form=(FieldSpec("price", "integer"),)),
        gate("gate", approvers=("red",), show=names, ask=ask, on_reject="plan"),
        inputs=N,
        roles=roles("red"),
        names={"inputs.n": "int", "steps.plan.price": "int"},
    )


def test_the_digest_changes_with_the_question_and_with_what_is_shown_and_with_nothing_else() -> None:
    built = shown("steps.plan.price")
    assert digest(built) == digest(built)
    assert digest(built, price=2) != digest(built)
    assert digest(built, n=2) == digest(built), "the input is not shown"
    assert digest(shown("steps.plan.price", ask="Buy it?")) != digest(built)
    asked = shown(ask="Buy for ${steps.plan.price}?")
    assert digest(asked, price=2) != digest(asked)


def test_without_show_the_inputs_are_shown() -> None:
    built = shown()
    assert digest(built, n=2) != digest(built)
    assert digest(built, price=2) == digest(built)


def test_another_visit_of_a_shown_step_is_another_digest_though_it_says_the_same() -> None:
    play = began(shown("steps.plan.price"), {"ann": "red"}, n=1)
    accepted(play.complete("plan", "sam", {"price": 1}))
    first = asking(play).digest
    accepted(vote(play, "ann", "reject"))
    accepted(play.complete("plan", "sam", {"price": 1}))
    assert asking(play).digest != first
    assert code(vote(play, "ann", digest=first)) == "old-digest"


def test_another_definition_is_another_digest() -> None:
    built = shown("inputs")
    assert digest(replace(built, title="Another")) != digest(built)


def test_what_is_shown_is_named_as_written_and_what_is_unset_is_left_out() -> None:
    play = began(shown("inputs", "inputs.n", "steps.plan", "steps.gate", "steps.plan.price"), {"ann": "red"}, n=4)
    accepted(play.complete("plan", "sam", {"price": 1}))
    seen = asking(play).shown
    assert list(seen) == ["inputs", "inputs.n", "steps.plan", "steps.plan.price"]
    assert (seen["inputs"], seen["inputs.n"], seen["steps.plan.price"]) == ({"n": 4}, 4, 1)
    assert seen["steps.plan"]["by"] == "sam"
