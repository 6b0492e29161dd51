"""The arithmetic of quorums against counting every assignment of people to slots (semantics [match], [close])."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import permutations
from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import GateSpec, Quorum
from engine.lifecycles import Choice, GateStatus
from engine.machine import quorum
from engine.machine.state import Asking, Seat, StandIn, Vote

ROLES = ("red", "green", "blue")
PEOPLE = "abcdef"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHOICES = (Choice.APPROVE, Choice.APPROVE, Choice.REJECT, Choice.ABSTAIN)
law = settings(max_examples=300, deadline=None, print_blob=True)


@st.composite
def gates(draw: st.DrawFn, order: str = "any") -> tuple[GateSpec, Asking]:
    """Draw a gate with up to five people seated, some of them stand-ins, and votes of some."""
    forms = [Quorum(count=draw(st.integers(1, 3))), Quorum(percent=draw(st.integers(1, 100))), Quorum(everyone=True)]
    forms.append(Quorum(per_role={role: draw(st.integers(1, 2)) for role in ROLES[: draw(st.integers(1, 3))]}))
    seats = []
    for person in PEOPLE[: draw(st.integers(0, 5))]:
        roles = tuple(sorted(draw(st.sets(st.sampled_from(ROLES)))))
        only = draw(st.sampled_from((None, *ROLES)))
        stands_in = (StandIn(0, "extra", only),) if not roles or draw(st.integers(0, 3)) == 3 else ()
        seats.append(Seat(person, roles, stands_in))
    reject = draw(st.sampled_from(("any", "majority", "impossible")))
    spec = GateSpec(approvers=ROLES, quorum=draw(st.sampled_from(forms)), reject=reject, order=order)
    voters = [seat.person for seat in seats if draw(st.booleans())]
    votes = tuple(Vote(person, draw(st.sampled_from(CHOICES)), "", AT, "digest") for person in voters)
    return spec, Asking("Go?", {}, "digest", seats=tuple(seats), bar=quorum.bar(spec, seats), votes=votes)


def best(spec: GateSpec, asking: Asking, seats: list[Seat]) -> bool:
    """Whether these people can fill the bar, by trying every order of giving them to what is needed."""
    needed = _needed(spec, asking)
    if len(seats) < len(needed):
        return False
    return any(
        all(_may_fill(need, seat) for need, seat in zip(needed, chosen, strict=True))
        for chosen in permutations(seats, len(needed))
    )


Need = tuple[str, tuple[str, ...]]


def _needed(spec: GateSpec, asking: Asking) -> list[Need]:
    """Spell out the bar again, from the words of the language: (person, roles)."""
    roster = [seat for seat in asking.seats or () if seat.roles]
    form = spec.quorum
    if form.everyone:
        return [(seat.person, seat.roles) for seat in roster] or [("", ())]
    if form.per_role:
        return [("", (role,)) for role, count in form.per_role.items() for _ in range(count)]
    count = form.count if form.count is not None else max(1, ceil((form.percent or 0) * len(roster) / 100))
    return [("", ())] * (count or 1)


def _may_fill(need: Need, seat: Seat) -> bool:
    person, roles = need
    as_stand_in = any(one.only is None or not roles or one.only in roles for one in seat.stands_in)
    if person:
        return seat.person == person or as_stand_in
    return as_stand_in or (bool(seat.roles) if not roles else roles[0] in seat.roles)


@law
@given(gates())
def test_a_gate_closes_exactly_when_some_assignment_fills_the_bar(drawn: tuple[GateSpec, Asking]) -> None:
    spec, asking = drawn
    seats = {seat.person: seat for seat in asking.seats or ()}
    said = Counter(vote.choice for vote in asking.votes)
    approving = [seats[vote.person] for vote in asking.votes if vote.choice is Choice.APPROVE]
    silent = [seat for person, seat in seats.items() if person not in {vote.person for vote in asking.votes}]
    met, reachable = best(spec, asking, approving), best(spec, asking, approving + silent)
    tally = quorum.tally(spec, asking)
    rejected = {
        "any": said[Choice.REJECT] >= 1,
        "majority": said[Choice.REJECT] > len(seats) / 2,
        "impossible": not reachable and said[Choice.REJECT] + said[Choice.ABSTAIN] > 0,
    }[spec.reject]
    expected = GateStatus.REJECTED if rejected else GateStatus.APPROVED if met else None
    assert tally.decided is expected
    assert tally.short is (not met and not reachable)
    assert len(tally.lacking) == 0 if met else len(tally.lacking) > 0
    assert asking.bar.total == len(_needed(spec, asking)) >= 1


@law
@given(gates(), st.data())
def test_votes_of_people_who_lost_their_role_count_as_if_never_cast_by_anybody(
    drawn: tuple[GateSpec, Asking], data: st.DataObject
) -> None:
    """Semantics [right]: they neither approve nor reject, nor may they still be hoped for."""
    spec, asking = drawn
    seats = asking.seats or ()
    lost = {vote.person for vote in asking.votes if data.draw(st.booleans())}
    held = {seat.person: (() if seat.person in lost else (*seat.roles, "extra")) for seat in seats}
    tally = quorum.tally(spec, asking, held)
    assert not lost.intersection(tally.valid)
    left = [vote for vote in asking.votes if vote.person not in lost]
    by_person = {seat.person: seat for seat in seats}
    approving = [by_person[vote.person] for vote in left if vote.choice is Choice.APPROVE]
    if tally.decided is GateStatus.APPROVED:
        assert best(spec, asking, approving)
    if spec.reject == "any":
        assert (tally.decided is GateStatus.REJECTED) is any(vote.choice is Choice.REJECT for vote in left)


@law
@given(gates())
def test_one_person_fills_one_slot_that_fits(drawn: tuple[GateSpec, Asking]) -> None:
    spec, asking = drawn
    tally = quorum.tally(spec, asking)
    seats = {seat.person: seat for seat in asking.seats or ()}
    slots = quorum.slots(spec, asking)
    assert len(tally.filled) + len(tally.lacking) == len(slots) == asking.bar.total
    for person, slot in tally.filled.items():
        assert quorum.fits(slot, seats[person])
    approved = {vote.person for vote in asking.votes if vote.choice is Choice.APPROVE}
    assert tally.filled.keys() <= approved


@law
@given(gates())
def test_another_approval_never_undoes_an_approval(drawn: tuple[GateSpec, Asking]) -> None:
    spec, asking = drawn
    before = quorum.tally(spec, asking)
    voted = {vote.person for vote in asking.votes}
    for seat in asking.seats or ():
        if seat.person in voted:
            continue
        more = Asking(
            "Go?",
            {},
            "digest",
            seats=asking.seats,
            bar=asking.bar,
            votes=(*asking.votes, Vote(seat.person, Choice.APPROVE, "", AT, "digest")),
        )
        after = quorum.tally(spec, more)
        if before.decided is GateStatus.APPROVED:
            assert after.decided is GateStatus.APPROVED
        assert len(after.lacking) <= len(before.lacking)


@law
@given(gates("sequential"), st.lists(st.tuples(st.integers(0, 4), st.sampled_from(CHOICES)), max_size=12))
def test_a_chain_is_approved_stage_by_stage_each_by_enough_of_its_own(
    drawn: tuple[GateSpec, Asking], script: list[tuple[int, Choice]]
) -> None:
    """Play votes as they come: only who is asked may vote, and an approved chain has enough in every stage."""
    spec, asking = drawn
    if spec.quorum.percent is not None or (spec.quorum.count or 1) > 1:
        spec = GateSpec(approvers=ROLES, quorum=Quorum(count=1), reject=spec.reject, order="sequential")
    seats = asking.seats or ()
    asking = Asking("Go?", {}, "digest", seats=seats, bar=quorum.bar(spec, seats))
    stages = [0]
    for index, choice in script:
        if not seats:
            break
        seat = seats[index % len(seats)]
        earlier = next((vote for vote in asking.votes if vote.person == seat.person), None)
        may = quorum.may_speak(spec, seat, asking.stage) and (earlier is None or earlier.stage == asking.stage)
        if not may:
            continue
        votes = tuple(vote for vote in asking.votes if vote is not earlier)
        cast = Vote(seat.person, choice, "", AT, "digest", stage=asking.stage)
        asking = Asking("Go?", {}, "digest", seats=seats, bar=asking.bar, stage=asking.stage, votes=(*votes, cast))
        tally = quorum.tally(spec, asking)
        stages.append(tally.stage)
        if tally.decided is not None:
            _check_end(spec, asking, tally)
            break
        asking = Asking("Go?", {}, "digest", seats=seats, bar=asking.bar, stage=tally.stage, votes=asking.votes)
    assert stages == sorted(stages)


def _check_end(spec: GateSpec, asking: Asking, tally: quorum.Tally) -> None:
    per_stage = Counter(vote.stage for vote in asking.votes if vote.choice is Choice.APPROVE)
    if tally.decided is GateStatus.APPROVED:
        for stage, role in enumerate(spec.approvers):
            assert per_stage[stage] >= asking.bar.per_role.get(role, 0)
    else:
        here = Counter(vote.choice for vote in asking.votes if vote.stage == tally.stage)
        assert here[Choice.REJECT] + here[Choice.ABSTAIN] >= 1
