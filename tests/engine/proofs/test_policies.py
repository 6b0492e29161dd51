"""Row 10: what a policy demands holds on every way, or a way shows that it does not."""

from __future__ import annotations

import pytest

from engine.compiler import compile_text, compile_together
from engine.language.policy import Policy
from engine.problems import Problem
from engine.proofs.policies import Said, violations

HEAD = "playbook: sample\ntitle: Sample\nkind: runbook\nowner: platform\nrisk: high\n"
ROLES = "roles:\n  manager: {groups: [managers]}\n  clerk: {groups: [clerks]}\n  boss: {users: [dana]}\n"
TWO = "- {before: {tag: deploy}, gate: {quorum: 2, roles: [manager], exclude: [starter]}}"
BOARD = "  - id: board\n    gate: {approvers: [manager], quorum: 2}\n"
SHIP = "  - id: ship\n    task: {assign: starter}\n    tags: [deploy]\n"
INPUT = "inputs:\n  what: {type: text}\n"
PLAN = "  - id: plan\n    task: {assign: starter}\n"


def policy(*demands: str, head: str = "") -> Policy:
    text = "policy: four-eyes\ntitle: Four eyes\nunit: platform\n" + head + "require:\n" + "\n".join(demands) + "\n"
    document = compile_text(text).document
    assert isinstance(document, Policy), compile_text(text).problems
    return document


def broken(steps: str, *demands: str, head: str = "", more: str = "") -> list[Problem]:
    compiled = compile_text(HEAD + more + ROLES + "steps:\n" + steps, policies=(policy(*demands, head=head),))
    assert {one.code for one in compiled.problems} <= {"policy-violated"}, compiled.problems
    return list(compiled.problems)


def ways(steps: str, *demands: str) -> list[tuple[str, ...]]:
    return [one.example for one in broken(steps, *(demands or (TWO,)))]


def test_a_gate_on_every_way_is_enough() -> None:
    assert ways(PLAN + BOARD + SHIP) == []


def test_a_way_around_the_gate_is_shown_and_the_policy_named() -> None:
    route = "  - id: route\n    decide: [{when: steps.plan.visits > 1, go: ship}, {otherwise: board}]\n"
    (problem,) = broken(PLAN + route + BOARD + SHIP, TWO)

    assert problem.example == ("plan", "route", "ship")
    assert problem.message == (
        "The policy `four-eyes` (Four eyes) does not hold: `ship` can be reached without a gate that 2 people of"
        " `manager` approve, and that excludes whoever started the run: plan → route → ship."
    )
    assert (problem.place.line, problem.severity) == (17, "error")


def test_a_rejection_and_a_rung_that_lead_on_are_ways_around_it() -> None:
    assert ways(PLAN + BOARD + "    on_reject: ship\n" + SHIP) == [("plan", "board", "ship")]
    assert ways(PLAN + BOARD + "    escalate: [{after: 1d, go: ship}]\n" + SHIP) == [("plan", "board", "ship")]


@pytest.mark.parametrize(
    ("gate", "why"),
    [
        ("    gate: {approvers: [manager], quorum: 2}\n    when: steps.plan.visits > 1\n", "may be skipped"),
        ("    gate: {approvers: [manager], quorum: 2}\n    escalate: [{after: 1d, outcome: approve}]\n", "when nobody"),
        ("    gate: {approvers: [manager], quorum: 2, exclude: []}\n", "does not exclude whoever started the run"),
        ("    gate: {approvers: [manager]}\n", "only 1 of `manager`, and 2 must be"),
        ("    gate: {approvers: [manager], quorum: all}\n", "only 1 of `manager`"),
        ("    gate: {approvers: [manager], quorum: 100%}\n", "only 1 of `manager`"),
        ("    gate: {approvers: [manager, clerk], quorum: 2}\n", "with nobody of `manager`"),
        ("    gate: {approvers: [manager, boss], quorum: 2}\n", "only 1 of `manager`"),
        ("    gate: {approvers: [manager, clerk], quorum: {manager: 1, clerk: 1}}\n", "only 1 of `manager`"),
        ("    gate: {approvers: [manager], quorum: 2}\n    escalate: [{after: 1d, add: boss}]\n", "only 1 of"),
        (
            "    gate: {approvers: [manager], quorum: {manager: 2}}\n    escalate: [{after: 1d, add: clerk}]\n",
            "with nobody of `manager`",
        ),
    ],
)
def test_what_is_less_than_asked_does_not_count_and_says_why(gate: str, why: str) -> None:
    (problem,) = broken(PLAN + "  - id: board\n" + gate + SHIP, TWO)

    assert problem.hint.startswith("The gate `board` does not count: it ")
    assert why in problem.hint


