"""Templates: a child and its parents make one document, and every problem stands in the right file of the chain."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from engine.compiler import Compiled, Files, compile_text, compile_together
from engine.definition import GateSpec, TaskSpec, from_json, to_json
from engine.problems import Problem

PARENT = """\
playbook: change
template: true
title: Change in ${parameters.region}
kind: runbook
owner: platform
parameters:
  region: {type: choice, options: [eu, us]}
  limit: {type: integer, min: 1, default: 5}
  answer: {type: duration, default: 8h}
  boss: {type: text, default: manager}
inputs:
  risk: {type: integer}
roles:
  engineer: {groups: [engineers]}
  manager: {groups: [managers]}
tags: [change]
steps:
  - id: plan
    task: {assign: engineer, instructions: "Plan it for ${parameters.region}, not for 'parameters.region'."}
  - id: route
    decide:
      - {when: inputs.risk > parameters.limit && 'parameters.limit' != '', go: board}
      - {otherwise: board}
  - id: board
    locked: true
    gate: {approvers: ["${parameters.boss}"]}
    due: ${parameters.answer}
    on_reject: halt
  - id: ship
    task: {assign: engineer, outcomes: [well, ill]}
    on_outcome: {ill: verify}
    next: verify
  - id: verify
    task: {assign: engineer}
    next: done
  - id: halt
    end: failed
  - id: done
    end: completed
