"""How many may leave: the numbers of proof 8, held against leaving in every way there is."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import Definition, Quorum, RoleSpec
from engine.proofs import spare
from engine.proofs.eligible import Staff
from engine.proofs.staffing import demands, lacking
from tests.engine.building import gate, task
from tests.engine.regions import book

ROLES = {role: RoleSpec(groups=(role,)) for role in ("manager", "security", "legal")}
PEOPLE = ("ann", "ben", "cid", "dan", "eve")

organisations = st.dictionaries(st.sampled_from(PEOPLE), st.sets(st.sampled_from(list(ROLES))), min_size=1)
quorums = st.one_of(
    st.integers(1, 3).map(lambda count: Quorum(count=count)),
    st.dictionaries(st.sampled_from(list(ROLES)), st.integers(1, 2), min_size=1).map(lambda of: Quorum(per_role=of)),
)


def made(*pieces: object) -> Definition:
    return book(*pieces, roles=ROLES)


def board(quorum: Quorum, exclude: tuple[str, ...] = ("starter",)) -> object:
    return gate("board", quorum=quorum, exclude=exclude, approvers=tuple(ROLES))


def survives(definition: Definition, people: dict[str, set[str]], starters: set[str], left: int) -> bool:
    """Whether the gate can be met whoever leaves, so many of them, and whoever of those who stay starts the run."""
    spec = definition.steps["board"].does
    able = {person for person, groups in people.items() if groups}
    for gone in itertools.combinations(sorted(able), left):
        for starter in [*sorted(starters - set(gone)), None] if not starters else sorted(starters - set(gone)):
            out = {*gone, starter}
            members = {role: frozenset(p for p, of in people.items() if role in of) - out for role in ROLES}
            if lacking(list(demands(spec, members))) is not None:
                return False
    return True


@settings(max_examples=300, deadline=None)
@given(organisations, quorums, st.sets(st.sampled_from(PEOPLE)))
def test_so_many_may_leave_and_no_more(people: dict[str, set[str]], quorum: Quorum, starters: set[str]) -> None:
    definition = made(board(quorum))
    starters &= people.keys()
    staff = Staff(definition, people, starters)
    count = spare.spare(staff, definition.steps["board"])
    able = sum(bool(groups) for groups in people.values())
    if count >= 0:
        assert survives(definition, people, starters, count)
    if -1 <= count < able:
        assert not survives(definition, people, starters, max(count + 1, 0))


def test_who_cannot_be_done_without() -> None:
    definition = made(board(Quorum(per_role={"manager": 1, "security": 1}), exclude=()))
    step = definition.steps["board"]
    staff = Staff(definition, {"ann": {"manager"}, "ben": {"manager"}, "cid": {"security"}})
    assert (spare.spare(staff, step), spare.indispensable(staff, step)) == (0, {"cid"})
    more = staff.joined("security", 1)
    assert (spare.spare(more, step), spare.indispensable(more, step)) == (1, frozenset())


def test_by_whose_joining_a_gate_can_be_met() -> None:
    definition = made(board(Quorum(per_role={"manager": 1, "security": 2}), exclude=()), task("plan", assign="legal"))
    staff = Staff(definition, {"ann": {"manager", "security"}})
    found = {short.step: spare.joining(staff, short) for short in staff.shortfalls()}
    assert found == {"board": (("security", 2),), "plan": (("legal", 1),)}