@pytest.mark.parametrize(
    "gate",
    [
        "    gate: {approvers: [manager], quorum: 3}\n",
        "    gate: {approvers: [manager, boss], quorum: 3}\n",
        "    gate: {approvers: [manager, clerk], quorum: {manager: 2, clerk: 1}}\n",
        "    gate: {approvers: [manager, clerk], quorum: {manager: 2, clerk: 1}}\n"
        "    escalate: [{after: 1d, add: boss, for: clerk}]\n",
        "    gate: {approvers: [manager], quorum: 2, exclude: [starter, plan]}\n",
        "    gate: {approvers: [manager], quorum: 2}\n"
        "    escalate: [{after: 1d, add: manager}, {after: 2d, outcome: reject}]\n",
    ],
)
def test_what_is_more_than_asked_counts(gate: str) -> None:
    assert ways(PLAN + "  - id: board\n" + gate + SHIP) == []


def test_a_second_time_needs_a_second_approval() -> None:
    again = "  - id: verify\n    task: {assign: starter, outcomes: [fine, broken]}\n    on_outcome: {broken: %s}\n"

    (problem,) = broken(PLAN + BOARD + SHIP + again % "ship", TWO)
    assert problem.example == ("plan", "board", "ship", "verify", "ship")
    assert "after `ship`, `ship` can be reached without passing another gate" in problem.message
    assert ways(PLAN + BOARD + SHIP + again % "board") == []
    assert ways(PLAN + BOARD + SHIP + SHIP.replace("ship", "more")) == [("plan", "board", "ship", "more")]


def test_a_gate_in_a_branch_counts_where_the_join_waits_for_it() -> None:
    beside = """  - id: both
    parallel:
      branches:
        asked:
          - id: board
            gate: {approvers: [manager], quorum: 2}
        done:
          - id: note
            task: {assign: starter}
"""
    assert ways(PLAN + beside + SHIP) == []
    assert ways(PLAN + beside + "      join: any\n" + SHIP) == [("plan", "both", "note", "ship")]


def test_a_gate_for_each_item_is_none_where_there_may_be_no_item() -> None:
    items = "  - id: many\n    each: \"['a']\"\n    as: one\n    steps:\n"
    inner = "      - id: board\n        gate: {approvers: [manager], quorum: 2}\n"
    act = "      - id: ship\n        task: {assign: starter}\n        tags: [deploy]\n"

    assert ways(PLAN + items + inner + act) == []
    assert ways(PLAN + items + inner + SHIP) == [("plan", "many", "ship")]
    assert ways(PLAN + BOARD + items + act) == []


def test_actions_are_found_by_their_provider_and_an_undo_by_its_own() -> None:
    action = "  - id: ship\n    action: http.request\n    with: {method: POST, url: https://x.example}\n"
    demand = '- {before: {action: "http.*"}, gate: {roles: [manager]}}'
    undone = PLAN + "    undo: {action: http.request, with: {method: POST, url: https://x.example}}\n"

    assert ways(PLAN + action, demand) == [("plan", "ship")]
    assert ways(PLAN + BOARD + action, demand) == []
    (problem,) = broken(undone, demand)
    assert problem.example == ("plan",)
    assert "the undo of `plan` can be reached" in problem.message


CHILD = "playbook: child\ntitle: Child\nkind: runbook\nowner: growth\n" + ROLES + "steps:\n"
CALL = "  - id: part\n    call: child\n"


@pytest.mark.parametrize(
    ("child", "parent", "expected"),
    [
        (SHIP, PLAN + CALL, [("plan", "part", "part/ship")]),
        (SHIP, PLAN + BOARD + CALL, []),
        (BOARD + SHIP, PLAN + CALL, []),
        (BOARD, PLAN + CALL + SHIP, []),
        (BOARD + SHIP, PLAN + CALL + SHIP, [("plan", "part", "ship")]),
        (BOARD + SHIP + BOARD.replace("board", "late"), PLAN + CALL + SHIP, []),
        (BOARD, PLAN + CALL + "    on_error: ship\n" + SHIP, [("plan", "part", "ship")]),
        (SHIP + BOARD, PLAN + BOARD + CALL + SHIP, []),
    ],
)
def test_a_called_playbook_is_looked_into(child: str, parent: str, expected: list[tuple[str, ...]]) -> None:
    kept = "policy: four-eyes\ntitle: Four eyes\nunit: platform\nrequire:\n  " + TWO + "\n"
    files = [("p.yaml", kept), ("c.yaml", CHILD + child), ("m.yaml", HEAD + ROLES + "steps:\n" + parent)]

    _, inner, outer = compile_together(files)

    assert inner.problems == (), "its own unit is bound by nothing"
    assert [one.example for one in outer.problems] == expected, outer.problems


def test_keys_that_every_step_of_a_kind_must_have() -> None:
    demand = "- {every: gate, has: [due, escalate]}"

    (problem,) = broken(PLAN + BOARD, demand)
    assert "the gate `board` has no `due` and no `escalate`" in problem.message
    assert broken(PLAN + BOARD + "    due: 1d\n    escalate: [{after: 1h, remind: pending}]\n", demand) == []
    assert [one.message.split(": ")[1] for one in broken(PLAN, "- {every: task, has: [due, checklist, title]}")] == [
        "the task `plan` has no `due` and no `checklist` and no `title`."
    ]