"""
HEAD = "playbook: change-eu\nextends: change\nparameters: {region: eu}\n"


def child(rest: str = "", head: str = HEAD, parent: str = PARENT) -> Compiled:
    return compile_text(head + rest, "child.yaml", parents=Files((("parent.yaml", parent),)))


def told(compiled: Compiled) -> list[tuple[str, str, int, int]]:
    return [(one.file, one.code, one.place.line, one.place.column) for one in compiled.problems]


def ways(compiled: Compiled, source: str) -> dict[str, str]:
    assert compiled.definition is not None, compiled.problems
    return {way.trigger: way.target for way in compiled.definition.ways[source] if way.trigger != "skip"}


def order(compiled: Compiled) -> list[str]:
    assert compiled.definition is not None, compiled.problems
    return list(compiled.definition.lists[""])


class TestTheTemplateItself:
    def test_it_compiles_with_its_parameters_as_names(self) -> None:
        compiled = compile_text(PARENT, "parent.yaml")

        assert compiled.ok
        assert compiled.problems == ()
        assert compiled.definition is not None
        assert compiled.definition.template
        assert compiled.definition.names["parameters.limit"] == "int"
        assert compiled.definition.title == "Change in ${parameters.region}"

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("parameters.limit &&", "parameters.limitt &&", ("unknown-name", 22, 30)),
            ("inputs.risk > parameters.limit &&", "parameters.limit &&", ("type-mismatch", 22, 33)),
            ("template: true\n", "", ("unknown-key", 5, 1)),
            ("limit: {type: integer, min: 1, default: 5}", "limit: {type: integr}", ("bad-value", 8, 17)),
            ("default: 8h", "required: false", ("bad-value", 9, 3)),
            ("locked: true", "locked: yes", ("bad-value", 25, 13)),
        ],
    )
    def test_what_is_wrong_in_it_is_told_at_its_place(self, old: str, new: str, expected: tuple[str, int, int]) -> None:
        compiled = compile_text(PARENT.replace(old, new), "parent.yaml")

        assert ("parent.yaml", *expected) in told(compiled)

    def test_a_parameter_that_must_be_a_role_needs_a_default_to_be_checked(self) -> None:
        compiled = compile_text(PARENT.replace(", default: manager", ""), "parent.yaml")

        (problem,) = compiled.problems
        assert (problem.code, problem.place.line) == ("unknown-role", 10)
        assert problem.hint == "Give the parameter `boss` a default that fits here."

    @pytest.mark.parametrize(
        ("kind", "use"),
        [
            ("{type: integer, min: 2}", "quorum: ${parameters.p}"),
            ("{type: choice, options: [majority, any]}", "reject: ${parameters.p}"),
            ("{type: list, of: choice, options: [comment]}", "require: ${parameters.p}"),
        ],
    )
    def test_an_example_stands_in_where_a_value_must_be(self, kind: str, use: str) -> None:
        text = PARENT.replace("parameters:\n", f"parameters:\n  p: {kind}\n")
        text = text.replace(
            '{approvers: ["${parameters.boss}"]}', f'{{approvers: [manager], {use.replace("$", chr(34) + "$")}"}}'
        )

        assert compile_text(text).problems == ()


class TestParameters:
    def test_they_are_put_into_texts_values_and_expressions(self) -> None:
        definition = child("set: {summary: 'Up to ${parameters.limit}'}\n").definition

        assert definition is not None
        assert definition.title == "Change in eu"
        assert definition.summary == "Up to 5"
        plan, board = definition.steps["plan"], definition.steps["board"]
        assert isinstance(plan.does, TaskSpec)
        assert isinstance(board.does, GateSpec)
        assert plan.does.instructions == "Plan it for eu, not for 'parameters.region'."
        assert board.does.approvers == ("manager",)
        assert str(board.due) == "8:00:00"
        guard = next(way.guard for way in definition.ways["route"] if way.trigger == "rule:0")
        assert guard == "inputs.risk > 5 && 'parameters.limit' != ''"
        assert not any(name.startswith("parameters") for name in definition.names)
        assert not definition.template

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("{}", [("missing-key", 3, 13)]),
            ("{region: uk}", [("type-mismatch", 3, 22)]),
            ("{region: eu, regoin: us}", [("unknown-key", 3, 26)]),
            ("{region: eu, limit: many}", [("type-mismatch", 3, 33)]),
            ("{region: eu, limit: 0}", [("bad-value", 3, 33)]),
            ("{region: eu, answer: soon}", [("type-mismatch", 3, 34)]),
            ("{region: eu, boss: chief}", [("unknown-role", 3, 32)]),
            ("[eu]", [("bad-value", 3, 13)]),
        ],
    )
    def test_what_is_missing_unknown_or_ill_typed_is_told_where_it_is_given(
        self, given: str, expected: list[tuple[str, int, int]]
    ) -> None:
        compiled = child(head=f"playbook: change-eu\nextends: change\nparameters: {given}\n")

        assert told(compiled) == [("child.yaml", *one) for one in expected]

    def test_without_any_the_missing_one_is_told_at_the_parents_name(self) -> None:
        assert told(child(head="playbook: change-eu\nextends: change\n")) == [("child.yaml", "missing-key", 2, 10)]

    def test_an_error_behind_a_parameter_stands_at_its_column_in_the_template(self) -> None:
        parent = PARENT.replace("'parameters.limit' != ''", "inputs.rsk > 1")

        (problem,) = child("", HEAD.replace("eu}", "eu, limit: 1234567}"), parent).problems
        line = parent.splitlines()[problem.place.line - 1]
        assert (problem.file, problem.code) == ("parent.yaml", "unknown-name")
        assert line[problem.place.column - 1 :].startswith("inputs.rsk")

    @pytest.mark.parametrize(
        ("kind", "value", "constant"),
        [
            ("{type: text}", "it's \\ ${x}", r"'it\'s \\ ${x}'"),
            ("{type: number}", "-1.5", "(-1.5)"),
            ("{type: boolean}", "true", "true"),
            ("{type: date}", "2026-03-02", "timestamp('2026-03-02T00:00:00Z')"),
            ("{type: duration}", "90m", "duration('5400.000000s')"),
            ("{type: list, of: integer}", "[1, 2]", "[1, 2]"),
        ],
    )
    def test_in_an_expression_each_type_becomes_its_constant(self, kind: str, value: str, constant: str) -> None:
        parent = PARENT.replace("parameters:\n", f"parameters:\n  p: {kind}\n") + "outputs:\n  p: parameters.p\n"
        compiled = child("", HEAD.replace("eu}", f"eu, p: {value if '${' not in value else repr(value)}}}"), parent)

        expected = constant if "${" not in value else r"'it\\\'s \\\\ ${x}'"
        assert compiled.definition is not None, compiled.problems
        assert compiled.definition.outputs["p"] in (constant, expected)


class TestTheHead:
    def test_set_replaces_whole_keys_and_the_rest_is_the_parents(self) -> None:
        definition = child(
            "set: {title: Ours, roles: {engineer: {users: [eva]}, manager: {users: [mia]}}}\n"
        ).definition

        assert definition is not None
        assert (definition.playbook, definition.title, definition.owner) == ("change-eu", "Ours", "platform")
        assert definition.roles["engineer"].users == ("eva",)
        assert definition.roles["engineer"].groups == ()

    def test_roles_inputs_and_tags_are_added_to(self) -> None:
        compiled = child("roles: {council: {groups: [c]}}\ninputs: {why: {type: text}}\ntags: [eu]\n")

        assert compiled.definition is not None, compiled.problems
        assert list(compiled.definition.roles) == ["engineer", "manager", "council"]
        assert [spec.name for spec in compiled.definition.inputs] == ["risk", "why"]
        assert compiled.definition.tags == ("change", "eu")

    @pytest.mark.parametrize(
        ("rest", "code", "line", "column", "hint"),
        [
            ("title: Ours\n", "unknown-key", 4, 1, "Write it under `set`: `set: {title: …}`."),
            ("steps: []\n", "unknown-key", 4, 1, "Steps are adapted by `change`."),
            ("set: {steps: []}\n", "unknown-key", 4, 7, "Steps are adapted by `change`."),
            ("set: {titel: Ours}\n", "unknown-key", 4, 7, "Did you mean `title`?"),
            ("set: {kind: book}\n", "bad-value", 4, 13, None),
            ("roles: {manager: {groups: [c]}}\n", "duplicate-id", 4, 9, None),
            ("tags: [change]\n", "duplicate-id", 4, 8, None),
            ("tags: {a: b}\n", "bad-value", 4, 7, None),
            ("change: {remove: verify}\n", "bad-value", 4, 9, None),
            ("change: [{remove: verify, insert: []}]\n", "unknown-key", 4, 27, "Beside `remove` stands nothing."),
            ("change: [{remove: verify, after: plan}]\n", "bad-value", 4, 10, None),
            ("change: [{insert: []}]\n", "missing-key", 4, 10, None),
            ("change: [{after: plan}]\n", "missing-key", 4, 10, None),
            ("change: [{after: plan, insert: [x]}]\n", "bad-value", 4, 32, None),
            ("change: [{remove: verfy}]\n", "unknown-step", 4, 19, "Did you mean `verify`?"),
        ],
    )
    def test_what_a_child_cannot_say(self, rest: str, code: str, line: int, column: int, hint: str | None) -> None:
        compiled = child(rest)

        assert told(compiled) == [("child.yaml", code, line, column)]
        if hint is not None:
            assert compiled.problems[0].hint == hint


class TestChanges:
    def test_steps_come_in_before_and_after_in_the_order_of_the_changes(self) -> None:
        compiled = child(
            "change:\n"
            "  - {after: plan, insert: [{id: a, task: {assign: engineer}}, {id: b, task: {assign: engineer}}]}\n"
            "  - {before: b, insert: [{id: c, task: {assign: engineer}}]}\n"
        )

        assert order(compiled)[:5] == ["plan", "a", "c", "b", "route"]

    def test_a_removed_step_gives_its_routes_to_its_own_next(self) -> None:
        compiled = child("change: [{remove: verify}]\n")

        assert ways(compiled, "ship") == {"outcome:well": "done", "outcome:ill": "done"}

    def test_without_a_next_they_go_to_the_following_step(self) -> None:
        parent = PARENT.replace("otherwise: board", "otherwise: extra").replace(
            "  - id: board\n", "  - id: extra\n    task: {assign: engineer}\n  - id: board\n"
        )
        compiled = child("change: [{remove: extra}]\n", parent=parent)

        assert ways(compiled, "route") == {"rule:0": "board", "otherwise": "board"}

    def test_what_led_to_it_only_by_standing_before_it_goes_on_where_it_went(self) -> None:
        parent = PARENT.replace("    on_outcome: {ill: verify}\n    next: verify\n", "")
        compiled = child("change: [{remove: verify}]\n", parent=parent)

        assert ways(compiled, "ship") == {"outcome:well": "done", "outcome:ill": "done"}

    def test_a_replaced_step_gives_its_routes_to_the_first_that_takes_its_place(self) -> None:
        compiled = child(
            "change:\n  - replace: verify\n    with: [{id: x, task: {assign: engineer}}, {id: y, end: completed}]\n"
        )

        assert ways(compiled, "ship") == {"outcome:well": "x", "outcome:ill": "x"}
        assert ways(compiled, "x") == {"done": "y"}

    def test_a_replaced_step_may_come_back_under_its_name(self) -> None:
        compiled = child("change: [{replace: verify, with: {id: verify, task: {assign: manager}, next: done}}]\n")

        assert ways(compiled, "ship") == {"outcome:well": "verify", "outcome:ill": "verify"}

    def test_a_name_that_is_taken_is_told_in_the_child(self) -> None:
        compiled = child("change: [{before: plan, insert: [{id: ship, task: {assign: engineer}}]}]\n")

        assert told(compiled) == [("child.yaml", "duplicate-id", 4, 39)]

    def test_a_first_step_that_leads_elsewhere_cannot_simply_go(self) -> None:
        parent = PARENT.replace(
            "tags: [change]\nsteps:\n", "steps:\n  - {id: go, task: {assign: engineer}, next: route}\n"
        )

        assert told(child("change: [{remove: go}]\n", parent=parent)) == [("child.yaml", "bad-target", 4, 19)]

    def test_what_is_wrong_with_a_step_that_comes_in_stands_in_the_child(self) -> None:
        compiled = child("change:\n  - {after: plan, insert: [{id: a, task: {assign: nobody}}]}\n")

        assert told(compiled) == [("child.yaml", "unknown-role", 5, 51)]

    def test_what_read_a_removed_step_is_told_where_it_stands_in_the_parent(self) -> None:
        parent = PARENT + "outputs: {who: steps.verify.by}\n"

        (problem,) = child("change: [{remove: verify}]\n", parent=parent).problems
        assert (problem.file, problem.code) == ("parent.yaml", "unknown-name")
        assert parent.splitlines()[problem.place.line - 1][problem.place.column - 1 :] == "steps.verify.by}"


class TestLocked:
    @pytest.mark.parametrize(
        "change",
        [
            "{remove: board}",
            "{replace: board, with: {id: board, gate: {approvers: [engineer]}}}",
            "{remove: halt}",
            "{replace: halt, with: {id: other, end: failed}}",
        ],
    )
    def test_it_stays_as_it_is_with_the_steps_it_names(self, change: str) -> None:
        compiled = child(f"change:\n  - {change}\n")

        assert [(one.code, one.place.line, one.file) for one in compiled.problems] == [("locked-step", 5, "child.yaml")]

    def around(self, *changes: str) -> Problem:
        compiled = child("change:\n" + "".join(f"  - {change}\n" for change in changes))
        (problem,) = compiled.problems
        assert (problem.code, problem.file) == ("locked-step", "child.yaml")
        assert not compiled.ok
        return problem

    def test_no_way_leads_around_it(self) -> None:
        """At the change that brought the way, with the way."""
        problem = self.around(
            "{after: plan, insert: [{id: more, task: {assign: engineer}}]}",
            "{before: board, insert: [{id: quick, decide: [{when: inputs.risk < 3, go: ship}, {otherwise: board}]}]}",
            "{replace: route, with: {id: sort, decide: [{when: inputs.risk < 5, go: quick}, {otherwise: board}]}}",
        )

        assert problem.example == ("plan", "more", "sort", "quick", "ship")
        assert problem.place.line == 6
        assert "`board`" in problem.message

    def test_no_rung_and_no_error_leads_around_it(self) -> None:
        rung = "{replace: plan, with: {id: plan, task: {assign: engineer}, escalate: [{after: 1h, go: verify}]}}"
        error = "{after: plan, insert: [{id: log, action: debug.echo, with: {a: b}, on_error: verify}]}"

        assert self.around(rung).example == ("plan", "verify")
        assert self.around(error).example == ("plan", "log", "verify")

    def test_the_run_does_not_complete_without_it(self) -> None:
        """Not even by an end of the child's own."""
        early = (
            "{after: plan, insert: [{id: small, decide: [{when: inputs.risk < 3, go: early}, {otherwise: route}]}, "
            "{id: early, end: completed}]}"
        )
        problem = self.around(early)

        assert problem.message.startswith("The run can be completed without")
        assert problem.example == ("plan", "small", "early")

    def test_a_failed_end_may_come_before_it(self) -> None:
        compiled = child(
            "change:\n"
            "  - after: plan\n"
            "    insert:\n"
            "      - {id: big, decide: [{when: inputs.risk > 9, go: stop}, {otherwise: route}]}\n"
            "      - {id: stop, end: failed}\n"
        )

        assert compiled.problems == ()

    def test_a_replaced_step_may_not_lead_around_it_either(self) -> None:
        """`late` leads to a failed end in the template, and past `board` to the completed one in the child."""
        parent = PARENT.replace("  - id: halt\n", "  - id: late\n    decide: [{otherwise: halt}]\n  - id: halt\n")
        parent = parent.replace("{otherwise: board}", "{otherwise: late}")
        assert child(parent=parent).ok

        late = "{id: late, task: {assign: engineer}, next: done}"
        compiled = child(f"change: [{{replace: late, with: {late}}}]\n", parent=parent)

        (problem,) = compiled.problems
        assert (problem.code, problem.example) == ("locked-step", ("plan", "route", "late", "done"))

    def test_a_parent_that_cannot_be_compiled_proves_nothing(self) -> None:
        """What the child puts right in itself is not known of its parent."""
        parent = PARENT.replace("next: done\n", "next: nowhere\n")
        compiled = child(
            "change: [{replace: verify, with: {id: verify, task: {assign: engineer}, next: done}}]\n", parent=parent
        )

        assert told(compiled) == [("child.yaml", "bad-value", 2, 10)]


