"""Who may vote at a gate, change a vote, withdraw one or hand it to somebody (semantics section 4), as pure rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from engine.definition import Definition, GateSpec
from engine.lifecycles import RUN_ENDED, Choice
from engine.machine import exclusion, quorum, refusing
from engine.machine.commands import Refusal
from engine.machine.events import Facts
from engine.machine.state import Asking, Delegation, Ended, Seat, State, Visit, Vote


def to_vote(
    definition: Definition,
    state: State,
    visit: int,
    person: str,
    facts: Facts,
    choice: Choice | None = None,
    comment: str = "",
    digest: str | None = None,
    on_behalf_of: str | None = None,
) -> Refusal | None:
    """Whether the person may vote now; with a choice also whether this vote may be cast."""
    refusal = to_speak(definition, state, visit, person, facts, on_behalf_of)
    if refusal is not None or choice is None:
        return refusal
    gate = state.visits[visit]
    spec, asking = _spec(definition, gate), _asking(gate)
    if not comment.strip() and (choice is Choice.RETURN or "comment" in spec.require):
        return Refusal("comment-required", "Say in a comment what should change." if choice is Choice.RETURN else "")
    if choice is Choice.ABSTAIN and spec.quorum.everyone:
        return Refusal("abstain-under-all")
    if choice is Choice.RETURN and definition.target(gate.step, "return") is None:
        return Refusal("return-not-offered")
    if digest is not None and digest != asking.digest:
        return Refusal("old-digest")
    return None


def to_vote_for_anybody(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Whether the person may vote now, with the own right or with that of somebody who delegated to them."""
    refusal = to_speak(definition, state, visit, person, facts)
    if refusal is None or refusal.code != "not-in-role":
        return refusal
    for delegator in delegators(_asking(state.visits[visit]), person):
        refusal = to_speak(definition, state, visit, person, facts, delegator)
        if refusal is None:
            return None
    return refusal