@pytest.mark.parametrize(
    ("head", "is_broken"), [("", True), ("review_every: 181d\n", True), ("review_every: 26w\n", True)]
)
def test_how_often_it_is_reviewed_again(head: str, is_broken: bool) -> None:
    assert bool(broken(PLAN, '- {review_every: "<= 180d"}', more=head)) is is_broken
    assert broken(PLAN, '- {review_every: "<= 180d"}', more="review_every: 25w\n") == []


@pytest.mark.parametrize("limit", ["risk: [low]", "kind: [sop]", "domain: [finance]", "tags: [money]"])
def test_a_policy_is_about_what_it_is_limited_to(limit: str) -> None:
    assert broken(PLAN + SHIP, TWO, head=f"applies: {{{limit}}}\n") == []
    assert broken(PLAN + SHIP, TWO, head="applies: {risk: [low, high], kind: [runbook]}\n") != []


@pytest.mark.parametrize(
    ("unit", "owner", "binds"),
    [
        ("platform", "platform", True),
        ("company/platform", "platform", True),
        ("company", "platform", True),
        ("finance", "platform", False),
        ("company/growth", "platform", False),
        ("company/platform/web", "platform", False),
    ],
)
def test_a_policy_binds_its_unit_and_what_is_below(unit: str, owner: str, binds: bool) -> None:
    kept = f"policy: four-eyes\ntitle: Four eyes\nunit: {unit}\nrequire:\n  {TWO}\n"
    other = "policy: other\ntitle: Other\nunit: company/platform\nrequire: [{every: end, has: [message]}]\n"
    text = (HEAD + ROLES + "steps:\n" + SHIP).replace("owner: platform", f"owner: {owner}")

    compiled = compile_together([("p.yaml", kept), ("o.yaml", other), ("m.yaml", text)])[2]

    assert bool(compiled.problems) is binds


def test_two_files_cannot_be_the_same_policy() -> None:
    kept = f"policy: four-eyes\ntitle: Four eyes\nunit: platform\nrequire:\n  {TWO}\n"
    assert [one.code for one in compile_together([("a.yaml", kept), ("b.yaml", kept)])[1].problems] == ["duplicate-id"]


def titled(steps: str, demand: str, children: dict[str, str] | None = None) -> list[Said]:
    called = {name: found for name, text in (children or {}).items() if (found := compile_text(text).definition)}
    compiled = compile_text(HEAD + INPUT + ROLES + "steps:\n" + steps, playbooks=called)
    definition = compiled.definition
    assert definition is not None, compiled.problems
    return [one.titled for one in violations(definition, policy(demand), lambda call: called.get(call.playbook))]


def test_a_reader_has_titles_where_the_file_has_ids() -> None:
    short = BOARD.replace("manager], quorum: 2", "manager, boss]") + "    title: The board decides\n"
    fast = "  - id: fast\n    decide: [{when: steps.plan.visits > 1, go: ship}, {otherwise: board}]\n"

    (said,) = titled(PLAN + fast + short + SHIP + "    title: Ship ${inputs.what}\n", TWO)

    assert said.way == ("Plan", "Fast", "Ship")
    assert said.what == (
        "“Ship” can be reached without a gate that 2 people of the role manager approve, and that excludes whoever"
        " started the run"
    )
    assert said.whole == f"{said.what}: Plan → Fast → Ship"
    (said,) = titled(PLAN + short + SHIP, TWO)
    assert said.hint.startswith(
        "The gate “The board decides” does not count: it may be approved with nobody of the role"
    )
    (said,) = titled(PLAN, "- {every: task, has: [due]}")
    assert (said.whole, said.way) == ("the task “Plan” has no `due`", ("Plan",))


def test_a_role_is_never_taken_for_a_step_of_the_same_id() -> None:
    gate = "  - id: clerk\n    title: The clerk looks\n    gate: {approvers: [clerk]}\n"
    demand = "- {before: {tag: deploy}, gate: {quorum: 2, roles: [clerk], exclude: [plan]}}"

    (said,) = titled(PLAN + gate + SHIP, demand)

    assert "2 people of the role clerk approve, and that excludes whoever did “Plan”" in said.what
    assert said.hint.startswith("The gate “The clerk looks” does not count: it does not exclude whoever did “Plan”")


def test_a_step_of_a_called_playbook_is_named_with_the_step_that_calls_it() -> None:
    child = CHILD + SHIP + "    title: Send it off\n"

    (said,) = titled(PLAN + CALL, TWO, {"child": child})

    assert said.way == ("Plan", "Part", "Part / Send it off")
    assert said.what.startswith("“Part / Send it off” can be reached without")
