"""Playbooks that call others: what is given, what comes back, and which playbook a call means."""

from __future__ import annotations

import pytest

from engine.compiler import Compiled, Library, call_order, compile_text, compile_together, playbooks_of
from engine.definition import CallSpec, Definition

CHILD = """\
playbook: hand-over
title: Hand over
kind: sop
owner: team
inputs:
  item: {type: text}
  count: {type: integer, default: 1}
  parts: {type: list, of: integer, required: false}
  kind: {type: choice, options: [small, large], default: small}
steps:
  - {id: give, task: {assign: starter, form: {weight: {type: number}, left: {type: integer, required: false}}}}
  - {id: sum, set: {twice: inputs.count * 2}}
outputs: {weight: steps.give.weight, twice-as-much: steps.sum.twice, when: steps.give.at}
"""


def playbook(id: str, *steps: str) -> str:
    inputs = (
        "inputs: {n: {type: integer}, size: {type: choice, options: [small, huge]}, names: {type: list, of: text}}\n"
    )
    lines = "".join(f"  - {step}\n" for step in steps)
    return f"playbook: {id}\ntitle: Sample\nkind: sop\nowner: team\n{inputs}steps:\n{lines}"


def child() -> Definition:
    found = compile_text(CHILD).definition
    assert found is not None
    return found


def compiled(*steps: str) -> Compiled:
    return compile_text(playbook("sample", *steps), "sample.yaml", playbooks={"hand-over": child()})


def problems(found: Compiled) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in found.problems]


def test_a_call_as_compiled() -> None:
    found = compiled("{id: hand, call: hand-over@^2, with: {item: 'No ${inputs.n}'}, on_error: rollback}").definition

    assert found is not None
    assert found.steps["hand"].does == CallSpec(
        playbook="hand-over", version="^2", parameters={"item": "No ${inputs.n}"}, on_error="route"
    )
    ways = [(way.trigger, way.target) for way in found.ways["hand"]]
    assert ways == [("done", "leave"), ("error", "rollback"), ("skip", "leave")]


@pytest.mark.parametrize(("written", "version"), [("hand-over", ""), ("hand-over@2", "2"), ("hand-over@^2", "^2")])
def test_every_way_to_name_a_version(written: str, version: str) -> None:
    found = compiled(f"{{id: hand, call: {written}, with: {{item: x}}}}").definition
    assert found is not None
    assert found.steps["hand"].does == CallSpec("call", "hand-over", version, {"item": "x"})


def test_its_outputs_have_the_types_that_the_child_gives_them() -> None:
    found = compiled("{id: hand, call: hand-over, with: {item: x}}").definition

    assert found is not None
    assert {name: kind for name, kind in found.names.items() if name.startswith("steps.hand")} == {
        "steps.hand.visits": "int",
        "steps.hand.weight": "double",
        "steps.hand.twice_as_much": "int",
        "steps.hand.when": "timestamp",
        "steps.hand.error": "map(string, dyn)",
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{item: 'a', count: 3, parts: [1, 2], kind: large}", []),
        ("{item: '${inputs.names[0]}', count: '${inputs.n}', parts: ['${inputs.n}', 3]}", []),
        ("{item: '${inputs.n}'}", [("type-mismatch", "`item` must be a text, and this gives a whole number.")]),
        (
            "{item: a, parts: '${inputs.names}'}",
            [("type-mismatch", "Each item of `parts` must be a whole number, and here it is a text.")],
        ),
        ("{item: a, parts: [1, two]}", [("type-mismatch", "`parts`: Item 2: This must be a whole number.")]),
        ("{item: a, parts: ['${inputs.names[0]}']}", None),
        ("{item: a, count: many}", None),
        ("{item: a, count: '${inputs.n} pieces'}", [("type-mismatch", "`count` must be a whole number.")]),
        ("{item: a, kind: '${inputs.size}'}", [("type-mismatch", "`kind` is never `huge`, which this may be.")]),
        ("{item: a, cuont: 3}", [("unknown-key", "`hand-over` takes no `cuont`.")]),
        ("{count: 3}", [("missing-key", "`hand-over` needs `item` in `with`.")]),
        ("{item: inputs.n}", [("type-mismatch", "This is the text `inputs.n`, not what stands there.")]),
        ("{item: '${inputs.no}'}", [("unknown-name", "There is no input `no`.")]),
    ],
)
def test_what_is_given_fits_the_inputs(given: str, expected: list[tuple[str, str]] | None) -> None:
    found = problems(compiled(f"{{id: hand, call: hand-over, with: {given}}}"))
    if expected is None:
        assert [code for code, _ in found] == ["type-mismatch"]
    else:
        assert found == expected


def test_reading_what_the_child_does_not_give_is_an_unknown_name() -> None:
    found = compiled("{id: hand, call: hand-over, with: {item: x}}", "{id: after, set: {x: steps.hand.wieght}}")
    assert problems(found) == [("unknown-name", "The step `hand` leaves no `wieght` behind.")]
    assert found.problems[0].hint == "Did you mean `steps.hand.weight`?"


def test_an_unknown_playbook_has_a_hint() -> None:
    found = compiled("{id: hand, call: hand-ovre}", "{id: after, set: {x: steps.hand.anything}}")
    assert problems(found) == [("unknown-playbook", "There is no playbook `hand-ovre` here.")]
    assert found.problems[0].hint == "Did you mean `hand-over`?"


