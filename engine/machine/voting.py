"""Who may vote at a gate, change a vote or withdraw one (semantics section 4), as pure rules.

Handing a vote to somebody at one gate is `delegating`'s.
"""

from __future__ import annotations

from collections.abc import Collection

from engine import attachments
from engine.attachments import Attachment
from engine.definition import Definition, GateSpec
from engine.lifecycles import RUN_ENDED, Choice
from engine.machine import exclusion, quorum, refusing
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
    on_behalf_of: str | None = None,
    evidence: Collection[Attachment] = (),
) -> Refusal | None:
    """Whether the person may vote now; with a choice also whether this vote may be cast.

    What the gate requires it requires of every vote, whatever it says.
    """
    refusal = to_speak(definition, state, visit, person, facts, on_behalf_of)
    if refusal is not None or choice is None:
        return refusal
    gate = state.visits[visit]
    spec, asking = spec_of(definition, gate), asking_of(gate)
    if not comment.strip() and (choice is Choice.RETURN or "comment" in spec.require):
        return Refusal("comment-required", "Say in a comment what should change." if choice is Choice.RETURN else "")
    if "evidence" in spec.require and not evidence:
        return Refusal("evidence-required", "Every vote here needs a file or a link as evidence.")
    if "reauthenticate" in spec.require and not facts.reauthenticated:
        return Refusal("reauthenticate")
    if choice is Choice.ABSTAIN and spec.quorum.everyone:
        return Refusal("abstain-under-all")
    if choice is Choice.RETURN and definition.target(gate.step, "return") is None:
        return Refusal("return-not-offered")
    if digest is not None and digest != asking.digest:
        return Refusal("old-digest")
    wrong = attachments.trouble(evidence)
    return Refusal("field:files", wrong) if wrong else None


