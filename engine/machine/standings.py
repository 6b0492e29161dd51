"""For a gate's page: how everybody stands to it, and what the quorum still lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine.definition import Definition, GateSpec
from engine.lifecycles import GateStatus
from engine.machine import exclusion, quorum
from engine.machine.state import Asking, Seat, State, Visit, Vote
from engine.machine.voting import standing_in, vote_of


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands to a gate.

    may: may vote (or change the vote) now. vote: the vote cast, which counts where `counts`. code and why: what
    keeps the person from voting, why as words after the name (“started this run”). stand_in: added by a rung.
    delegate: to whom the person has delegated here. votes_for: whose right the person votes with, having none of their
    own (of several delegators one); beforehand: those of them who did not delegate here, but until a date.
    acted_for_by: who may vote for this person by such a delegation.
    """

    person: str
    roles: tuple[str, ...] = ()
    may: bool = False
    vote: Vote | None = None
    counts: bool = False
    code: str = ""
    why: str = ""
    stand_in: bool = False
    delegate: str = ""
    votes_for: tuple[str, ...] = ()
    beforehand: tuple[str, ...] = ()
    acted_for_by: tuple[str, ...] = ()


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
    definition: Definition,
    state: State,
    visit: Visit,
    held: Mapping[str, tuple[str, ...]] | None = None,
    acting: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Standing, ...]:
    """Return how everybody stands who is on the roster, is excluded from it, or votes for somebody, by name.

    `held` is what each person holds now (roles and `user:<person>`), nothing for who has left; without it
    everybody is taken to hold what they were seated with. `acting` maps delegates to those who have delegated to them
    beforehand, now and for this playbook; `held` must know the delegates too.
    """
    spec, asking = definition.steps[visit.step].does, visit.asking
    if asking is None or not isinstance(spec, GateSpec):
        return ()
    lent = {person: standing_in(asking, names) for person, names in (acting or {}).items()}
    lent = {person: names for person, names in lent.items() if names}
    gate = _Gate(definition, spec, state, visit, asking, held, lent)
    tally = gate.tally()
    found = {seat.person: gate.seated(seat, seat.person in tally.valid) for seat in asking.seats or ()}
    for person, entry in asking.barred.items():
        found.setdefault(person, Standing(person, code="excluded", why=exclusion.why(definition, entry)))
    spoke_for = (vote.person for vote in asking.votes if vote.on_behalf_of)
    for person in dict.fromkeys((*(one.to for one in asking.delegations), *gate.lent, *spoke_for)):
        if person not in found or found[person].code in ("excluded", "not-in-role"):
            found[person] = gate.delegate(person, person in tally.valid)
    return tuple(found[person] for person in sorted(found))


