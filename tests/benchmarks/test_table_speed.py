"""A decision table of 100 rules over 5 columns compiles, proofs included, in under 200 ms on two cores.

The limit is taken in the same run, as in `compiling`.
"""

from __future__ import annotations

import random

import pytest

from engine.compiler import compile_text
from tests.benchmarks.compiling import ROUNDS_OF_150_MS, milliseconds

COLUMNS = "{a: integer, b: number, c: integer, d: duration, e: {type: choice, options: [p, q, r, s, t]}}"
HEAD = f"decision: large\ninputs: {COLUMNS}\noutputs: {{out: integer}}\n"


def ranges(seed: int, last: bool) -> str:
    """100 rules of ranges in every column, by chance: they overlap in every way."""
    dice = random.Random(seed)
    rules = []
    for number in range(99 if last else 100):
        low = [dice.randrange(90) for _ in range(4)]
        high = [start + dice.randrange(5, 60) for start in low]
        cells = [f"{name}: '[{low[at]}..{high[at]}]'" for at, name in enumerate("abc")]
        cells.append(f"d: '[{low[3]}m..{high[3]}m)'")
        cells.append(f"e: 'not({dice.choice('pqrst')})'")
        rules.append(f"  - {{{', '.join(cells)}, then: {{out: {number}}}}}\n")
    if last:
        rules.append("  - {then: {out: 0}}\n")
    return HEAD + "hit: first\nrules:\n" + "".join(rules)


def grid() -> str:
    """100 rules that cover everything between them, none of it twice: 5 x 5 x 2 x 2 cells."""
    fifths = ["< 10", "[10..20)", "[20..30)", "[30..40)", ">= 40"]
    rules = [
        f"  - {{a: '{fifths[a]}', b: '{fifths[b]}', c: '{c}', d: '{d}', then: {{out: 1}}}}\n"
        for a in range(5)
        for b in range(5)
        for c in ("< 5", ">= 5")
        for d in ("< 5m", ">= 5m")
    ]
    return HEAD + "hit: unique\nrules:\n" + "".join(rules)


def staircase() -> str:
    """Rules that each cover a little less than all, and only all together everything: what is hard about covering."""
    halves = ["a: '< {0}'", "b: '< {0}'", "c: '< {0}'", "d: '< {0}m'"]
    rules = [f"  - {{{halves[n % 4].format(50 - n // 4)}, then: {{out: {n}}}}}\n" for n in range(99)]
    return HEAD + "hit: first\nrules:\n" + "".join(rules) + "  - {a: '>= 20', b: '>= 20', then: {out: 1}}\n"


TEXTS = {
    "a last rule": ranges(1, True),
    "none": ranges(2, False),
    "grid": grid(),
    "staircase": staircase(),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_table_of_100_rules_is_proven_in_time(text: str) -> None:
    assert compile_text(text).table is not None, compile_text(text).problems[:3]
    taken = min(milliseconds(lambda: compile_text(text)) for _ in range(3))
    limit = min(milliseconds(_loop) for _ in range(3))
    print(f"table: {taken:.0f} ms, limit in this run: {limit:.0f} ms")
    assert taken < limit


def _loop() -> None:
    kept: dict[int, int] = {}
    for number in range(ROUNDS_OF_150_MS * 200 // 150):
        kept[number % 1000] = number
