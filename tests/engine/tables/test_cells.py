"""What stands in a cell, and what fits it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.fieldspec import FieldSpec
from engine.tables import cells
from engine.tables.cells import CellError

INTEGER, NUMBER, TEXT = FieldSpec("n", "integer"), FieldSpec("x", "number"), FieldSpec("t", "text")
CHOICE = FieldSpec("c", "choice", options=("new", "old", "not so old"))
LIST = FieldSpec("l", "list", of="text")
DAY, SPAN, FLAG = FieldSpec("d", "date"), FieldSpec("s", "duration"), FieldSpec("b", "boolean")


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


FITTING: list[tuple[FieldSpec, str, list[Any], list[Any]]] = [
    (INTEGER, "-", [0, -5, 10**18], []),
    (INTEGER, "8", [8], [7, 9]),
    (INTEGER, "-8", [-8], [8]),
    (INTEGER, "= 8", [8], [7]),
    (INTEGER, "!= 8", [7, 9], [8]),
    (INTEGER, ">= 8", [8, 9], [7]),
    (INTEGER, ">8", [9], [8]),
    (INTEGER, "<= -8", [-8, -9], [-7]),
    (INTEGER, "[4..7]", [4, 7], [3, 8]),
    (INTEGER, "(4..7)", [5, 6], [4, 7]),
    (INTEGER, "[4..7)", [4], [7]),
    (INTEGER, "(4 .. 7]", [7], [4]),
    (INTEGER, "< 3, 5, [8..9]", [2, 5, 8], [3, 4, 7, 10]),
    (INTEGER, "not(< 3, 5)", [3, 4, 6], [2, 5]),
    (NUMBER, "(0..0.1]", [0.1, 0.05], [0.0, 0.1000001]),
    (NUMBER, "0.1", [0.1], [0.2]),
    (TEXT, "eu", ["eu"], ["us", "EU", "'eu'"]),
    (TEXT, "'eu', us", ["eu", "us"], ["cn"]),
    (TEXT, "'a, b'", ["a, b"], ["a", "b"]),
    (TEXT, "New York (city), Rome", ["New York (city)", "Rome"], ["New York"]),
    (TEXT, "'>= 3'", [">= 3"], ["3"]),
    (TEXT, '"it\'s"', ["it's"], ["its"]),
    (TEXT, r"'it\'s'", ["it's"], ["its"]),
    (TEXT, "it's, ok", ["it's", "ok"], ["it"]),
    (TEXT, "not(eu, us)", ["cn", ""], ["eu", "us"]),
    (TEXT, "nothing", ["nothing"], ["thing"]),
    (CHOICE, "not so old, new", ["not so old", "new"], ["old"]),
    (FLAG, "true", [True], [False]),
    (DAY, "> 2026-03-02", [day(3)], [day(2)]),
    (DAY, "[2026-03-02..2026-03-04)", [day(2), day(3)], [day(4)]),
    (SPAN, "(0m..1h30m]", [timedelta(minutes=90), timedelta(seconds=1)], [timedelta(0), timedelta(minutes=91)]),
    (LIST, "eu, us", [["eu"], ["cn", "us"]], [[], ["cn"]]),
    (LIST, "not(eu, us)", [[], ["cn"]], [["eu"], ["cn", "us"]]),
]


@pytest.mark.parametrize(
    ("spec", "text", "inside", "outside"), FITTING, ids=[f"{a.type} {b}" for a, b, _, _ in FITTING]
)
def test_what_fits(spec: FieldSpec, text: str, inside: list[Any], outside: list[Any]) -> None:
    cell = cells.read(text, spec)

    assert [value for value in inside if not cells.fits(cell, cells.measure(value))] == []
    assert [value for value in outside if cells.fits(cell, cells.measure(value))] == []


@pytest.mark.parametrize(
    ("spec", "text", "code", "offset"),
    [
        (INTEGER, "many", "type-mismatch", 0),
        (INTEGER, "1.5", "type-mismatch", 0),
        (INTEGER, "3, x", "type-mismatch", 3),
        (INTEGER, "[1..x]", "type-mismatch", 4),
        (INTEGER, ">= ", "bad-value", 2),
        (INTEGER, "[7..4]", "bad-value", 0),
        (INTEGER, "(4..4]", "bad-value", 0),
        (INTEGER, "3,,4", "bad-value", 2),
        (INTEGER, "3, -", "bad-value", 3),
        (INTEGER, "not(not(3))", "bad-value", 4),
        (INTEGER, "not(!= 3)", "bad-value", 0),
        (INTEGER, "not(3", "bad-value", 0),
        (INTEGER, "'3'", "type-mismatch", 0),
        (CHOICE, "newer", "type-mismatch", 0),
        (TEXT, "> eu", "bad-value", 0),
        (TEXT, "[a..b]", "bad-value", 0),
        (TEXT, "'eu", "bad-value", 0),
        (FLAG, "perhaps", "type-mismatch", 0),
        (DAY, "2026-02-30", "type-mismatch", 0),
        (SPAN, "2bd", "type-mismatch", 0),
        (LIST, "< eu", "bad-value", 0),
    ],
)
def test_what_cannot_be_read(spec: FieldSpec, text: str, code: str, offset: int) -> None:
    with pytest.raises(CellError) as error:
        cells.read(text, spec)

    assert (error.value.code, error.value.offset) == (code, offset)
