"""Row 8: too few people, found by reasoning with sets, and held against every choice there is."""

from __future__ import annotations

import dataclasses
import itertools
import random
import time
from collections.abc import Iterable, Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import Definition, GateSpec, Quorum, RoleSpec, TaskSpec
from engine.machine import quorum
from engine.machine.state import Asking, Seat
from engine.problems import Severity
from engine.proofs import prove_people
from tests.engine.building import decide, gate, task
from tests.engine.proofs.proving import Nowhere
from tests.engine.regions import book, each, parallel

ROLES = {
    "engineer": RoleSpec(groups=("engineers",)),
    "manager": RoleSpec(groups=("managers",)),
    "security": RoleSpec(groups=("guards",), users=("dana",)),
}
TWO = Quorum(count=2)


def told(
    definition: Definition, people: Mapping[str, Iterable[str]], starters: Iterable[str] | None = None
) -> list[tuple[str, str]]:
    """Return what is said, as (severity, message)."""
    directory = {person: tuple(groups) for person, groups in people.items()}
    found = prove_people(definition, Nowhere(), directory, starters=None if starters is None else tuple(starters))
    assert all(problem.code == "nobody-eligible" and problem.example for problem in found)
    return [(problem.severity.value, problem.message) for problem in found]


def made(*pieces: object) -> Definition:
    return book(*pieces, roles=ROLES)


def test_a_task_needs_somebody() -> None:
    definition = made(task("plan", assign="engineer"), task("own"), task("ask", assign="user:dana"))
    assert told(definition, {"ann": ["engineers"], "dana": []}) == []
    assert told(definition, {"zoe": []}) == [
        ("error", "Nobody can do `ask`: `dana` is not there, or not active."),
        ("error", "Nobody can do `plan`: `engineer` has nobody in it."),
    ]


def test_a_gate_needs_as_many_as_its_quorum() -> None:
    definition = made(gate("board", quorum=TWO, exclude=()))
    assert told(definition, {"mia": ["managers"], "max": ["managers"]}) == []
    assert told(definition, {"mia": ["managers"]}) == [
        ("error", "The gate `board` needs 2 approvals of `manager`, and there is only `mia`.")
    ]
    assert told(made(gate("board", exclude=())), {}) != []


def test_one_person_counts_for_one_role() -> None:
    definition = made(
        gate(
            "board",
            approvers=("manager", "security"),
            quorum=Quorum(per_role={"manager": 1, "security": 1}),
            exclude=(),
        )
    )
    assert told(definition, {"mia": ["managers"], "dana": []}) == []
    assert told(definition, {"dana": ["managers"]}) == [
        ("error", "The gate `board` needs 2 approvals of `manager` and `security`, and there is only `dana`.")
    ]


def test_whoever_starts_may_be_the_one_that_is_missing() -> None:
    definition = made(gate("board"))
    people = {"mia": ["managers"], "ann": []}
    ((severity, message),) = told(definition, people)
    assert severity == "warning"
    assert message == (
        "When `mia` starts the run, the gate `board` has nobody left, and it needs 1 approval of `manager`."
    )
    assert told(definition, people, starters=["ann"]) == []
    assert told(definition, people, starters=["mia"]) == [
        (
            "error",
            "The gate `board` needs 1 approval of `manager`, and there is only `mia`. Whoever starts the run is left"
            " out, so that too few are left, whoever it is.",
        )
    ]


def test_whoever_did_a_step_is_left_out() -> None:
    definition = made(task("plan", assign="manager"), gate("board", quorum=TWO, exclude=("plan",)))
    two = {"mia": ["managers"], "max": ["managers"]}
    assert told(definition, two)[0][0] == "error"
    assert told(definition, {**two, "mo": ["managers"]}) == []
    mixed = made(task("plan", assign="engineer"), gate("board", quorum=TWO, exclude=("plan",)))
    assert told(mixed, {"mia": ["managers"], "max": ["managers", "engineers"], "ann": ["engineers"]}) == [
        (
            "warning",
            "When `max` does `plan`, the gate `board` has only `mia` left, and it needs 2 approvals of `manager`.",
        )
    ]


def test_a_step_that_is_not_always_done_need_not_exclude_anybody() -> None:
    pick = decide("pick", ("inputs.q", "plan"), otherwise="board")
    definition = made(pick, task("plan", assign="manager"), gate("board", quorum=TWO, exclude=("plan",)))
    assert told(definition, {"mia": ["managers"], "max": ["managers"]})[0][0] == "warning"


def test_a_step_behind_the_gate_excludes_nobody() -> None:
    definition = made(gate("board", quorum=TWO, exclude=("ship",)), task("ship", assign="manager"))
    assert told(definition, {"mia": ["managers"], "max": ["managers"]}) == []


def test_in_a_loop_or_an_item_several_may_have_done_a_step() -> None:
    people = {"mia": ["managers"], "max": ["managers"], "ann": []}
    once = made(task("plan", assign="manager"), gate("board", exclude=("plan",)))
    assert told(once, people) == []
    again = made(task("plan", assign="manager"), gate("board", on_reject="plan", exclude=("plan",)))
    assert told(again, people) == [
        (
            "warning",
            "When `max` and `mia` do `plan`, the gate `board` has nobody left, and it needs 1 approval of `manager`.",
        )
    ]
    items = made(each("roll", [task("plan", assign="manager")]), gate("board", exclude=("plan",)))
    assert told(items, people)[0][0] == "warning"


