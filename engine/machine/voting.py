"""Who may vote at a gate, change a vote or withdraw one (semantics section 4), as pure rules."""

from __future__ import annotations

from engine.definition import Definition, GateSpec
from engine.lifecycles import RUN_ENDED, Choice
from engine.machine import quorum, refusing
from engine.machine.commands import Refusal
from engine.machine.events import Facts
from engine.machine.state import Asking, Ended, Seat, State, Visit, Vote


def to_vote(
    definition: Definition,
    state: State,
    visit: int,
    person: str,
    facts: Facts,
    choice: Choice | None = None,
    comment: str = "",
    digest: str | None = None,
) -> Refusal | None:
    """Whether the person may vote now; with a choice also whether this vote may be cast."""
    refusal = to_speak(definition, state, visit, person, facts)
    if refusal is not None or choice is None:
        return refusal
    gate = state.visits[visit]
    spec = definition.steps[gate.step].does
    assert isinstance(spec, GateSpec)
    assert gate.asking is not None
    if not comment.strip() and (choice is Choice.RETURN or "comment" in spec.require):
        return Refusal("comment-required", "Say in a comment what should change." if choice is Choice.RETURN else "")
    if choice is Choice.ABSTAIN and spec.quorum.everyone:
        return Refusal("abstain-under-all")
    if choice is Choice.RETURN and definition.target(gate.step, "return") is None:
        return Refusal("return-not-offered")
    if digest is not None and digest != gate.asking.digest:
        return Refusal("old-digest")
    return None


def to_withdraw(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    refusal = to_speak(definition, state, visit, person, facts)
    if refusal is None and vote_of(_asking(state.visits[visit]), person) is None:
        return Refusal("not-open", "You have not voted here, so there is nothing to withdraw.")
    return refusal


def to_speak(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Whether the person may vote, change a vote or withdraw one, whatever it says."""
    refusal = _run_over(definition, state, visit) or refusing.to_touch(state) or _gate(definition, state, visit)
    if refusal is not None:
        return refusal
    gate = state.visits[visit]
    spec = definition.steps[gate.step].does
    asking = _asking(gate)
    assert isinstance(spec, GateSpec)
    refusal = refusing.excluded(definition, spec, state, person, facts.roles)
    if refusal is not None:
        return refusal
    seat = next((seat for seat in asking.seats or () if seat.person == person), None)
    if seat is None:
        if any(role in facts.roles for role in spec.approvers):
            return Refusal("not-in-role", "You joined after this gate had opened; its roster does not change.")
        return Refusal(
            "not-in-role", f"Only {refusing.names_of(spec.approvers)} decide here, and you are not among them."
        )
    seat = quorum.rights(seat, {person: facts.roles}, voted=True)
    if not seat.roles and not seat.stands_in:
        return Refusal("not-in-role", "You no longer have the role that you were asked in.")
    return _turn(spec, asking, seat)


def _turn(spec: GateSpec, asking: Asking, seat: Seat) -> Refusal | None:
    if spec.order != "sequential":
        return None
    vote = vote_of(asking, seat.person)
    if vote is not None and vote.stage != asking.stage:
        return Refusal("not-your-turn", "Your vote counts for a stage that is closed.")
    if quorum.may_speak(spec, seat, asking.stage):
        return None
    return Refusal("not-your-turn", f"{spec.approvers[asking.stage]} is asked now.")


def vote_of(asking: Asking, person: str) -> Vote | None:
    return next((vote for vote in asking.votes if vote.person == person), None)


def _run_over(definition: Definition, state: State, visit: int) -> Refusal | None:
    """Of a gate that was decided and ended the run with it, tell both."""
    line = _decided(definition, state, visit)
    if state.status not in RUN_ENDED or line is None:
        return None
    return Refusal("already-ended", f"This run has ended. {refusing.decided(line)}")


def _decided(definition: Definition, state: State, visit: int) -> Ended | None:
    """Return how this visit of a gate was decided, where it was the gate's last and did not just go away."""
    return next(
        (
            line
            for step, line in state.ended.items()
            if line.visit == visit and line.result and definition.steps[step.partition("@")[0]].kind == "gate"
        ),
        None,
    )


def _gate(definition: Definition, state: State, visit: int) -> Refusal | None:
    gate = state.visits.get(visit)
    if gate is None:
        line = _decided(definition, state, visit)
        if line is not None:
            return Refusal("already-decided", refusing.decided(line))
        return refusing.gone(definition, state, visit)
    if definition.steps[gate.step].kind != "gate":
        return Refusal("not-open", "This step is not a gate.")
    return Refusal("not-open") if gate.asking is None or gate.asking.seats is None else None


def _asking(gate: Visit) -> Asking:
    assert gate.asking is not None
    return gate.asking
