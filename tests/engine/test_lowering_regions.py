"""Regions as compiled: their lists, the ways into, within and out of them, and what may be read where."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.calendars import OFFICE_HOURS
from engine.compiler import Compiled, compile_text
from engine.definition import (
    ActionSpec,
    Concurrency,
    Definition,
    EachSpec,
    ParallelSpec,
    RollbackSpec,
    Schedule,
    TaskSpec,
    Transition,
    WaitSpec,
    Webhook,
    from_json,
    to_json,
)

HEAD = """\
playbook: sample
title: Sample
kind: sop
owner: team
inputs: {score: {type: integer}, regions: {type: list, of: text}, days: {type: list, of: date}}
roles: {writer: {groups: [writers]}, boss: {users: [dana]}}
steps:
"""


def compiled(steps: str) -> Compiled:
    return compile_text(HEAD + steps, "sample.yaml", {"nights": OFFICE_HOURS})


def definition(steps: str) -> Definition:
    found = compiled(steps)
    assert found.definition is not None, found.problems
    return found.definition


def ways(found: Definition, source: str) -> list[tuple[str, str]]:
    return [(way.trigger, way.target) for way in found.ways[source]]


BRANCHES = """\
  - id: ship
    parallel:
      join: any
      branches:
        eu:
          - {id: eu-plan, task: {assign: writer}}
          - {id: eu-board, gate: {approvers: [boss]}, on_reject: eu-plan, on_return: after}
        us: [{id: us-rest, wait: 1h, next: leave}]
    next: last
  - {id: after, wait: 1h}
  - {id: last, wait: 1h, next: ship}
"""


class TestBranches:
    def test_each_branch_is_a_list_of_its_own(self) -> None:
        found = definition(BRANCHES)

        assert list(found.lists.items()) == [
            ("", ("ship", "after", "last")),
            ("ship/eu", ("eu-plan", "eu-board")),
            ("ship/us", ("us-rest",)),
        ]
        assert [(step.id, step.within) for step in found.steps.values()] == [
            ("ship", ""),
            ("eu-plan", "ship/eu"),
            ("eu-board", "ship/eu"),
            ("us-rest", "ship/us"),
            ("after", ""),
            ("last", ""),
        ]
        assert found.steps["ship"].does == ParallelSpec(branches=("eu", "us"), join="any")
        assert found.bodies("ship") == ("ship/eu", "ship/us")

    def test_the_region_enters_every_branch_and_then_leads_on(self) -> None:
        found = definition(BRANCHES)

        assert ways(found, "") == [("start", "ship")]
        assert ways(found, "ship") == [
            ("enter:ship/eu", "eu-plan"),
            ("enter:ship/us", "us-rest"),
            ("done", "last"),
            ("skip", "last"),
        ]

    def test_a_branch_ends_by_itself_or_is_left_for_a_list_around(self) -> None:
        found = definition(BRANCHES)

        assert ways(found, "eu-board") == [
            ("approve", "leave"),
            ("reject", "eu-plan"),
            ("return", "after"),
            ("skip", "leave"),
        ]
        assert ways(found, "us-rest") == [("done", "leave"), ("skip", "leave")]

    @pytest.mark.parametrize(("written", "join"), [("all", "all"), ("any", "any"), ("2", 2)])
    def test_every_form_of_join(self, written: str, join: object) -> None:
        found = definition(BRANCHES.replace("join: any", f"join: {written}"))
        assert found.steps["ship"].does.join == join

    def test_all_lists_end_unless_it_says_otherwise(self) -> None:
        found = definition(BRANCHES.replace("      join: any\n", ""))
        assert found.steps["ship"].does.join == "all"

    def test_places_of_inner_steps_are_found_by_their_ids(self) -> None:
        found = compiled(BRANCHES)
        assert found.places.at("steps", "us-rest", "wait").line == 15
        assert found.places.at("steps", "ship", "parallel", "branches", "us").line == 15


GRAPH = """\
  - id: ship
    parallel:
      steps:
        - id: sort
          decide:
            - {when: inputs.score > 7, go: [deep, quick]}
            - {otherwise: quick}
        - {id: deep, needs: [sort], wait: 1h}
        - {id: quick, needs: [sort], gate: {approvers: [boss]}, on_reject: fail}
        - {id: build, task: {assign: writer, outcomes: [good, odd, bad]}, on_outcome: {odd: [look, ask], bad: rollback}}
        - {id: look, needs: [build], wait: 1h}
        - {id: ask, needs: [build], wait: 1h}
        - {id: pack, needs: [build, deep], action: debug.echo, on_error: before}
        - {id: send, needs: [pack, quick], wait: 1h}
  - {id: before, wait: 1h}