def test_a_step_in_a_branch_beside_may_have_been_done() -> None:
    side = parallel("ship", {"one": [task("plan", assign="manager")], "other": [gate("board", exclude=("plan",))]})
    assert told(made(side), {"mia": ["managers"]})[0][0] == "warning"


def test_the_starter_who_does_the_step_is_one_person() -> None:
    definition = made(task("plan", assign="starter"), gate("board", quorum=TWO, exclude=("starter", "plan")))
    people = {"mia": ["managers"], "max": ["managers"], "mo": ["managers"]}
    assert told(definition, people) == []


def test_excluded_roles_are_out_for_certain() -> None:
    definition = made(gate("board", exclude=("security",)))
    assert told(definition, {"dana": ["managers"]})[0][1] == (
        "The gate `board` needs 1 approval of `manager`, and there is nobody once the excluded are left out."
    )


def test_a_gate_that_excludes_those_of_another() -> None:
    definition = made(gate("first", quorum=TWO, exclude=()), gate("second", quorum=TWO, exclude=("first",)))
    three = {"mia": ["managers"], "max": ["managers"], "mo": ["managers"]}
    assert told(definition, three)[0][0] == "error"
    assert told(definition, {**three, "moe": ["managers"]}) == []


def test_an_approval_chain_asks_each_role_for_somebody_of_its_own() -> None:
    chain = gate("board", approvers=("manager", "security"), exclude=())
    spec = chain[0].does
    assert isinstance(spec, GateSpec)
    for quorum_ in (Quorum(count=1), Quorum(everyone=True)):
        does = dataclasses.replace(spec, order="sequential", quorum=quorum_)
        definition = made((dataclasses.replace(chain[0], does=does), chain[1]))
        assert told(definition, {"dana": ["managers"]})[0][0] == "error"
        assert told(definition, {"dana": [], "mia": ["managers"]}) == []


NAMES = ("a", "b", "c", "d")
GROUPS = ("engineers", "managers", "guards")


@st.composite
def gates(draw: st.DrawFn) -> tuple[Definition, dict[str, list[str]]]:
    approvers = tuple(draw(st.lists(st.sampled_from(["engineer", "manager", "security"]), min_size=1, unique=True)))
    form = draw(st.sampled_from(["count", "percent", "everyone", "per role"]))
    number = draw(st.integers(1, 3))
    wanted = {
        "count": Quorum(count=number),
        "percent": Quorum(percent=number * 33),
        "everyone": Quorum(everyone=True),
        "per role": Quorum(per_role={role: draw(st.integers(1, 2)) for role in approvers}),
    }[form]
    exclude = tuple(draw(st.lists(st.sampled_from(["starter", "one", "two", "security"]), unique=True)))
    steps = [task(id, assign=draw(st.sampled_from(["engineer", "manager", "starter"]))) for id in ("one", "two")]
    people = {name: draw(st.lists(st.sampled_from(GROUPS), unique=True)) for name in NAMES}
    return made(*steps, gate("board", approvers=approvers, quorum=wanted, exclude=exclude)), people


def outcomes(definition: Definition, people: Mapping[str, list[str]]) -> Iterator[bool]:
    """Give, for every choice of starter and doers, whether the gate can then be met as the machine counts."""
    roles = {
        id: [name for name in people if name in role.users or set(role.groups) & set(people[name])]
        for id, role in definition.roles.items()
    }
    spec = definition.steps["board"].does
    assert isinstance(spec, GateSpec)
    assigned = []
    for id in ("one", "two"):
        does = definition.steps[id].does
        assert isinstance(does, TaskSpec)
        assigned.append(does.assign)
    for starter in people:
        doers = [[starter] if role == "starter" else roles[role] for role in assigned]
        for one, two in itertools.product(*doers):
            out = {name for entry, name in (("starter", starter), ("one", one), ("two", two)) if entry in spec.exclude}
            if "security" in spec.exclude:
                out.update(roles["security"])
            seats = tuple(
                Seat(name, held)
                for name in people
                if name not in out and (held := tuple(role for role in spec.approvers if name in roles[role]))
            )
            asking = Asking(question="", shown={}, digest="", seats=seats, bar=quorum.bar(spec, seats))
            slots = quorum.slots(spec, asking)
            yield len(quorum.match(slots, [((seat,), None) for seat in seats])) == len(slots)


@given(gates())
@settings(max_examples=400, deadline=None)
def test_it_says_what_trying_every_choice_says(drawn: tuple[Definition, dict[str, list[str]]]) -> None:
    definition, people = drawn
    found = [message for message in told(definition, people) if "gate" in message[1]]
    every = list(outcomes(definition, people))
    if not every:
        return
    expected = [] if all(every) else ["warning"] if any(every) else ["error"]
    assert [severity for severity, _ in found] == expected


@pytest.mark.parametrize("size", [20_000])
def test_a_large_organisation_is_no_trouble(size: int) -> None:
    chance = random.Random(7)
    people = {f"p{number}": chance.sample(GROUPS, 2) for number in range(size)}
    wanted = Quorum(per_role={"engineer": 3, "manager": 3, "security": 3})
    steps = [task(f"t{number}", assign="engineer") for number in range(5)]
    board = gate(
        "board",
        approvers=("engineer", "manager", "security"),
        quorum=wanted,
        exclude=("starter", *(f"t{number}" for number in range(5))),
    )
    begun = time.process_time()
    assert told(made(*steps, board), people) == []
    assert time.process_time() - begun < 2


def test_severity_is_of_the_problem() -> None:
    (problem,) = prove_people(made(gate("board")), Nowhere(), {"mia": ("managers",)}, starters=("mia",))
    assert problem.severity is Severity.ERROR
