"""The arithmetic of quorums: who may sit where, and whether the votes cast decide the gate.

Pure: takes what a gate asks for, its seats and its votes, and says approved, rejected, returned or nothing
yet; opening and closing gates is left to `gates`. A quorum is a set of slots to be filled, each by one
person; which person fills which is a bipartite matching, so that the assignment is always the one that helps
most (semantics [match]).

`held` is what each voter holds now, by the directory (`Facts.voters`); None where nobody asked. People who
have not voted are taken to hold what they held when they were seated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from engine import matching
from engine.definition import GateSpec
from engine.lifecycles import Choice, GateStatus
from engine.machine.state import Asking, Bar, Seat, Vote

Held = Mapping[str, Iterable[str]] | None
Candidate = tuple[tuple[Seat, ...], int | None]
"""Somebody who could fill a slot, with one of these seats: of one stage, where the vote is cast, of any (None) where
it is not."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One approval that is needed: of this person, of one of these roles, or (neither) of anybody seated."""

    person: str = ""
    roles: tuple[str, ...] = ()
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What the votes come to.

    decided: what the gate becomes now, or None. filled: person -> the slot that an approval with this person's
    right fills. lacking: the slots still empty. stage: the stage being asked. short: approvals and those who have not
    voted can no longer fill the slots. small: not even if everybody seated approved. everybody: all who could
    vote in this stage have voted, or somebody for them. valid: the people whose vote counts.
    """

    decided: GateStatus | None
    filled: Mapping[str, Slot]
    lacking: tuple[Slot, ...]
    stage: int
    short: bool
    small: bool
    everybody: bool
    valid: tuple[str, ...]


def bar(spec: GateSpec, seats: Iterable[Seat], by_data: int | None = None) -> Bar:
    """Fix the bar from the roster at opening; `by_data` is what an expression for it gave."""
    roster = [seat for seat in seats if seat.roles]
    quorum = spec.quorum
    if spec.order == "sequential":
        firsts = Counter(_first(spec, seat) for seat in roster)
        if quorum.per_role:
            needed = {role: quorum.per_role.get(role, 0) for role in spec.approvers}
        else:
            needed = {role: firsts[role] if quorum.everyone else 1 for role in spec.approvers}
            needed = {role: max(1, count) for role, count in needed.items()}
        everyone = tuple(sorted(seat.person for seat in roster)) if quorum.everyone else ()
        return Bar(max(1, sum(needed.values())), needed, everyone)
    if quorum.everyone:
        everyone = tuple(sorted(seat.person for seat in roster))
        return Bar(max(1, len(everyone)), {}, everyone)
    if quorum.per_role:
        return Bar(max(1, sum(quorum.per_role.values())), dict(quorum.per_role))
    if quorum.percent is not None:
        return Bar(max(1, ceil(quorum.percent * len(roster) / 100)))
    return Bar(max(1, quorum.count or by_data or 1))


def _first(spec: GateSpec, seat: Seat) -> str:
    return next(role for role in spec.approvers if role in seat.roles)


def slots(spec: GateSpec, asking: Asking) -> tuple[Slot, ...]:
    """Spell the bar out as slots, those of earlier stages first."""
    fixed = asking.bar
    stages = {role: stage for stage, role in enumerate(spec.approvers)} if spec.order == "sequential" else {}
    roles_of = {seat.person: seat.roles for seat in asking.seats or ()}
    found: list[Slot] = []
    own: Counter[str] = Counter()
    for person in fixed.everyone:
        roles = roles_of[person]
        if stages:
            roles = (min(roles, key=stages.__getitem__),)
            own.update(roles)
        found.append(Slot(person, roles, stages[roles[0]] if stages else 0))
    for role, count in sorted(fixed.per_role.items()):
        found += [Slot(roles=(role,), stage=stages.get(role, 0))] * (count - own[role])
    found += [Slot()] * (fixed.total - len(found))
    return tuple(sorted(found, key=lambda slot: slot.stage))


def rights(seat: Seat, held: Held, voted: bool) -> Seat:
    """Return the seat with what its person still holds of it."""
    if held is None or (not voted and seat.person not in held):
        return seat
    holds = frozenset(held.get(seat.person, ()))
    return Seat(
        seat.person,
        tuple(role for role in seat.roles if role in holds),
        tuple(stand_in for stand_in in seat.stands_in if stand_in.name in holds),
    )


def fits(slot: Slot, seat: Seat) -> bool:
    """Whether an approval from this seat may fill this slot."""
    if any(stand_in.only is None or not slot.roles or stand_in.only in slot.roles for stand_in in seat.stands_in):
        return True
    if slot.person and seat.person != slot.person:
        return False
    return any(not slot.roles or role in slot.roles for role in seat.roles)


def match(needed: Sequence[Slot], candidates: Iterable[Candidate]) -> dict[int, str]:
    """Fill as many slots as can be filled, each by one person: index of the slot -> person.

    Whoever holds a seat of their own is placed before stand-ins, then by name: the same answer every time.
    """
    filled: dict[int, Candidate] = {}

    def may(candidate: Candidate) -> Iterator[int]:
        seats, stage = candidate
        for index, slot in enumerate(needed):
            if stage in (None, slot.stage) and any(fits(slot, seat) for seat in seats):
                yield index

    for candidate in sorted(candidates, key=lambda pair: (not pair[0][0].roles, pair[0][0].person)):
        if len(filled) == len(needed):
            break
        matching.place(filled, candidate, may)
    return {
        index: next(seat.person for seat in seats if fits(needed[index], seat))
        for index, (seats, _) in sorted(filled.items())
    }


def may_speak(spec: GateSpec, seat: Seat, stage: int) -> bool:
    """Whether this seat is asked in this stage (always, where the order is `any`)."""
    if not seat.roles and not seat.stands_in:
        return False
    if spec.order != "sequential":
        return True
    role = spec.approvers[min(stage, len(spec.approvers) - 1)]
    return role in seat.roles or any(stand_in.only in (None, role) for stand_in in seat.stands_in)


def tally(spec: GateSpec, asking: Asking, held: Held = None, barred: Iterable[str] = ()) -> Tally:
    """Count the votes. `barred` are people who have become excluded: their votes, and those for them, do not count."""
    excluded = frozenset(barred)
    cast = {vote.right for vote in asking.votes}
    seats = {
        seat.person: rights(seat, held, seat.person in cast)
        for seat in asking.seats or ()
        if seat.person not in excluded
    }
    valid = [
        vote
        for vote in asking.votes
        if vote.right in seats
        and may_speak(spec, seats[vote.right], vote.stage)
        and may_act(vote.person, vote.on_behalf_of, held, excluded)
    ]
    approvals = [_with(seats, vote) for vote in valid if vote.choice is Choice.APPROVE]
    needed = slots(spec, asking)
    filled = match(needed, approvals)
    lacking = tuple(slot for index, slot in enumerate(needed) if index not in filled)
    stage = lacking[0].stage if lacking else needed[-1].stage
    silent: list[Candidate] = [((seat,), None) for seat in seats.values() if seat.person not in cast]
    ahead = [slot for slot in needed if slot.stage >= stage]
    short = bool(lacking) and len(match(ahead, [pair for pair in approvals if pair[1] >= stage] + silent)) < len(ahead)
    elsewhere = {vote.right for vote in asking.votes if vote.stage != stage}
    asked = [seat for seat in seats.values() if seat.person not in elsewhere and may_speak(spec, seat, stage)]
    choices = Counter(vote.choice for vote in valid if vote.stage == stage)
    electorate = len(asked) if spec.order == "sequential" else len(asking.seats or ())
    return Tally(
        _decide(spec, choices, electorate, bool(lacking), short),
        {person: needed[index] for index, person in filled.items()},
        lacking,
        stage,
        short,
        short and len(match(needed, [((seat,), None) for seat in seats.values()])) < len(needed),
        bool(asked) and all(seat.person in cast for seat in asked),
        tuple(vote.person for vote in valid),
    )


def may_act(person: str, on_behalf_of: str | None, held: Held, excluded: frozenset[str] = frozenset()) -> bool:
    """Whether somebody who votes for another is there to do so: active, and not excluded themselves."""
    if on_behalf_of is None:
        return True
    return person not in excluded and (held is None or bool(held.get(person)))


def _with(seats: Mapping[str, Seat], vote: Vote) -> tuple[tuple[Seat, ...], int]:
    return (seats[vote.right],), vote.stage


def can_be_met(spec: GateSpec, asking: Asking, held: Held = None) -> bool:
    """Whether the bar could be met although everybody casts one vote only.

    A right that was handed to somebody with one of their own is not used, and of several that were handed to the same
    person only one is.
    """
    voted = {vote.person for vote in asking.votes}
    cast = {vote.right for vote in asking.votes}
    seats = {seat.person: rights(seat, held, seat.person in cast) for seat in asking.seats or ()}
    handed = {one.by: one.to for one in asking.delegations}
    voices: dict[str, list[Seat]] = {}
    for person, seat in seats.items():
        voice = handed.get(person, person)
        own = seats.get(voice) if voice != person else None
        if person not in cast and voice not in voted and not (own and (own.roles or own.stands_in)):
            voices.setdefault(voice, []).append(seat)
    needed = slots(spec, asking)
    approvals = [_with(seats, vote) for vote in asking.votes if vote.choice is Choice.APPROVE and vote.right in seats]
    return len(match(needed, [*approvals, *((tuple(mine), None) for mine in voices.values())])) == len(needed)


def _decide(spec: GateSpec, choices: Counter[Choice], electorate: int, lacking: bool, short: bool) -> GateStatus | None:
    """Apply the rules for closing; what holds a run back comes before what lets it go on.

    `impossible` needs somebody who rejected or abstained: a roster that is too small by itself is an
    incident, not an answer.
    """
    rejections = choices[Choice.REJECT]
    if choices[Choice.RETURN]:
        return GateStatus.RETURNED
    rejected = {
        "any": rejections > 0,
        "majority": 2 * rejections > electorate,
        "impossible": short and rejections + choices[Choice.ABSTAIN] > 0,
    }
    if rejected[spec.reject]:
        return GateStatus.REJECTED
    return None if lacking else GateStatus.APPROVED