"""


class TestNeeds:
    def test_it_is_one_list_whose_steps_say_what_they_need(self) -> None:
        found = definition(GRAPH)

        assert found.lists["ship"] == ("sort", "deep", "quick", "build", "look", "ask", "pack", "send")
        assert found.is_graph("ship")
        does = found.steps["ship"].does
        assert isinstance(does, ParallelSpec)
        assert does.needs == {
            "sort": (),
            "deep": ("sort",),
            "quick": ("sort",),
            "build": (),
            "look": ("build",),
            "ask": ("build",),
            "pack": ("build", "deep"),
            "send": ("pack", "quick"),
        }
        assert (does.branches, does.join) == ((), "all")

    def test_what_needs_nothing_is_entered(self) -> None:
        assert ways(definition(GRAPH), "ship") == [
            ("enter:ship", "sort"),
            ("enter:ship", "build"),
            ("done", "before"),
            ("skip", "before"),
        ]

    def test_a_rule_makes_the_edges_live_that_it_names(self) -> None:
        found = definition(GRAPH)

        assert found.ways["sort"] == (
            Transition("sort", "rule:0", "deep", "inputs.score > 7"),
            Transition("sort", "rule:0", "quick", "inputs.score > 7"),
            Transition("sort", "otherwise", "quick"),
            Transition("sort", "skip", "leave"),
        )

    def test_an_outcome_without_a_way_leads_to_all_that_no_way_names(self) -> None:
        assert ways(definition(GRAPH), "build") == [
            ("outcome:good", "pack"),
            ("outcome:odd", "look"),
            ("outcome:odd", "ask"),
            ("outcome:bad", "rollback"),
            ("skip", "leave"),
        ]

    @pytest.mark.parametrize(
        ("step", "expected"),
        [
            ("deep", [("done", "pack"), ("skip", "leave")]),
            ("quick", [("approve", "send"), ("reject", "fail"), ("skip", "leave")]),
            ("pack", [("done", "send"), ("error", "before"), ("skip", "leave")]),
            ("send", [("done", "leave"), ("skip", "leave")]),
        ],
    )
    def test_a_step_leads_to_what_needs_it(self, step: str, expected: list[tuple[str, str]]) -> None:
        assert ways(definition(GRAPH), step) == expected

    def test_a_circle_is_lowered_and_left_to_the_proofs(self) -> None:
        found = definition(
            "  - id: ship\n    parallel:\n      steps:\n"
            "        - {id: a, needs: [b], wait: 1h}\n        - {id: b, needs: [a], wait: 1h}\n"
        )
        assert ways(found, "ship") == [("done", "leave"), ("skip", "leave")]
        assert ways(found, "a") == [("done", "b"), ("skip", "leave")]

    def test_inside_a_step_of_it_lists_are_ordinary_again(self) -> None:
        found = definition(
            "  - id: ship\n    parallel:\n      steps:\n"
            "        - id: both\n          parallel:\n            branches:\n"
            "              one: [{id: a, wait: 1h, next: b}, {id: b, wait: 1h}]\n"
            "        - {id: after, needs: [both], wait: 1h}\n"
        )
        assert ways(found, "a") == [("done", "b"), ("skip", "b")]
        assert ways(found, "both") == [("enter:both/one", "a"), ("done", "after"), ("skip", "leave")]
        assert found.around("both/one") == ("both/one", "ship", "")


EACH = """\
  - id: roll
    each: inputs.regions
    as: to-region
    at_most: 3
    join: 2
    steps:
      - {id: sum, set: {name: each.item, next-one: each.index + 1}}
      - {id: go, action: debug.echo, with: {to: "${each.to_region}"}}
      - id: days
        each: inputs.days
        mode: sequence
        steps:
          - {id: ask, task: {assign: writer}, title: "${each.to_region}", when: each.item > now}
          - {id: note, set: {late: each.item, which: steps.sum.next_one}}
