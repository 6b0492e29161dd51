"""The proofs' share of compiling three hundred steps: under 50 ms, and linear in the number of steps."""

from __future__ import annotations

import time

from engine.compiler import compile_text
from engine.proofs import prove
from tests.engine.long_playbook import written


def taken(steps: int) -> float:
    compiled = compile_text(written(steps))
    assert compiled.definition is not None
    times = []
    for _ in range(5):
        begin = time.process_time()
        assert prove(compiled.definition, compiled.places) == ()
        times.append(time.process_time() - begin)
    return min(times)


def test_three_hundred_steps_are_proven_in_fifty_milliseconds() -> None:
    few, many = taken(60), taken(300)
    assert many < 0.05
    assert many < 15 * few, "five times the steps: 5 is linear, 25 quadratic"
