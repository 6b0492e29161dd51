"""Reading YAML: YAML 1.2's scalars, places of everything, and the limits of guarantees S10."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import documents
from engine.documents import Mapping, Scalar, Sequence
from engine.problems import Place

BOMBS = {
    "laughs": "a: &a [x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\n",
    "brackets": "[" * 5_000,
    "braces": "{a: " * 5_000,
    "dashes": "- " * 5_000,
    "indented": "\n".join(" " * depth + "a:" for depth in range(600)),
    "nodes": "[" + "1, " * 60_000 + "1]",
    "bytes": "a: " + "x" * 300_000,
    "wide": "é" * 200_000,
    "keys": "\n".join(f"k{number}: 1" for number in range(12_000)),
    "questions": "? " * 2_000,
    "quotes": "a: " + "'" * 100_001,
    "colons": "a: " * 60_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_quickly(name: str) -> None:
    taken = []
    for _ in range(3):
        started = time.process_time()
        document = documents.parse(BOMBS[name])
        taken.append(time.process_time() - started)
        assert document.root is None
        assert [problem.code for problem in document.problems] == ["bad-yaml"]
    assert min(taken) < 0.5  # a tenth of a second on a machine that does nothing else


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("no", "no"), ("on", "on"), ("1:30", "1:30"), ("012", 12), ("0o17", 15), ("0x1f", 31), ("1.10", 1.1)],
        *[("true", True), ("False", False), ("null", None), ("~", None), ("''", ""), ("'1'", "1"), ("1e400", "1e400")],
        *[("2026-03-02", "2026-03-02"), ("1_000", "1_000"), (".nan", ".nan"), ("9" * 30, "9" * 30), ("+1", 1)],
    ],
)
def test_plain_scalars_are_yaml_1_2(text: str, value: object) -> None:
    root = documents.parse(f"a: {text}").root
    assert isinstance(root, Mapping)
    assert documents.plain(root) == {"a": value}


def test_a_scalar_keeps_its_source_text() -> None:
    root = documents.parse("a: 1.10").root
    assert isinstance(root, Mapping)
    scalar = root.get("a")
    assert isinstance(scalar, Scalar)
    assert scalar.text == "1.10"


def test_everything_has_its_place() -> None:
    root = documents.parse("a:\n  - {b: c}\n  - d\n").root
    assert isinstance(root, Mapping)
    assert root.entries[0].place == Place(1, 1)
    items = root.entries[0].value
    assert isinstance(items, Sequence)
    assert [item.place for item in items.items] == [Place(2, 5), Place(3, 5)]


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("a: say ${x}", "x}", Place(1, 10)),
        ('a: "say ${x}"', "x}", Place(1, 11)),
        ("a: |\n  one\n  two ${x}\n", "x}", Place(3, 9)),
        ("a: >\n  one\n  two ${x}\n", "x}", Place(3, 9)),
        ("a: é ü ${x}", "x}", Place(1, 10)),
        ("a: x y x z", "x z", Place(1, 8)),
        ('a: "\\u0078${x}"', "${x}", Place(1, 11)),
        ('a: "t\\te"', "\te", Place(1, 4)),
    ],
)
def test_a_character_of_a_text_is_found_in_the_file(text: str, word: str, place: Place) -> None:
    root = documents.parse(text).root
    assert isinstance(root, Mapping)
    scalar = root.get("a")
    assert isinstance(scalar, Scalar)
    assert scalar.place_of(scalar.text.index(word)) == place


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("when: !has(steps.a)", "quotes"),
        ("when: !has(steps.a) && true", "quotes"),
        ("{a: ${x}}", "${…}"),
        ("a: b ? c : d", "? :"),
        ("a: b: c", "`: `"),
        ("\ta: b", "tabs"),
    ],
)
def test_the_hint_says_what_to_do(text: str, hint: str) -> None:
    problem = documents.parse(text).problems[0]
    assert hint in problem.hint


@given(st.text(max_size=200) | st.text(alphabet="ab:-[]{}'\"|>&*!?#%@`,\n \t${}", max_size=120))
def test_no_text_raises(text: str) -> None:
    document = documents.parse(text)
    assert (document.root is None) == bool(document.problems)
