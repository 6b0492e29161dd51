"""What a gate still lacks, and the places that approvals fill, in words. The arithmetic is the engine's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dashboards import delegating, shown
from dashboards.standing_in import Lender
from engine.definition import Definition, GateSpec
from engine.machine import quorum, refusing, voting
from engine.machine.quorum import Slot, Tally
from engine.machine.state import Asking, Seat, State, Visit, step_of
from runs import directory
from workflows.models import Person


@dataclass(frozen=True)
class Place:
    """What is needed of one role, one person or anybody: how many, and who has filled it so far."""

    title: str
    needed: int
    filled_by: tuple[str, ...]
    asked_later: bool = False

    @property
    def filled(self) -> bool:
        return len(self.filled_by) >= self.needed


def tally(definition: Definition, visit: Visit, held: Mapping[str, Iterable[str]] | None = None) -> Tally | None:
    """Count the votes of an open gate; None before its roster is known."""
    does = step_of(definition, visit).does
    if not isinstance(does, GateSpec) or visit.asking is None or visit.asking.seats is None:
        return None
    return quorum.tally(does, visit.asking, held)


def is_asked(definition: Definition, state: State, visit: Visit, username: str, groups: Collection[str]) -> str:
    """Say whether this person is asked `now`, `later` (others of a sequence come first), has `delegated` or none of it.

    With the groups the person is in today; the guard asks everything again at the vote.
    """
    does, asking = step_of(definition, visit).does, visit.asking
    if not isinstance(does, GateSpec) or asking is None:
        return ""
    mine = _held(definition, asking, username, groups)
    seat = voting.seat_of(asking, username, mine)
    if refusing.excluded(definition, does, state, username, mine, visit.number) is not None:
        return ""
    if seat is not None:
        if any(one.by == username for one in asking.delegations):
            return "delegated"
        return _when(does, asking, seat)
    found = {_for_another(definition, does, state, visit, name) for name in voting.delegators(asking, username)}
    return next((when for when in ("now", "later") if when in found), "")


def _when(does: GateSpec, asking: Asking, seat: Seat) -> str:
    if quorum.may_speak(does, seat, asking.stage):
        return "now"
    later = range(asking.stage + 1, len(does.approvers))
    return "later" if any(quorum.may_speak(does, seat, stage) for stage in later) else ""


def is_asked_for(
    definition: Definition, state: State, visit: Visit, me: Person, groups: Collection[str], lender: Lender
) -> str:
    """Say whether this person is asked `now` or `later` for somebody who lends them their rights for a time.

    Not who has a vote of their own, or is excluded, and not where the other's right has been used.
    """
    does, asking = step_of(definition, visit).does, visit.asking
    if not isinstance(does, GateSpec) or asking is None or voting.vote_of(asking, me.username) is not None:
        return ""
    mine = _held(definition, asking, me.username, groups)
    if voting.seat_of(asking, me.username, mine) is not None:
        return ""
    if refusing.excluded(definition, does, state, me.username, mine, visit.number) is not None:
        return ""
    name = lender.person.username
    if name not in voting.standing_in(asking, [name]) or any(vote.right == name for vote in asking.votes):
        return ""
    return _with_right_of(definition, does, state, visit, name, _held(definition, asking, name, lender.groups))


def _for_another(definition: Definition, does: GateSpec, state: State, visit: Visit, delegator: str) -> str:
    """Say when somebody is asked for whoever delegated to them, who must hold the right today."""
    held = directory.look_up([delegator]).roles(definition, delegator)
    return _with_right_of(definition, does, state, visit, delegator, held)


def _with_right_of(
    definition: Definition, does: GateSpec, state: State, visit: Visit, name: str, held: Collection[str]
) -> str:
    asking = visit.asking
    assert asking is not None
    seat = voting.seat_of(asking, name, held)
    barred = refusing.excluded(definition, does, state, name, held, visit.number)
    return "" if seat is None or barred is not None else _when(does, asking, seat)


def _held(definition: Definition, asking: Asking, username: str, groups: Collection[str]) -> set[str]:
    seat = next((seat for seat in asking.seats or () if seat.person == username), None)
    stands_in = seat.stands_in if seat is not None else ()
    named = {*definition.roles, *(one.name for one in stands_in), directory.USER + username}
    return {name for name in named if _holds(definition, name, username, groups)}


def _holds(definition: Definition, name: str, username: str, groups: Collection[str]) -> bool:
    in_groups, users = directory.meaning(definition, name)
    return username in users or any(group in groups for group in in_groups)


def missing(definition: Definition, visit: Visit, names: Mapping[str, str] | None = None) -> str:
    """Say what the quorum lacks: `a release manager`, `2 of 3 votes`; empty where nothing does."""
    count = tally(definition, visit)
    if count is None or visit.asking is None:
        return ""
    lacking = Counter(_title(slot, names or {}) for slot in count.lacking)
    parts = [f"{number} {title}" if number > 1 else f"1 {title}" for title, number in lacking.items() if title]
    free = lacking.get("", 0)
    if free:
        total = visit.asking.bar.total
        parts.append(f"{free} of {total} votes" if total > 1 else "1 vote")
    return ", ".join(parts)


def places(definition: Definition, visit: Visit, names: Mapping[str, str]) -> list[Place]:
    """One place a role (or a person, under `all`), with who has filled it."""
    count = tally(definition, visit)
    does = step_of(definition, visit).does
    if count is None or visit.asking is None or not isinstance(does, GateSpec):
        return []
    found: dict[str, Place] = {}
    filled: dict[str, list[str]] = {}
    voters = delegating.voters(visit.asking, names)
    for person, slot in count.filled.items():
        filled.setdefault(_title(slot, names), []).append(voters[person])
    for title, slots in _grouped(quorum.slots(does, visit.asking), names).items():
        later = all(slot.stage > count.stage for slot in slots)
        words = title[0].upper() + title[1:] if title else "Votes"
        found[title] = Place(words, len(slots), tuple(filled.get(title, ())), later)
    return list(found.values())


def _grouped(slots: Iterable[Slot], names: Mapping[str, str]) -> dict[str, list[Slot]]:
    groups: dict[str, list[Slot]] = {}
    for slot in slots:
        groups.setdefault(_title(slot, names), []).append(slot)
    return groups


def _title(slot: Slot, names: Mapping[str, str]) -> str:
    """A slot in words: the person's name, the role, or nothing where anybody of the roster fills it."""
    if slot.person:
        return names.get(slot.person, slot.person)
    if slot.roles:
        return " or ".join(names.get(role.removeprefix("user:"), shown.role(role)) for role in slot.roles)
    return ""
