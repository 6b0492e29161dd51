"""How many people are left for what, when some are excluded: the arithmetic of row 8.

A demand is a set of people of whom so many are needed; a gate that asks for several roles has one for every set of its
roles, because one person counts for one role only (Hall 1935). A pick is somebody who is left out without being named:
whoever starts the run, whoever did a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from engine import matching
from engine.definition import GateSpec

MOST_ROLES = 8
"""Of more roles only each by itself and all together are looked at."""
MOST_CHOICES = 5_000
"""So many choices are tried; beyond that, one that leaves enough is taken to be there."""


@dataclass(frozen=True)
class Demand:
    """`needed` of these people; `roles` are the approvers that they are."""

    roles: tuple[str, ...]
    people: frozenset[str]
    needed: int


@dataclass(frozen=True)
class Pick:
    """Somebody of `among` is left out: at least `least` people, at most `most` (None: all of them)."""

    says: str
    among: frozenset[str]
    least: int = 1
    most: int | None = 1


def demands(gate: GateSpec, members: Mapping[str, frozenset[str]]) -> Iterator[Demand]:
    """Give what must be there for the gate to be met. `members` are the people of each approver who may vote."""
    everybody = frozenset().union(*members.values())
    approvers = tuple(members)
    quorum = gate.quorum
    if gate.order == "sequential" and quorum.everyone:
        for at, role in enumerate(approvers):
            sooner = frozenset().union(*(members[other] for other in approvers[:at]))
            yield Demand((role,), members[role] - sooner, 1)
        return
    if gate.order == "sequential" or quorum.per_role:
        needed = {role: quorum.per_role.get(role, 0 if quorum.per_role else 1) for role in approvers}
        asked = [role for role, count in needed.items() if count]
        sizes = range(1, len(asked) + 1) if len(asked) <= MOST_ROLES else (1, len(asked))
        for size in sizes:
            for roles in combinations(asked, size):
                people = frozenset().union(*(members[role] for role in roles))
                yield Demand(roles, people, sum(needed[role] for role in roles))
        return
    is_number = quorum.count is not None and not quorum.everyone and quorum.percent is None
    yield Demand(approvers, everybody, quorum.count or 1 if is_number else 1)


def lacking(wanted: Sequence[Demand], out: frozenset[str] | set[str] = frozenset()) -> Demand | None:
    """Return the first demand that is not met when these people are left out."""
    return next((demand for demand in wanted if len(demand.people - out) < demand.needed), None)


def can_be_met(wanted: Sequence[Demand], picks: Sequence[Pick]) -> bool:
    """Say whether some choice of those who are left out leaves enough people; where that takes too long, it does."""
    concerned = frozenset().union(*(demand.people for demand in wanted))
    bound = [(pick.among & concerned, pick.least - len(pick.among - concerned)) for pick in picks]
    bound = [(among, least) for among, least in bound if least > 0]
    alike: dict[tuple[bool, ...], list[str]] = {}
    for person in sorted(concerned):
        kind = (*(person in demand.people for demand in wanted), *(person in among for among, _ in bound))
        alike.setdefault(kind, []).append(person)
    tried = 0

    def search(out: frozenset[str]) -> bool:
        nonlocal tried
        tried += 1
        if tried > MOST_CHOICES:
            return True
        if lacking(wanted, out) is not None:
            return False
        open_pick = next(((among, least) for among, least in bound if len(among & out) < min(least, len(among))), None)
        if open_pick is None:
            return True
        for people in alike.values():
            person = next((one for one in people if one not in out), None)
            if person is not None and person in open_pick[0] and search(out | {person}):
                return True
        return False

    return search(frozenset())


def worst(demand: Demand, picks: Sequence[Pick]) -> list[tuple[Pick, str]] | None:
    """Return a choice of people that leaves too few for this demand, as few as do; None where no choice does."""
    chosen: dict[str, Pick] = {}
    if len(demand.people) < demand.needed:
        return []

    def may(pick: Pick) -> list[str]:
        return sorted(pick.among & demand.people)

    for pick in sorted(picks, key=lambda pick: pick.most is None):
        most = len(pick.among) if pick.most is None else pick.most
        for _ in range(most):
            if not matching.place(chosen, pick, may):
                break
            if len(demand.people) - len(chosen) < demand.needed:
                return [(pick, person) for person, pick in chosen.items()]
    return None