"""


class TestEach:
    def test_it_has_one_list(self) -> None:
        found = definition(EACH)

        assert dict(found.lists) == {"": ("roll",), "roll": ("sum", "go", "days"), "days": ("ask", "note")}
        assert ways(found, "roll") == [("enter:roll", "sum"), ("done", "leave"), ("skip", "leave")]
        roll, days = found.steps["roll"].does, found.steps["days"].does
        assert isinstance(roll, EachSpec)
        assert isinstance(days, EachSpec)
        assert (roll.over, roll.name, roll.at_most, roll.join) == ("inputs.regions", "to-region", 3, 2)
        assert (days.name, days.at_most, days.join) == ("", 1, "all")

    def test_an_item_has_the_type_that_its_list_gives(self) -> None:
        found = definition(EACH)

        inside, nested = found.names_in("roll"), found.names_in("days")
        assert inside["each.item"] == inside["each.to_region"] == inside["steps.sum.name"] == "string"
        assert inside["each.index"] == inside["steps.sum.next_one"] == nested["steps.note.which"] == "int"
        assert nested["each.item"] == nested["steps.note.late"] == "timestamp"
        assert nested["each.to_region"] == "string"
        assert inside["steps.days"] == "list(map(string, dyn))"

    def test_outside_it_is_a_list(self) -> None:
        found = definition(EACH)

        assert found.names["steps.roll"] == "list(map(string, dyn))"
        assert found.names["steps.roll.visits"] == "int"
        assert [name for name in found.names if name.startswith(("each.", "steps.sum", "steps.ask"))] == []

    def test_the_names_of_an_each_are_only_what_it_adds(self) -> None:
        does = definition(EACH).steps["days"].does
        assert isinstance(does, EachSpec)
        assert sorted(does.names) == [
            "each.index",
            "each.item",
            "steps.ask.at",
            "steps.ask.by",
            "steps.ask.visits",
            "steps.note.late",
            "steps.note.visits",
            "steps.note.which",
        ]

    @pytest.mark.parametrize(
        ("over", "kind"),
        [
            ("inputs.regions.map(r, size(r))", "int"),
            ("steps.first.left", "dyn"),
            ("steps.computed.names", "string"),
            ("steps.board.votes", "map(string, dyn)"),
            ("[1, 2]", "int"),
        ],
    )
    def test_lists_of_every_origin(self, over: str, kind: str) -> None:
        found = compiled(
            "  - {id: first, action: debug.echo}\n  - {id: board, gate: {approvers: [boss]}}\n"
            f"  - {{id: roll, each: '{over}', steps: [{{id: rest, wait: 1h}}]}}\n"
            "  - {id: computed, set: {names: 'inputs.regions'}}\n"
        ).definition
        assert found is not None
        assert found.names_in("roll")["each.item"] == kind

    def test_a_parallel_inside_has_the_same_item(self) -> None:
        found = definition(
            "  - id: roll\n    each: inputs.regions\n    steps:\n      - id: both\n        parallel: {branches: {\n"
            "          one: [{id: a, action: debug.echo, with: {to: '${each.item}'}}],\n"
            "          two: [{id: b, set: {x: each.index}}]}}\n"
            "      - {id: after, set: {y: steps.b.x + 1}}\n"
        )
        assert found.names_in("both/one")["each.item"] == "string"
        assert found.names_in("roll")["steps.after.y"] == "int"


def test_signals_rollback_and_ways_after_an_error() -> None:
    found = definition(
        "  - {id: paid, wait: {signal: payment, match: signal.ref == inputs.score, deadline: 2d, on_deadline: back}}\n"
        "  - {id: ship, action: debug.echo, on_error: rollback}\n"
        "  - {id: rest, wait: {signal: go-on}, next: leave, when: steps.paid.amount > 3}\n"
        "  - {id: back, rollback: true}\n"
    )
    assert found.steps["paid"].does == WaitSpec(
        signal="payment", match="signal.ref == inputs.score", deadline=timedelta(days=2)
    )
    assert ways(found, "paid") == [("done", "ship"), ("deadline", "back"), ("skip", "ship")]
    assert ways(found, "ship") == [("done", "rest"), ("error", "rollback"), ("skip", "rest")]
    assert found.steps["ship"].does.on_error == "route"
    assert found.steps["rest"].does == WaitSpec(signal="go-on")
    assert found.steps["back"].does == RollbackSpec()
    assert ways(found, "back") == []
    assert (found.names["steps.paid"], found.names["steps.paid.at"]) == ("dyn", "timestamp")


def test_undo_window_tags_and_lock() -> None:
    found = definition(
        "  - id: ship\n    action: debug.echo\n    window: nights\n    tags: [risky, money]\n    locked: true\n"
        "    undo:\n      action: http.request\n      with: {method: POST, url: 'https://x.org/${steps.ship.ref}'}\n"
        "      timeout: 5s\n      retry: {attempts: 3}\n      idempotency_key: undo-${run.id}\n"
        "  - {id: tell, task: {assign: writer}, undo: {task: {assign: boss, checklist: [Said sorry]}}}\n"
    )
    ship, tell = found.steps["ship"], found.steps["tell"]
    assert (ship.window, ship.tags, ship.locked) == ("nights", ("risky", "money"), True)
    assert found.windows == {"nights": OFFICE_HOURS}
    assert isinstance(ship.undo, ActionSpec)
    assert (ship.undo.provider, ship.undo.timeout, ship.undo.retry.attempts) == (
        "http.request",
        timedelta(seconds=5),
        3,
    )
    assert ship.undo.idempotency_key == "undo-${run.id}"
    assert isinstance(tell.undo, TaskSpec)
    assert (tell.undo.assign, tell.undo.checklist, tell.window) == ("boss", ("Said sorry",), None)


def test_concurrency_and_triggers() -> None:
    head = (
        'concurrency: {key: "${inputs.score}", limit: 2, when_full: refuse}\n'
        "triggers:\n"
        '  - {schedule: " 0  9 * * MON", timezone: Europe/Amsterdam, catch_up: each,\n'
        "     with: {score: 2, regions: [], days: []}}\n"
        '  - {webhook: asked, with: {score: "${payload.score}", regions: "${payload.regions}", days: []}}\n'
        '  - {schedule: "*/5 * * * *", with: {score: 1, regions: [eu], days: []}}\n'
    )
    found = compile_text(HEAD.replace("inputs:", head + "inputs:") + "  - {id: a, wait: 1h}\n").definition

    assert found is not None
    assert found.concurrency == Concurrency(key="${inputs.score}", limit=2, when_full="refuse")
    assert found.schedules == (
        Schedule("0 9 * * MON", "Europe/Amsterdam", "each", {"score": 2, "regions": [], "days": []}),
        Schedule("*/5 * * * *", "UTC", "once", {"score": 1, "regions": ["eu"], "days": []}),
    )
    assert found.webhooks == (
        Webhook("asked", {"score": "${payload.score}", "regions": "${payload.regions}", "days": []}),
    )


@pytest.mark.parametrize("steps", [BRANCHES, GRAPH, EACH])
def test_what_is_stored_is_read_back(steps: str) -> None:
    found = definition(steps)
    assert from_json(to_json(found)) == found


def test_a_playbook_without_them_keeps_the_digest_it_had() -> None:
    """Runs of last year name their definition by it."""
    text = "playbook: p\ntitle: P\nkind: sop\nowner: o\nsteps:\n  - {id: a, task: {assign: starter}, due: 1d}\n"
    found = compile_text(text).definition
    assert found is not None
    assert found.digest == "27d7030e0cff66c629a1b07e1c1c92b1d288866f0362c61361ae0d9dcaa7ee12"
