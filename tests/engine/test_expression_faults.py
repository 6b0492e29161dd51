"""What an operator reads where an expression has no value: sentences, whatever the library says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.expressions import EvaluationError, ExpressionError, parse
from engine.expressions.cel import outgoing

NAMES = {"x": "dyn", "y": "dyn", "n": "int", "t": "timestamp", "d": "duration", "l": "list(dyn)", "s": "string"}
DATA: dict[str, Any] = {"x": "a", "y": 1, "n": 1, "t": datetime(2026, 1, 1, tzinfo=UTC), "l": [1], "s": "("}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x + y", "`+` does not work on a text and a whole number."),
        ("y < dyn(l)", "`<` does not work on a whole number and a list."),
        ("-x", "`-` does not work on a text."),
        ("size(y)", "`size` does not work on a whole number."),
        ("y.startsWith('a')", "`startsWith` does not work on a whole number and a text."),
        ("y.getFullYear()", "`getFullYear` does not work on a whole number."),
        ("x && true", "This must be true or false, and is neither."),
        ("!x", "This must be true or false, and is neither."),
        ("x ? 1 : 2", "This must be true or false, and is neither."),
        ("x in y", "`in` needs a list or a mapping on its right."),
        ("y.all(i, i > 0)", "This is no list, and cannot be gone through."),
        ("n / 0", "This divides by zero."),
        ("n % 0", "This divides by zero."),
        ("n + 9223372036854775807", "The number becomes too large."),
        ("l[3]", "The list has one item, and none with the number 3 (they are counted from 0)."),
        ("l[-1]", "Items of a list have numbers, from 0."),
        ("dyn(l)[x]", "Items of a list have numbers, from 0."),
        ("y.a", "There is nothing in it to be named: it is no mapping."),
        ("{'a': y}[x + 'b']", "There is no `ab` in it."),
        ("y[0]", "Only a list or a mapping has items."),
        ("timestamp(x)", "This text is no time: write for example 2026-03-02T09:00:00Z."),
        ("duration(x)", "This text is no duration: write for example 90m."),
        ("int(x)", "This text is not a whole number."),
        ("double(x)", "This text is not a number."),
        ("bool(x)", "This text is neither true nor false."),
        ("t.getFullYear(x)", "There is no such time zone."),
        ("x.matches(s)", "The pattern cannot be read: missing ): (."),
        ("d + d", "`d` is not set."),
    ],
)
def test_a_fault_is_said_in_plain_words(source: str, said: str) -> None:
    parsed = parse(source, NAMES)
    names = {name: outgoing(value) for name, value in DATA.items() if re.search(rf"\b{name}\b", source)}

    with pytest.raises(EvaluationError, match=f"^{re.escape(said)}$"):
        parsed.program.evaluate(names)


@pytest.mark.parametrize(
    ("source", "said", "hint"),
    [
        (
            "m.a",
            "`.` and a name do not work on a list.",
            "Name an item first: `[0]`, or take them all: `.map(x, x.…)`.",
        ),
        ("n.a", "`.` and a name do not work on a whole number.", ""),
        ("s.all(x, x == 'a')", "Only a list or a mapping can be gone through, and this is a text.", ""),
        ("n == null", "`==` does not work on a whole number and null.", "Whether a value is there"),
        ("m > n", "`>` does not work on a list and a whole number.", ""),
    ],
)
def test_what_can_never_have_a_value_is_said_as_plainly(source: str, said: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as found:
        parse(source, {**NAMES, "m": "list(map(string, dyn))"})

    assert found.value.code == "type-mismatch"
    assert found.value.message == said
    assert found.value.hint.startswith(hint)