@dataclass(frozen=True)
class _Gate:
    """One gate, what everybody holds now, and who has lent their vote to whom beforehand."""

    definition: Definition
    spec: GateSpec
    state: State
    visit: Visit
    asking: Asking
    held: Mapping[str, tuple[str, ...]] | None
    lent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def tally(self) -> quorum.Tally:
        """Count the votes as the next one would: without those of people who have become excluded since."""
        spoke = self.asking.spoke if self.held is not None and self.asking.status is GateStatus.OPEN else ()
        held = self.held or {}
        became = [person for person in spoke if self._excluded(person, held.get(person, ())) is not None]
        return quorum.tally(self.spec, self.asking, self.held, became)

    def seated(self, seat: Seat, counts: bool) -> Standing:
        """How somebody of the roster stands."""
        spec, asking = self.spec, self.asking
        vote = vote_of(asking, seat.person)
        now = seat if self.held is None else quorum.rights(seat, self.held, voted=True)
        entry = self._excluded(seat.person, now.roles if self.held is None else self.held.get(seat.person, ()))
        delegate = next((one.to for one in asking.delegations if one.by == seat.person), "")
        spoken = self._spoken(seat.person)
        code, why = "", ""
        if asking.status is not GateStatus.OPEN:
            code, why = "already-decided", ""
        elif entry is not None:
            code, why = "excluded", exclusion.why(self.definition, entry)
        elif not now.roles and not now.stands_in:
            code, why = "not-in-role", "no longer has the role"
        elif spec.order == "sequential" and vote is not None and vote.stage != asking.stage:
            code, why = "not-your-turn", "has voted in an earlier stage"
        elif not quorum.may_speak(spec, now, asking.stage):
            code, why = "not-your-turn", f"is not asked while {spec.approvers[asking.stage]} is"
        elif spoken:
            code, why = "claimed-by", f"has delegated to {spoken}, who has voted"
        for_whom = (vote.on_behalf_of,) if vote is not None and vote.on_behalf_of else ()
        by = tuple(person for person, names in self.lent.items() if seat.person in names and person != seat.person)
        return Standing(
            seat.person,
            seat.roles,
            not code,
            vote,
            counts,
            code,
            why,
            bool(seat.stands_in),
            delegate,
            for_whom,
            acted_for_by=by,
        )

    def delegate(self, person: str, counts: bool) -> Standing:
        """How somebody stands who has no right of their own, but that of whoever delegated to them."""
        asking, spec = self.asking, self.spec
        vote = vote_of(asking, person)
        here = tuple(one.by for one in asking.delegations if one.to == person)
        handed = (*here, *(name for name in self.lent.get(person, ()) if name != person))
        if vote is not None and vote.on_behalf_of:
            handed = (vote.on_behalf_of,)
        code, why = "", ""
        if asking.status is not GateStatus.OPEN:
            code = "already-decided"
        else:
            found = [self._speaks_for(person, delegator) for delegator in handed]
            code, why = next((said for said in found if not said[0]), found[0] if found else ("not-in-role", ""))
        if vote is not None and spec.order == "sequential" and vote.stage != asking.stage and not code:
            code, why = "not-your-turn", "has voted in an earlier stage"
        beforehand = tuple(name for name in handed if name not in here)
        return Standing(person, (), not code, vote, counts, code, why, votes_for=handed, beforehand=beforehand)

    def _speaks_for(self, person: str, delegator: str) -> tuple[str, str]:
        """Say what keeps this delegate from voting for this delegator: a code and words after the name."""
        asking, held = self.asking, self.held
        seat = next(seat for seat in asking.seats or () if seat.person == delegator)
        now = seat if held is None else quorum.rights(seat, held, voted=True)
        for one, holds in ((person, () if held is None else held.get(person, ())), (delegator, now.roles)):
            entry = self._excluded(one, holds if held is None else held.get(one, ()))
            if entry is not None:
                why = exclusion.why(self.definition, entry)
                return "excluded", why if one == person else f"would vote for {one}, who {why}"
        if held is not None and not held.get(person):
            return "not-in-role", "has no active account"
        if not now.roles and not now.stands_in:
            return "not-in-role", f"would vote for {delegator}, who no longer has the role"
        if not quorum.may_speak(self.spec, now, asking.stage):
            return "not-your-turn", f"is not asked while {self.spec.approvers[asking.stage]} is"
        if vote_of(asking, delegator) is not None:
            return "claimed-by", f"would vote for {delegator}, who has voted"
        spoken = self._spoken(delegator)
        if spoken not in ("", person):
            return "claimed-by", f"would vote for {delegator}, for whom {spoken} has voted"
        return "", ""

    def _spoken(self, person: str) -> str:
        """Name the delegate who has voted with this person's right; nobody where that vote no longer counts."""
        spoken = next((one.person for one in self.asking.votes if one.on_behalf_of == person), "")
        if spoken and self.held is not None and (not (has := self.held.get(spoken)) or self._excluded(spoken, has)):
            return ""
        return spoken

    def _excluded(self, person: str, holds: Collection[str]) -> str | None:
        return exclusion.excluded_by(self.definition, self.spec, self.state.started_by, self.doers, person, holds)

    @cached_property
    def doers(self) -> Mapping[str, tuple[str, ...]]:
        return exclusion.doers(self.state.doers, self.state.visits, self.visit.number)


def missing(
    definition: Definition, state: State, visit: Visit, held: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Lack, ...]:
    """Return what the quorum still lacks, first things first; nothing where it is met or the roster not known."""
    spec, asking = definition.steps[visit.step].does, visit.asking
    if asking is None or asking.seats is None or not isinstance(spec, GateSpec):
        return ()
    lacking = _Gate(definition, spec, state, visit, asking, held).tally().lacking
    count = Counter((slot.roles if not slot.person else (), slot.person) for slot in lacking)
    return tuple(Lack(number, roles, person) for (roles, person), number in count.items())