class TestChains:
    def test_a_problem_points_into_the_file_of_the_chain_it_stands_in(self) -> None:
        middle = HEAD.replace("change-eu", "middle") + "set: {sla: soon}\ntemplate: true\n"
        files = Files((("parent.yaml", PARENT.replace("kind: runbook", "kind: book")), ("middle.yaml", middle)))
        compiled = compile_text("playbook: last\nextends: middle\nset: {risk: huge}\n", "last.yaml", parents=files)

        assert told(compiled) == [
            ("last.yaml", "bad-value", 3, 13),
            ("middle.yaml", "bad-value", 4, 12),
            ("parent.yaml", "bad-value", 4, 7),
        ]
        assert list(compiled.texts) == ["middle.yaml", "parent.yaml"]

    def test_a_template_between_may_leave_parameters_to_its_children(self) -> None:
        middle = "playbook: middle\nextends: change\ntemplate: true\nparameters: {limit: 9}\n"
        files = Files((("parent.yaml", PARENT), ("middle.yaml", middle)))

        assert compile_text(middle, "middle.yaml", parents=files).ok
        last = compile_text("playbook: last\nextends: middle\nparameters: {region: us}\n", "last.yaml", parents=files)
        assert last.definition is not None, last.problems
        assert last.definition.title == "Change in us"
        assert [one.playbook for one in last.definition.extends] == ["middle", "change"]
        again = compile_text("playbook: last\nextends: middle\nparameters: {region: us, limit: 1}\n", parents=files)
        assert [one.code for one in again.problems] == ["unknown-key"]

    def test_the_locks_of_all_parents_hold(self) -> None:
        files = Files((("parent.yaml", PARENT), ("middle.yaml", HEAD.replace("change-eu", "middle"))))
        compiled = compile_text("playbook: last\nextends: middle\nchange: [{remove: board}]\n", parents=files)

        assert [one.code for one in compiled.problems] == ["locked-step"]

    @pytest.mark.parametrize(("levels", "is_ok"), [(5, True), (6, False)])
    def test_there_are_at_most_five_parents_above_each_other(self, levels: int, is_ok: bool) -> None:
        texts = [("0.yaml", PARENT.replace("playbook: change", "playbook: p0"))]
        for level in range(1, levels + 1):
            given = "parameters: {region: eu}\n" if level == 1 else ""
            texts.append((f"{level}.yaml", f"playbook: p{level}\nextends: p{level - 1}\n{given}"))
        compiled = compile_text(texts[-1][1], "last.yaml", parents=Files(tuple(texts)))

        assert compiled.ok is is_ok
        assert [one.code for one in compiled.problems] == ([] if is_ok else ["bad-value"])

    def test_nothing_adapts_itself(self) -> None:
        compiled = compile_together([("a.yaml", "playbook: a\nextends: a\n")])

        assert told(compiled[0]) == [("a.yaml", "bad-value", 2, 10)]
        assert compiled[0].problems[0].message == "A playbook cannot adapt itself."

    def test_its_own_name_is_no_guess_at_a_missing_parent(self) -> None:
        texts = [("a.yaml", "playbook: change-eu\nextends: change-us\n")]
        (problem,) = compile_together(texts)[0].problems
        assert problem.code == "unknown-playbook"
        assert "change-eu" not in problem.hint

    def test_no_two_adapt_each_other(self) -> None:
        found = compile_together([("a.yaml", "playbook: a\nextends: b\n"), ("b.yaml", "playbook: b\nextends: a\n")])

        assert "a → b → a" in found[0].problems[0].message
        assert all(not one.ok for one in found)

    @pytest.mark.parametrize(
        ("extends", "code"),
        [
            ("chnage", "unknown-playbook"),
            ("change@^0", "bad-value"),
            ("change@1.2", "bad-value"),
            ("Change", "bad-value"),
            ("change@", "bad-value"),
            ("[change]", "bad-value"),
            ("", "bad-value"),
        ],
    )
    def test_a_parent_that_is_none(self, extends: str, code: str) -> None:
        assert told(child(head=f"playbook: change-eu\nextends: {extends}\n"))[0][1] == code

    @pytest.mark.parametrize("version", ["", "@2", "@^2"])
    def test_in_files_any_version_is_the_file(self, version: str) -> None:
        assert child(head=HEAD.replace("extends: change", f"extends: change{version}")).ok

    @pytest.mark.parametrize(
        "parent", ["playbook: change\nsteps: {a: b}\n", "playbook: change\n", "playbook: change\n\t- x"]
    )
    def test_a_parent_that_cannot_be_adapted(self, parent: str) -> None:
        assert not child(parent=parent, head="playbook: change-eu\nextends: change\n").ok

    def test_what_it_adapts_is_part_of_the_definition(self) -> None:
        definition = child().definition

        assert definition is not None
        assert from_json(to_json(definition)).extends == definition.extends
        changed = child(parent=PARENT + "# a remark\n").definition
        assert changed is not None
        assert changed.extends != definition.extends


def test_random_edits_of_a_child_never_raise() -> None:
    """Each line left out, doubled, or cut short: there are only problems with places."""
    lines = (
        HEAD + "set: {title: Ours}\nchange:\n  - {after: plan, insert: [{id: a, task: {assign: engineer}}]}\n"
    ).splitlines()
    for texts in (edited(lines), edited(PARENT.splitlines())):
        for text in texts:
            is_parent = "template" in text
            compiled = child(head=HEAD if is_parent else text, parent=text if is_parent else PARENT)
            assert compiled.ok or compiled.problems


def edited(lines: list[str]) -> Iterable[str]:
    for at in range(len(lines)):
        yield "\n".join([*lines[:at], *lines[at + 1 :]]) + "\n"
        yield "\n".join([*lines[: at + 1], *lines[at:]]) + "\n"
        for cut in range(1, len(lines[at]), 11):
            yield "\n".join([*lines[:at], lines[at][:cut], *lines[at + 1 :]]) + "\n"