def to_withdraw(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Whoever cast a vote may take it back, also one cast with the right of another."""
    gate = state.visits.get(visit)
    vote = vote_of(gate.asking, person) if gate is not None and gate.asking is not None else None
    delegator = vote.on_behalf_of if vote is not None else None
    refusal = to_speak(definition, state, visit, person, facts, delegator, casts=False)
    if refusal is None and vote is None:
        return Refusal("not-open", "You have not voted here, so there is nothing to withdraw.")
    return refusal


def to_speak(
    definition: Definition,
    state: State,
    visit: int,
    person: str,
    facts: Facts,
    on_behalf_of: str | None = None,
    casts: bool = True,
) -> Refusal | None:
    """Whether the person may vote, change a vote or (not `casts`) withdraw one, whatever it says.

    With the own right, or with that of whoever delegated to them.
    """
    refusal = _closed(definition, state, visit)
    if refusal is not None:
        return refusal
    gate = state.visits[visit]
    spec, asking = _spec(definition, gate), _asking(gate)
    refusal = refusing.excluded(definition, spec, state, person, facts.roles)
    if refusal is not None:
        return refusal
    if on_behalf_of is not None:
        return _to_speak_for(definition, state, gate, person, facts, on_behalf_of, casts)
    seat = seat_of(asking, person, facts.roles)
    if seat is None:
        return _no_right(spec, asking, person, facts)
    return _turn(spec, asking, seat, person) or _spoken_for(definition, state, gate, person, facts)


def _to_speak_for(
    definition: Definition, state: State, gate: Visit, person: str, facts: Facts, delegator: str, casts: bool
) -> Refusal | None:
    spec, asking = _spec(definition, gate), _asking(gate)
    held = facts.voters.get(delegator, ())
    entry = exclusion.excluded_by(definition, spec, state.started_by, state.doers, delegator, held)
    if entry is not None:
        return Refusal("excluded", f"{delegator} {exclusion.why(definition, entry)}, and so nobody decides for them.")
    if not any((one.by, one.to) == (delegator, person) for one in asking.delegations):
        return Refusal("not-in-role", f"{delegator} has not delegated to you here.")
    if not facts.roles:
        return Refusal("not-in-role", "Your account is not active.")
    if casts and seat_of(asking, person, facts.roles) is not None:
        return Refusal("not-in-role", f"You have a vote of your own here. Nobody votes for two, not for {delegator}.")
    seat = seat_of(asking, delegator, held)
    if seat is None:
        return Refusal("not-in-role", f"{delegator} no longer has the role that they were asked in.")
    return _turn(spec, asking, seat, person)


def to_delegate(
    definition: Definition, state: State, visit: int, person: str, facts: Facts, to: str | None = None
) -> Refusal | None:
    """Whether the person may hand their vote at this gate to `to`, or (where it is empty) take it back.

    Without `to`, whether they may hand it to anybody at all.
    """
    refusal = _closed(definition, state, visit)
    if refusal is not None:
        return refusal
    gate = state.visits[visit]
    spec, asking = _spec(definition, gate), _asking(gate)
    refusal = refusing.excluded(definition, spec, state, person, facts.roles)
    if refusal is not None:
        return refusal
    if to:
        entry = exclusion.excluded_by(definition, spec, state.started_by, state.doers, to, facts.voters.get(to, ()))
        if entry is not None and to != person:
            return Refusal("excluded", f"{to[:80]} {exclusion.why(definition, entry)} and may not decide here.")
    if seat_of(asking, person, facts.roles) is None:
        if any(one.to == person for one in asking.delegations):
            return Refusal("not-in-role", "A vote that was delegated to you cannot be passed on.")
        return _no_right(spec, asking, person, facts)
    refusal = _spoken_for(definition, state, gate, person, facts)
    if refusal is not None:
        return refusal
    if vote_of(asking, person) is not None:
        return Refusal("not-open", "You have voted here. Withdraw your vote before you delegate.")
    return None if to is None else _handing(spec, asking, Delegation(person, to, state.at), facts)


def _handing(spec: GateSpec, asking: Asking, wanted: Delegation, facts: Facts) -> Refusal | None:
    person, to = wanted.by, wanted.to
    there = next((one for one in asking.delegations if one.by == person), None)
    if not to:
        return None if there is not None else Refusal("not-open", "You have not delegated your vote here.")
    if to == person:
        return Refusal("field:to", "Choose somebody else: your vote is yours already.")
    if there is not None and there.to == to:
        return Refusal("field:to", f"You have delegated to {to} already.")
    if not facts.voters.get(to):
        return Refusal("field:to", f"There is nobody called {to[:80]} who is active.")
    others = tuple(one for one in asking.delegations if one.by != person)
    votes_here = seat_of(asking, to, facts.voters[to]) is not None
    is_taken = votes_here or vote_of(asking, to) is not None or any(one.to == to for one in others)
    then = replace(asking, delegations=(*others, wanted))
    if is_taken and not quorum.can_be_met(spec, then, facts.voters):
        why = "votes here already" if votes_here else "votes here for somebody else"
        return Refusal("field:to", f"{to} {why}, and without your vote the quorum could not be met.")
    return None


def delegators(asking: Asking, person: str) -> tuple[str, ...]:
    """Return who has delegated to this person here, in the order in which they did."""
    return tuple(one.by for one in asking.delegations if one.to == person)


def seat_of(asking: Asking, person: str, holds: Collection[str]) -> Seat | None:
    """Return the seat of this person as far as they still hold what it rests on; None where nothing is left of it."""
    seat = next((seat for seat in asking.seats or () if seat.person == person), None)
    if seat is None:
        return None
    seat = quorum.rights(seat, {person: holds}, voted=True)
    return seat if seat.roles or seat.stands_in else None


def _no_right(spec: GateSpec, asking: Asking, person: str, facts: Facts) -> Refusal:
    """Say why this person has no vote of their own here."""
    handed = delegators(asking, person)
    if handed:
        return Refusal("not-in-role", f"You vote here for {refusing.names_of(handed)}, not for yourself.")
    if any(seat.person == person for seat in asking.seats or ()):
        return Refusal("not-in-role", "You no longer have the role that you were asked in.")
    if any(role in facts.roles for role in spec.approvers):
        return Refusal("not-in-role", "You joined after this gate had opened; its roster does not change.")
    return Refusal("not-in-role", f"Only {refusing.names_of(spec.approvers)} decide here, and you are not among them.")


def _turn(spec: GateSpec, asking: Asking, seat: Seat, person: str) -> Refusal | None:
    if spec.order != "sequential":
        return None
    vote = vote_of(asking, person)
    if vote is not None and vote.stage != asking.stage:
        return Refusal("not-your-turn", "Your vote counts for a stage that is closed.")
    if quorum.may_speak(spec, seat, asking.stage):
        return None
    return Refusal("not-your-turn", f"{spec.approvers[asking.stage]} is asked now.")


def _spoken_for(definition: Definition, state: State, gate: Visit, person: str, facts: Facts) -> Refusal | None:
    """Whether the delegate of this person has voted: then the right is used, unless that vote no longer counts."""
    vote = next((vote for vote in _asking(gate).votes if vote.on_behalf_of == person), None)
    if vote is None:
        return None
    held = facts.voters.get(vote.person, ())
    if not held or refusing.excluded(definition, _spec(definition, gate), state, vote.person, held):
        return None
    return Refusal("claimed-by", f"Already voted by {vote.person}, to whom you delegated.")


def vote_of(asking: Asking, person: str) -> Vote | None:
    return next((vote for vote in asking.votes if vote.person == person), None)


def _closed(definition: Definition, state: State, visit: int) -> Refusal | None:
    """Say why nobody can do anything here at all: the run has ended or stands still, the gate is not open."""
    return _run_over(definition, state, visit) or refusing.to_touch(state) or _gate(definition, state, visit)


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
    asking = gate.asking
    if asking is not None and asking.count is None and _spec(definition, gate).quorum.by_data is not None:
        return Refusal("not-open", "It is not known yet how many must approve; an operator has been told.")
    return Refusal("not-open") if asking is None or asking.seats is None else None


def _spec(definition: Definition, gate: Visit) -> GateSpec:
    spec = definition.steps[gate.step].does
    assert isinstance(spec, GateSpec)
    return spec


def _asking(gate: Visit) -> Asking:
    assert gate.asking is not None
    return gate.asking
