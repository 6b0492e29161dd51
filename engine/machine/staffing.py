"""Whether the people of an open gate can still meet it today, and who would help where they cannot.

Pure: takes the rights that everybody holds now, who is away, and whose vote somebody else may cast meanwhile; leaves
sentences and the directory to others. The arithmetic is that of `quorum`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from engine.definition import GateSpec
from engine.lifecycles import Choice
from engine.machine import quorum
from engine.machine.quorum import Candidate, Slot
from engine.machine.state import Asking, Seat


@dataclass(frozen=True)
class Today:
    """What the directory says now. `held`: everybody concerned and the roles they hold; `barred`: who is excluded.

    `away` are people who are not there; `handed` names whoever acts for them meanwhile.
    """

    held: Mapping[str, Collection[str]]
    barred: frozenset[str] = frozenset()
    away: frozenset[str] = frozenset()
    handed: Mapping[str, str] = field(default_factory=dict)


def unmet(spec: GateSpec, asking: Asking, today: Today) -> tuple[Slot, ...]:
    """Return what neither the votes that count nor those who may still vote can fill. Everybody casts one vote."""
    needed = quorum.slots(spec, asking)
    filled = quorum.match(needed, [*_approvals(spec, asking, today), *_voices(asking, today)])
    return tuple(slot for index, slot in enumerate(needed) if index not in filled)


def outstanding(spec: GateSpec, asking: Asking, today: Today) -> tuple[Slot, ...]:
    """Return what the votes cast so far do not fill."""
    needed = quorum.slots(spec, asking)
    filled = quorum.match(needed, _approvals(spec, asking, today))
    return tuple(slot for index, slot in enumerate(needed) if index not in filled)


def waited_for(asking: Asking, today: Today) -> tuple[str, ...]:
    """Return those who may still vote, with their own right or for somebody, by username."""
    return tuple(sorted(_by_voice(asking, today)))


def joining(spec: GateSpec, asking: Asking, today: Today) -> tuple[tuple[str, int], ...]:
    """Return by which role's new people the gate could be met, each with the fewest; only if they were asked too."""
    lacking = len(unmet(spec, asking, today))
    found = []
    for role in spec.approvers:
        for count in range(1, lacking + 1):
            newcomers = tuple(Seat(f"+{number}", (role,)) for number in range(count))
            held = {**today.held, **{seat.person: (role,) for seat in newcomers}}
            wider = replace(asking, seats=(*(asking.seats or ()), *newcomers))
            if not unmet(spec, wider, replace(today, held=held)):
                found.append((role, count))
                break
    return tuple(found)


def returning(spec: GateSpec, asking: Asking, today: Today, in_order: Collection[str]) -> tuple[str, ...]:
    """Return of those away the first whose return lets the gate be met, and only them; nobody: it stays short.

    `in_order` are those away, by when they return.
    """
    back: list[str] = []
    for person in in_order:
        back.append(person)
        if not unmet(spec, asking, replace(today, away=today.away - set(back))):
            break
    else:
        return ()
    for person in tuple(back[:-1]):
        without = [other for other in back if other != person]
        if not unmet(spec, asking, replace(today, away=today.away - set(without))):
            back = without
    return tuple(back)


def _rights(asking: Asking, today: Today) -> dict[str, Seat]:
    return {
        seat.person: quorum.rights(seat, today.held, True)
        for seat in asking.seats or ()
        if seat.person not in today.barred
    }


def _approvals(spec: GateSpec, asking: Asking, today: Today) -> list[Candidate]:
    seats = _rights(asking, today)
    return [
        ((seats[vote.right],), vote.stage)
        for vote in asking.votes
        if vote.choice is Choice.APPROVE
        and vote.right in seats
        and quorum.may_speak(spec, seats[vote.right], vote.stage)
        and quorum.may_act(vote.person, vote.on_behalf_of, today.held, today.barred)
    ]


def _voices(asking: Asking, today: Today) -> list[Candidate]:
    return [(tuple(seats), None) for seats in _by_voice(asking, today).values()]


def _by_voice(asking: Asking, today: Today) -> dict[str, list[Seat]]:
    """Return who may still speak, each with the seats of which they can fill one."""
    seats, spoke = _rights(asking, today), set(asking.spoke)
    handed = {**today.handed, **{one.by: one.to for one in asking.delegations}}
    found: dict[str, list[Seat]] = {}
    for person, seat in seats.items():
        if person in spoke or not (seat.roles or seat.stands_in):
            continue
        voice = handed.get(person, person) if person in today.away else person
        if voice in today.away or voice in spoke or voice in today.barred or not today.held.get(voice):
            continue
        found.setdefault(voice, []).append(seat)
    # whoever has a vote of their own casts that one (semantics [one vote])
    return {voice: [seat for seat in mine if seat.person == voice] or mine for voice, mine in found.items()}