class Shelf(Library):
    """Version 3 is the newest; of 2 nothing is known but that it takes nothing."""

    def __init__(self) -> None:
        without = compile_text(playbook("hand-over", "{id: a, wait: 1h}").replace("inputs:", "#")).definition
        assert without is not None
        self.versions = {2: without, 3: child()}

    def __getitem__(self, playbook: str) -> Definition:
        return {"hand-over": self.versions[3]}[playbook]

    def __iter__(self):
        return iter(["hand-over"])

    def __len__(self) -> int:
        return 1

    def at(self, playbook: str, version: str) -> Definition | None:
        number = int(version.lstrip("^") or 3)
        return self.versions.get(max(number, 3) if version.startswith("^") and number <= 3 else number)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("hand-over", ["missing-key"]),
        ("hand-over@^2", ["missing-key"]),
        ("hand-over@3", ["missing-key"]),
        ("hand-over@2", []),
        ("hand-over@^4", ["unknown-playbook"]),
        ("hand-over@9", ["unknown-playbook"]),
    ],
)
def test_a_call_is_checked_against_the_version_it_names(call: str, expected: list[str]) -> None:
    text = playbook("sample", f"{{id: hand, call: {call}}}")
    assert [problem.code for problem in compile_text(text, playbooks=Shelf()).problems] == expected
    (together,) = compile_together([("sample.yaml", text)], playbooks=Shelf())
    assert [problem.code for problem in together.problems] == expected


class TestTogether:
    def test_files_are_compiled_before_those_that_call_them_and_told_in_their_order(self) -> None:
        outer = playbook("outer", "{id: inside, call: inner, with: {n: 1, size: small, names: []}}")
        inner = playbook("inner", "{id: hand, call: hand-over, with: {item: [3]}}")

        found = compile_together([("outer.yaml", outer), ("inner.yaml", inner), ("hand.yaml", CHILD)])

        assert [one.file for one in found] == ["outer.yaml", "inner.yaml", "hand.yaml"]
        assert [problems(one) for one in found] == [
            [],
            [("type-mismatch", "`item`: This must be a text.")],
            [],
        ]
        assert sorted(playbooks_of(found)) == ["hand-over", "outer"]

    def test_those_of_the_files_count_before_those_of_the_library(self) -> None:
        outer = playbook("outer", "{id: hand, call: hand-over}")
        besides = {"hand-over": child()}

        (alone,) = compile_together([("outer.yaml", outer)], playbooks=besides)
        both = compile_together(
            [
                ("outer.yaml", outer),
                ("new.yaml", CHILD.replace("item: {type: text}", "item: {type: text, default: x}")),
            ],
            playbooks=besides,
        )

        assert [code for code, _ in problems(alone)] == ["missing-key"]
        assert [problems(one) for one in both] == [[], []]

    def test_calls_in_a_circle_are_named(self) -> None:
        inputs = "with: {n: 1, size: small, names: []}"
        files = [
            ("a.yaml", playbook("a", f"{{id: x, call: b, {inputs}}}")),
            ("b.yaml", playbook("b", f"{{id: x, parallel: {{branches: {{one: [{{id: y, call: c, {inputs}}}]}}}}}}")),
            ("c.yaml", playbook("c", f"{{id: x, call: a, {inputs}}}")),
            ("d.yaml", playbook("d", f"{{id: x, call: a, {inputs}}}")),
        ]
        found = compile_together(files)

        assert [problems(one) for one in found] == [
            [("bad-value", "This calls in a circle: a → b → c → a.")],
            [("bad-value", "This calls in a circle: b → c → a → b.")],
            [("bad-value", "This calls in a circle: c → a → b → c.")],
            [],
        ]
        assert found[0].problems[0].place.line == 7

    def test_a_circle_through_what_is_published_is_found(self) -> None:
        back = compile_text(
            playbook("back", "{id: x, call: sample, with: {}}"), calls={"sample": ()}, playbooks={}
        ).definition
        assert back is not None
        text = playbook("sample", "{id: x, call: back}")
        found = compile_text(text, playbooks={"back": back})
        assert problems(found) == [("bad-value", "This calls in a circle: sample → back → sample.")]

    def test_a_playbook_with_errors_is_not_unknown_to_those_that_call_it(self) -> None:
        outer = playbook("outer", "{id: inside, call: inner}", "{id: after, set: {x: steps.inside.anything}}")
        inner = playbook("inner", "{id: x, wait: soon}")

        found = compile_together([("outer.yaml", outer), ("inner.yaml", inner)])

        assert [problem.code for one in found for problem in one.problems if problem.code != "unset-data"] == [
            "bad-value"
        ]

    def test_a_playbook_stands_in_one_file(self) -> None:
        found = compile_together([("one.yaml", CHILD), ("two.yaml", CHILD)])
        assert [problems(one) for one in found] == [
            [],
            [("duplicate-id", "The playbook `hand-over` stands in one.yaml too.")],
        ]

    def test_the_order_of_calls(self) -> None:
        texts = [
            playbook("a", "{id: x, call: c@^3}"),
            playbook("b", "{id: x, call: a}"),
            playbook("c", "{id: x, wait: 1h}"),
        ]
        assert call_order(texts) == [2, 0, 1]
        assert call_order([playbook("a", "{id: x, call: b}"), playbook("b", "{id: x, call: a}")]) == [1, 0]
