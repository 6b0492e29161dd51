"""People approve it: asking, votes, and the one event that closes a gate (semantics section 4).

Takes whom it asks from `rosters`, the arithmetic from `quorum`, exclusions and digest from `exclusion`, the refusals
from `voting`.
A gate closes by a vote, by a rung of its ladder, by an operator's skip or with what it stands in; never by
the directory alone, whose answers only open and resolve incidents.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine import values
from engine.attachments import Attachment, written
from engine.definition import GateSpec
from engine.expressions import EvaluationError, whole
from engine.expressions.types import shown
from engine.lifecycles import Choice, GateStatus
from engine.machine import delegating, endings, exclusion, knowledge, quorum, voting
from engine.machine.commands import Refusal
from engine.machine.events import CastVote, Delegate, Facts, Withdraw
from engine.machine.rosters import ask_roster, asking_of, spec_of, watch
from engine.machine.state import Asking, Delegation, Visit, Vote
from engine.machine.turn import Turn

_TRIGGERS = {GateStatus.APPROVED: "approve", GateStatus.REJECTED: "reject", GateStatus.RETURNED: "return"}


def open_gate(turn: Turn, visit: Visit, spec: GateSpec) -> None:
    """Put the question, fix what is shown and how many must approve, and ask the directory who is to decide."""
    asking = question(turn, visit, spec)
    if visit.asking is not None:  # once more, as the number of approvals could not be had: whoever was added stays
        asking = replace(visit.asking, question=asking.question, shown=asking.shown, digest=asking.digest)
    visit = turn.change(visit, asking=asking)
    turn.move("asked", visit, question=asking.question, digest=asking.digest)
    if spec.quorum.by_data is not None:
        try:
            visit = turn.change(visit, asking=replace(asking, count=_count(turn, visit, spec.quorum.by_data)))
        except EvaluationError as error:
            turn.incident(visit, "expression", f"`quorum`: {error}")
            return
    ask_roster(turn, visit)


def _count(turn: Turn, visit: Visit, source: str) -> int:
    """Return how many must approve, by data. Raises `EvaluationError` where that is no number from 1."""
    only = whole(source)
    assert only is not None, "the compiler lets nothing but one `${…}` through"
    count = turn.value(only.text, visit)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise EvaluationError(f"`{source}` gives {shown(count)}, and a whole number from 1 is needed.")
    return count


def question(turn: Turn, visit: Visit, spec: GateSpec) -> Asking:
    """Return what the gate asks and shows now, before anybody is asked."""
    asks = turn.text(spec.ask, visit)
    return Asking(asks, _shown(turn, visit, spec), _digest(turn, visit, spec, asks))


def _shown(turn: Turn, visit: Visit, spec: GateSpec) -> dict[str, Any]:
    return exclusion.shown(spec, knowledge.visible(turn.values, visit.scope), turn.inputs)


def _digest(turn: Turn, visit: Visit, spec: GateSpec, question: str) -> str:
    counts = knowledge.visible(turn.counts, visit.scope)
    return exclusion.digest(turn.definition, spec, question, _shown(turn, visit, spec), turn.inputs, counts)


def vote(turn: Turn, event: CastVote) -> Refusal | None:
    refusal = voting.to_vote(
        turn.definition,
        turn.base,
        event.visit,
        event.actor,
        event.facts,
        event.choice,
        event.comment,
        event.digest,
        event.on_behalf_of,
        event.evidence,
    )
    if refusal is not None:
        return refusal
    visit = turn.visits[event.visit]
    right = event.on_behalf_of or event.actor
    if right == event.actor:
        visit = _take_back(turn, visit, event.actor, "voted")
    visit = _freed(turn, visit, right, event.actor)
    asking = asking_of(visit)
    earlier = voting.vote_of(asking, event.actor)
    seat = next(seat for seat in asking.seats or () if seat.person == right)
    holds = event.facts.roles if event.on_behalf_of is None else event.facts.voters[event.on_behalf_of]
    cast = Vote(
        event.actor,
        event.choice,
        event.comment,
        turn.at,
        event.digest,
        tuple(role for role in seat.roles if role in holds),
        asking.stage,
        event.on_behalf_of,
        event.evidence,
    )
    if earlier is not None and replace(cast, at=earlier.at) == earlier and not _decided(turn, visit, event):
        return Refusal("claimed-by", "You have voted so already, and one person counts once.")
    others = tuple(other for other in asking.votes if other is not earlier)
    visit = turn.change(visit, asking=replace(asking, votes=(*others, cast)))
    turn.move(
        "voted",
        visit,
        person=event.actor,
        choice=event.choice.value,
        comment=event.comment,
        changed=earlier is not None,
        **endings.on_behalf_of(event.on_behalf_of),
        **_with(event.evidence),
    )
    count(turn, visit, event.facts, event.actor)
    return None


def withdraw(turn: Turn, event: Withdraw) -> Refusal | None:
    refusal = voting.to_withdraw(turn.definition, turn.base, event.visit, event.actor, event.facts)
    if refusal is not None:
        return refusal
    visit = turn.visits[event.visit]
    asking = asking_of(visit)
    votes = tuple(vote for vote in asking.votes if vote.person != event.actor)
    visit = turn.change(visit, asking=replace(asking, votes=votes))
    turn.move("withdrawn", visit, person=event.actor)
    count(turn, visit, event.facts, event.actor)
    return None


def _freed(turn: Turn, visit: Visit, right: str, person: str) -> Visit:
    """Take away the vote that somebody else cast with this right: it no longer counts, or nobody could vote anew."""
    asking = asking_of(visit)
    void = [vote for vote in asking.votes if vote.right == right and vote.person != person]
    if not void:
        return visit
    turn.move("voided", visit, people=[vote.person for vote in void])
    return turn.change(visit, asking=replace(asking, votes=tuple(vote for vote in asking.votes if vote not in void)))


def _with(evidence: tuple[Attachment, ...]) -> dict[str, Any]:
    """Name the files and links of a vote where there are any."""
    return {"evidence": written(evidence)} if evidence else {}


def delegate(turn: Turn, event: Delegate) -> Refusal | None:
    """Hand the actor's vote at this gate to somebody, instead of to whom it was handed before, or take it back."""
    refusal = delegating.to_delegate(turn.definition, turn.base, event.visit, event.actor, event.facts, event.to)
    if refusal is not None:
        return refusal
    visit = _take_back(turn, turn.visits[event.visit], event.actor, "replaced" if event.to else "taken back")
    if event.to:
        asking = asking_of(visit)
        handed = (*asking.delegations, Delegation(event.actor, event.to, turn.at))
        visit = turn.change(visit, asking=replace(asking, delegations=handed))
        turn.move("delegated", visit, person=event.actor, to=event.to)
    return None


