"""Fields: what each type reads from YAML, JSON and HTML forms, and the message where a value breaks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import fields, values
from engine.definition import FieldSpec

TIME = {"$time": "2026-03-02T09:00:00+00:00"}
DAY = {"$time": "2026-03-02T00:00:00+00:00"}


def spec(kind: str, **more: Any) -> FieldSpec:
    return FieldSpec("it", kind, **more)


@pytest.mark.parametrize(
    ("field", "raw", "encoded"),
    [
        (spec("text"), "  plain ", "plain"),
        (spec("text"), 1.1, "1.1"),
        (spec("text", multiline=True), "a\r\nb", "a\nb"),
        (spec("text", pattern="CHG-[0-9]+"), "CHG-12", "CHG-12"),
        (spec("integer"), " 8 ", 8),
        (spec("integer"), 8.0, 8),
        (spec("number"), "1e3", 1000.0),
        (spec("number"), 3, 3.0),
        (spec("boolean"), "on", True),
        (spec("boolean"), "No", False),
        (spec("boolean"), False, False),
        (spec("date"), "2026-03-02", DAY),
        (spec("datetime"), "2026-03-02T10:00+01:00", TIME),
        (spec("datetime"), "2026-03-02T09:00", TIME),
        (spec("duration"), "1h30m", {"$seconds": 5400.0}),
        (spec("duration"), timedelta(hours=1), {"$seconds": 3600.0}),
        (spec("choice", options=("eu", "us")), "us", "us"),
        (spec("list", of="text"), "a\nb\n", ["a", "b"]),
        (spec("list", of="integer"), "1, 2", [1, 2]),
        (spec("list", of="date"), ["2026-03-02"], [DAY]),
        (spec("list", of="text"), [], []),
        (spec("user"), "dana", "dana"),
        (spec("email"), "dana@example.org", "dana@example.org"),
        (spec("url"), "https://example.org/a?b=c", "https://example.org/a?b=c"),
    ],
)
def test_it_reads(field: FieldSpec, raw: Any, encoded: Any) -> None:
    assert fields.read(field, raw) == encoded
    assert fields.check(field, encoded) is None


@pytest.mark.parametrize(
    ("field", "raw", "says"),
    [
        (spec("text"), "", "filled in"),
        (spec("text"), ["a"], "must be a text"),
        (spec("text"), "a\nb", "single line"),
        (spec("text"), "x" * 10_001, "10,000"),
        (spec("text", minimum=3), "ab", "at least 3 characters"),
        (spec("text", pattern="CHG-[0-9]+"), "CHG-12 or so", "CHG-"),
        (spec("text"), "a\ud800", "not text"),
        (spec("integer"), "8.5", "whole number"),
        (spec("integer"), True, "whole number"),
        (spec("integer"), 2**63, "whole number"),
        (spec("integer", minimum=1, maximum=10), 11, "at most 10"),
        (spec("integer", minimum=1, maximum=10), "0", "at least 1"),
        (spec("number"), "nan", "number"),
        (spec("number"), "1_000", "number"),
        (spec("boolean"), "perhaps", "yes or no"),
        (spec("boolean"), 2, "yes or no"),
        (spec("date"), "2026-02-30", "date"),
        (spec("date", minimum=DAY), "2026-03-01", "2 March 2026"),
        (spec("datetime"), "soon", "date and time"),
        (spec("duration"), 5, "unit"),
        (spec("duration"), "2bd", "calendar"),
        (spec("duration", maximum={"$seconds": 60.0}), "2m", "at most 1 min"),
        (spec("choice", options=("eu", "us")), "asia", "eu, us"),
        (spec("list", of="integer"), ["1", "x"], "Item 2"),
        (spec("list", of="text", maximum=1), ["a", "b"], "at most 1 items"),
        (spec("list", of="text"), ["a"] * 501, "500"),
        (spec("user"), "dana smith", "user"),
        (spec("email"), "dana", "e-mail"),
        (spec("url"), "javascript:alert(1)", "http"),
        (spec("url"), "https://", "http"),
    ],
)
def test_it_refuses_with_a_message(field: FieldSpec, raw: Any, says: str) -> None:
    with pytest.raises(fields.FieldError, match=says):
        fields.read(field, raw)


def test_a_submission_is_read_whole() -> None:
    specs = (
        FieldSpec("ref", "text"),
        FieldSpec("downtime", "duration", required=False, default={"$seconds": 0.0}),
        FieldSpec("note", "text", required=False),
        FieldSpec("score", "integer"),
    )
    read, messages = fields.read_all(specs, {"ref": "CHG-1", "note": " ", "extra": "x"})
    assert read == {"ref": "CHG-1", "downtime": {"$seconds": 0.0}}
    assert messages == {"extra": "There is no such field.", "score": fields.MISSING}


@pytest.mark.parametrize(
    ("field", "encoded", "shown"),
    [
        (spec("integer"), 8, "8"),
        (spec("number"), 8.0, "8"),
        (spec("boolean"), True, "yes"),
        (spec("date"), DAY, "2 March 2026"),
        (spec("datetime"), TIME, "2 March 2026, 09:00 UTC"),
        (spec("duration"), {"$seconds": 300.0}, "5 min"),
        (spec("list", of="date"), [DAY, DAY], "2 March 2026, 2 March 2026"),
        (spec("text"), None, ""),
    ],
)
def test_people_read(field: FieldSpec, encoded: Any, shown: str) -> None:
    assert fields.show(field, encoded) == shown


def test_a_pattern_costs_no_more_than_its_text() -> None:
    greedy = spec("text", pattern="(a+)+b")
    assert fields.check(greedy, "a" * 9_000) is not None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_SPECS = st.sampled_from([spec(kind, options=("eu",), of="integer") for kind in fields.TYPES])


@given(_SPECS, _JSON)
def test_whatever_comes_is_a_value_of_the_field_or_a_message(field: FieldSpec, raw: Any) -> None:
    try:
        encoded = fields.read(field, raw)
    except fields.FieldError:
        return
    assert fields.check(field, encoded) is None
    assert values.encode(values.decode(encoded)) == encoded


@given(_SPECS, _JSON)
def test_check_never_raises(field: FieldSpec, encoded: Any) -> None:
    assert fields.check(field, encoded) is None or fields.check(field, encoded)


def test_a_mapping_from_outside_that_looks_like_a_mark_survives() -> None:
    for value in ({"$time": "no time"}, {"$map": {"$seconds": "x"}}, {"$time": datetime(2026, 3, 2, tzinfo=UTC)}):
        assert values.decode(values.encode(value)) == value
