"""Who may hand their vote at one gate to somebody (semantics [one vote]), as pure rules.

A delegation beforehand, until a date, is none of the run's: it is among the facts (`Facts.delegators`).
"""

from __future__ import annotations

from dataclasses import replace

from engine.definition import Definition, GateSpec
from engine.machine import exclusion, quorum, refusing, voting
from engine.machine.commands import Refusal
from engine.machine.events import Facts
from engine.machine.state import Asking, Delegation, State


def to_delegate(
    definition: Definition, state: State, visit: int, person: str, facts: Facts, to: str | None = None
) -> Refusal | None:
    """Whether the person may hand their vote at this gate to `to`, or (where it is empty) take it back.

    Without `to`, whether they may hand it to anybody at all.
    """
    refusal = voting.closed(definition, state, visit)
    if refusal is not None:
        return refusal
    gate = state.visits[visit]
    spec, asking = voting.spec_of(definition, gate), voting.asking_of(gate)
    refusal = refusing.excluded(definition, spec, state, person, facts.roles, visit) or refusing.of_service(facts)
    if refusal is not None:
        return refusal
    if to:
        did = exclusion.doers(state.doers, state.visits, visit)
        entry = exclusion.excluded_by(definition, spec, state.started_by, did, to, facts.voters.get(to, ()))
        if entry is not None and to != person:
            return Refusal("excluded", f"{to[:80]} {exclusion.why(definition, entry)} and may not decide here.")
    if voting.seat_of(asking, person, facts.roles) is None:
        if voting.delegators(asking, person, facts):
            return Refusal("not-in-role", "A vote that was delegated to you cannot be passed on.")
        return voting.no_right(spec, asking, person, facts)
    refusal = voting.spoken_for(definition, state, gate, person, facts)
    if refusal is not None:
        return refusal
    if voting.vote_of(asking, person) is not None:
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
        return refusing.nobody(to)
    others = tuple(one for one in asking.delegations if one.by != person)
    votes_here = voting.seat_of(asking, to, facts.voters[to]) is not None
    is_taken = votes_here or voting.vote_of(asking, to) is not None or any(one.to == to for one in others)
    then = replace(asking, delegations=(*others, wanted))
    if is_taken and not quorum.can_be_met(spec, then, facts.voters):
        why = "votes here already" if votes_here else "votes here for somebody else"
        return Refusal("field:to", f"{to} {why}, and without your vote the quorum could not be met.")
    return None