def to_vote_for_anybody(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Whether the person may vote now, with the own right or with that of somebody who delegated to them."""
    refusal = to_speak(definition, state, visit, person, facts)
    if refusal is None or refusal.code != "not-in-role" or facts.service:
        return refusal
    for delegator in delegators(asking_of(state.visits[visit]), person, facts):
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
    refusal = closed(definition, state, visit)
    if refusal is not None:
        return refusal
    gate = state.visits[visit]
    spec, asking = spec_of(definition, gate), asking_of(gate)
    refusal = refusing.excluded(definition, spec, state, person, facts.roles, visit) or refusing.of_service(facts)
    if refusal is not None:
        return refusal
    if on_behalf_of is not None:
        return _to_speak_for(definition, state, gate, person, facts, on_behalf_of, casts)
    seat = seat_of(asking, person, facts.roles)
    if seat is None:
        return no_right(spec, asking, person, facts)
    return _turn(spec, asking, seat, person) or spoken_for(definition, state, gate, person, facts)


def _to_speak_for(
    definition: Definition, state: State, gate: Visit, person: str, facts: Facts, delegator: str, casts: bool
) -> Refusal | None:
    """The rule of delegation: at this gate or beforehand, with the delegator's right as it is at this instant.

    To withdraw, the delegation need not be in force any more: whoever has cast a vote can take it back.
    """
    spec, asking = spec_of(definition, gate), asking_of(gate)
    held = facts.voters.get(delegator, ())
    did = exclusion.doers(state.doers, state.visits, gate.number)
    entry = exclusion.excluded_by(definition, spec, state.started_by, did, delegator, held)
    if entry is not None:
        return Refusal("excluded", f"{delegator} {exclusion.why(definition, entry)}, and so nobody decides for them.")
    if casts and delegator not in delegators(asking, person, facts):
        return _not_handed(asking, person, facts, delegator)
    if not facts.roles:
        return Refusal("not-in-role", "Your account is not active.")
    if casts and seat_of(asking, person, facts.roles) is not None:
        return Refusal("not-in-role", f"You have a vote of your own here. Nobody votes for two, not for {delegator}.")
    seat = seat_of(asking, delegator, held)
    if seat is None:
        return Refusal("not-in-role", f"{delegator} no longer has the role that they were asked in.")
    refusal = _turn(spec, asking, seat, person)
    return refusal or (_used(definition, state, gate, person, facts, delegator) if casts else None)


def _not_handed(asking: Asking, person: str, facts: Facts, delegator: str) -> Refusal:
    """Say why this person does not vote for that one: no delegation, another that goes before it, or no seat."""
    handed = next((one.to for one in asking.delegations if one.by == delegator), None)
    if delegator not in facts.delegators:
        return Refusal("not-in-role", f"{delegator} has not delegated to you here.")
    if handed is not None:
        return Refusal("not-in-role", f"{delegator} has delegated to {handed} here, which goes before.")
    return Refusal("not-in-role", f"{delegator} is not asked here, and so nobody votes for them.")


def _used(
    definition: Definition, state: State, gate: Visit, person: str, facts: Facts, delegator: str
) -> Refusal | None:
    """Whether the right of this delegator is used already: by themselves, or by another who acts for them."""
    if vote_of(asking_of(gate), delegator) is not None:
        return Refusal("claimed-by", f"{delegator} has voted already.")
    vote = _cast_for(definition, state, gate, facts, delegator)
    if vote is None or vote.person == person:
        return None
    return Refusal("claimed-by", f"{vote.person} has voted for {delegator} already.")


def delegators(asking: Asking, person: str, facts: Facts | None = None) -> tuple[str, ...]:
    """Return for whom this person may be asked to vote here, in the order in which they delegated.

    First those who handed this gate to them; then, with facts, those who delegated to them beforehand, are asked here
    and have handed this gate to nobody.
    """
    here = tuple(one.by for one in asking.delegations if one.to == person)
    beforehand = () if facts is None else facts.delegators
    return (*here, *(name for name in standing_in(asking, beforehand) if name != person))


def standing_in(asking: Asking, names: Collection[str]) -> tuple[str, ...]:
    """Return those of these people, who have delegated beforehand, whose vote is somebody else's by that alone."""
    handed = {one.by for one in asking.delegations}
    seated = {seat.person for seat in asking.seats or ()}
    return tuple(name for name in names if name in seated and name not in handed)


def seat_of(asking: Asking, person: str, holds: Collection[str]) -> Seat | None:
    """Return the seat of this person as far as they still hold what it rests on; None where nothing is left of it."""
    seat = next((seat for seat in asking.seats or () if seat.person == person), None)
    if seat is None:
        return None
    seat = quorum.rights(seat, {person: holds}, voted=True)
    return seat if seat.roles or seat.stands_in else None


def no_right(spec: GateSpec, asking: Asking, person: str, facts: Facts) -> Refusal:
    """Say why this person has no vote of their own here."""
    handed = delegators(asking, person, facts)
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


def spoken_for(definition: Definition, state: State, gate: Visit, person: str, facts: Facts) -> Refusal | None:
    """Whether a delegate of this person has voted: then the right is used, unless that vote no longer counts."""
    vote = _cast_for(definition, state, gate, facts, person)
    if vote is None:
        return None
    return Refusal("claimed-by", f"Already voted by {vote.person}, to whom you delegated.")


def _cast_for(definition: Definition, state: State, gate: Visit, facts: Facts, person: str) -> Vote | None:
    """Return the vote that a delegate has cast with the right of this person, while it counts."""
    vote = next((vote for vote in asking_of(gate).votes if vote.on_behalf_of == person), None)
    if vote is None:
        return None
    held = facts.voters.get(vote.person, ())
    if not held or refusing.excluded(definition, spec_of(definition, gate), state, vote.person, held, gate.number):
        return None
    return vote


def vote_of(asking: Asking, person: str) -> Vote | None:
    return next((vote for vote in asking.votes if vote.person == person), None)


def closed(definition: Definition, state: State, visit: int) -> Refusal | None:
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
    if asking is not None and asking.count is None and spec_of(definition, gate).quorum.by_data is not None:
        return Refusal("not-open", "It is not known yet how many must approve; an operator has been told.")
    return Refusal("not-open") if asking is None or asking.seats is None else None


def spec_of(definition: Definition, gate: Visit) -> GateSpec:
    spec = definition.steps[gate.step].does
    assert isinstance(spec, GateSpec)
    return spec


def asking_of(gate: Visit) -> Asking:
    assert gate.asking is not None
    return gate.asking
