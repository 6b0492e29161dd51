"""For a gate's page: how everybody stands to it, and what the quorum still lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from engine.definition import STARTER, Definition, GateSpec
from engine.lifecycles import GateStatus
from engine.machine import quorum
from engine.machine.exclusion import USER, excluded_by
from engine.machine.state import Asking, Seat, State, Visit, Vote
from engine.machine.voting import vote_of


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands to a gate.

    may: may vote (or change the vote) now. vote: the vote cast, which counts where `counts`. code and why: what
    keeps the person from voting, why as words after the name (“started this run”). stand_in: added by a rung.
    """

    person: str
    roles: tuple[str, ...] = ()
    may: bool = False
    vote: Vote | None = None
    counts: bool = False
    code: str = ""
    why: str = ""
    stand_in: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """Approvals that are still needed: `count` of one of these roles, of this person, or (neither) of anybody."""

    count: int
    roles: tuple[str, ...] = ()
    person: str = ""

    def __str__(self) -> str:
        if self.person:
            return f"the approval of {self.person} or of a stand-in"
        approvals = "1 approval" if self.count == 1 else f"{self.count} approvals"
        return f"{approvals} of {' or '.join(self.roles)}" if self.roles else approvals


def standing(
    definition: Definition, state: State, visit: Visit, held: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Standing, ...]:
    """Return how everybody on the roster and everybody excluded from it stands, by name.

    `held` is what each person holds now (roles and `user:<person>`), nothing for who has left; without it
    everybody is taken to hold what they were seated with.
    """
    spec, asking = definition.steps[visit.step].does, visit.asking
    if asking is None or not isinstance(spec, GateSpec):
        return ()
    tally = quorum.tally(spec, asking, held)
    found = [
        _seated(definition, spec, state, asking, seat, held, seat.person in tally.valid) for seat in asking.seats or ()
    ]
    found += [Standing(person, code="excluded", why=_why(definition, entry)) for person, entry in asking.barred.items()]
    return tuple(sorted(found, key=lambda one: one.person))


def _seated(
    definition: Definition,
    spec: GateSpec,
    state: State,
    asking: Asking,
    seat: Seat,
    held: Mapping[str, tuple[str, ...]] | None,
    counts: bool,
) -> Standing:
    vote = vote_of(asking, seat.person)
    now = seat if held is None else quorum.rights(seat, held, voted=True)
    holds = now.roles if held is None else held.get(seat.person, ())
    entry = excluded_by(definition, spec, state.started_by, state.doers, seat.person, holds)
    code, why = "", ""
    if asking.status is not GateStatus.OPEN:
        code, why = "already-decided", ""
    elif entry is not None:
        code, why = "excluded", _why(definition, entry)
    elif not now.roles and not now.stands_in:
        code, why = "not-in-role", "no longer has the role"
    elif spec.order == "sequential" and vote is not None and vote.stage != asking.stage:
        code, why = "not-your-turn", "has voted in an earlier stage"
    elif not quorum.may_speak(spec, now, asking.stage):
        code, why = "not-your-turn", f"is not asked while {spec.approvers[asking.stage]} is"
    return Standing(seat.person, seat.roles, not code, vote, counts, code, why, bool(seat.stands_in))


def _why(definition: Definition, entry: str) -> str:
    if entry == STARTER:
        return "started this run"
    if entry.startswith(USER):
        return "is excluded by the playbook"
    step = definition.steps.get(entry)
    if step is None:
        return f"is in the role {entry}, which the playbook excludes"
    return f"{'voted at' if step.kind == 'gate' else 'did'} {step.title or entry}"


def missing(
    definition: Definition, state: State, visit: Visit, held: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Lack, ...]:
    """Return what the quorum still lacks, first things first; nothing where it is met or the roster not known."""
    spec, asking = definition.steps[visit.step].does, visit.asking
    if asking is None or asking.seats is None or not isinstance(spec, GateSpec):
        return ()
    lacking = Counter((slot.roles if not slot.person else (), slot.person) for slot in _lacking(spec, asking, held))
    return tuple(Lack(count, roles, person) for (roles, person), count in lacking.items())


def _lacking(spec: GateSpec, asking: Asking, held: Mapping[str, tuple[str, ...]] | None) -> tuple[quorum.Slot, ...]:
    return quorum.tally(spec, asking, held).lacking