def _take_back(turn: Turn, visit: Visit, person: str, how: str) -> Visit:
    """End this person's delegation, if there is one."""
    asking = asking_of(visit)
    ended = next((one for one in asking.delegations if one.by == person), None)
    if ended is None:
        return visit
    turn.move("undelegated", visit, person=person, to=ended.to, how=how)
    left = tuple(one for one in asking.delegations if one is not ended)
    return turn.change(visit, asking=replace(asking, delegations=left))


def count(turn: Turn, visit: Visit, facts: Facts, actor: str) -> None:
    """Count the votes with fresh facts on all who spoke; close the gate when they decide it."""
    tally = _tally(turn, visit, facts, actor)
    if tally.decided is not None:
        close(turn, visit, tally.decided, actor, tally)
        return
    watch(turn, visit, tally)


def _tally(turn: Turn, visit: Visit, facts: Facts, actor: str) -> quorum.Tally:
    spec, asking = spec_of(turn, visit), asking_of(visit)
    held = {actor: facts.roles, **facts.voters}
    did = exclusion.doers(turn.doers, turn.visits, visit.number)

    def is_excluded(person: str) -> bool:
        holds = held.get(person, ())
        return exclusion.excluded_by(turn.definition, spec, turn.base.started_by, did, person, holds) is not None

    return quorum.tally(spec, asking, held, filter(is_excluded, asking.spoke))


def _decided(turn: Turn, visit: Visit, event: CastVote) -> bool:
    """Whether the votes as they are decide it by now: somebody's right has come back since they were counted."""
    return _tally(turn, visit, event.facts, event.actor).decided is not None


def close(turn: Turn, visit: Visit, status: GateStatus, by: str, tally: quorum.Tally | None = None) -> None:
    """Close the gate, once. `by` is a person, or `rung:<n>` where a rule of the playbook decided."""
    asking = asking_of(visit)
    tally = tally or quorum.tally(spec_of(turn, visit), asking)
    lost = [vote.person for vote in asking.votes if vote.person not in tally.valid]
    if lost:
        turn.move("voided", visit, people=lost)
    votes = [_said(visit, vote, tally) for vote in asking.votes if vote.person not in lost]
    turn.did(visit.step, *asking.spoke)
    turn.move("decided", visit, status=status.value, by=by, code="rung" if by.startswith("rung:") else "vote")
    visit = turn.change(visit, asking=replace(asking, status=status, decided_by=by, needs=()))
    data = {"decision": status.value, "votes": votes}
    person, rule = (None, by) if by.startswith("rung:") else (by, "")
    endings.complete(turn, visit, data, _TRIGGERS[status], person, status.value, rule)


def _said(visit: Visit, vote: Vote, tally: quorum.Tally) -> dict[str, Any]:
    """Write one vote as `steps.x.votes` holds it, under the role that it counts for."""
    slot = tally.filled.get(vote.right)
    seat = next(seat for seat in asking_of(visit).seats or () if seat.person == vote.right)
    stand_in = next((stand_in.only or stand_in.name for stand_in in seat.stands_in), "")
    role = slot.roles[0] if slot is not None and len(slot.roles) == 1 else next(iter(vote.roles), stand_in)
    return {
        "by": vote.person,
        "role": role,
        "choice": vote.choice.value,
        "comment": vote.comment,
        "at": values.encode(vote.at),
        **endings.on_behalf_of(vote.on_behalf_of),
        **_with(vote.evidence),
    }


def decide_by_rule(turn: Turn, visit: Visit, outcome: str, rung: int) -> None:
    """A rung closes the gate: decided by the playbook, never by a person. A vote that counts no more is not written."""
    status = GateStatus.APPROVED if outcome == Choice.APPROVE else GateStatus.REJECTED
    tally = _tally(turn, visit, turn.facts, turn.actor) if turn.facts.voters else None
    close(turn, visit, status, f"rung:{rung}", tally)


def refresh(turn: Turn) -> None:
    """Where what an open gate shows has changed: a new digest, and the cast votes are void (semantics [digest])."""
    for number in sorted(turn.base.visits.keys() & turn.visits.keys()):
        visit = turn.visits[number]
        if visit.asking is None:
            continue
        spec, asking = spec_of(turn, visit), visit.asking
        if _digest(turn, visit, spec, asking.question) == asking.digest:
            continue
        fresh = question(turn, visit, spec)
        people = [vote.person for vote in asking.votes]
        visit = turn.change(
            visit,
            asking=replace(asking, question=fresh.question, shown=fresh.shown, digest=fresh.digest, votes=(), stage=0),
        )
        turn.move("asked", visit, question=fresh.question, digest=fresh.digest)
        if people:
            turn.move("voided", visit, people=people)
        watch(turn, visit)
