"""A 300-step playbook compiles, proofs included, in under 150 ms on two cores.

The limit is taken in the same run: a fixed loop that takes 150 ms on the machine the figure was stated for. So
the test says the same on a slower machine or a busy one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.compiler import compile_text
from tests.engine.long_playbook import written

ROUNDS_OF_150_MS = 3_000_000


def test_a_playbook_of_300_steps_compiles_in_time() -> None:
    text = written(300)
    compiled = compile_text(text)
    assert compiled.ok, compiled.problems[:3]
    assert len(compiled.definition.steps) == 300  # type: ignore[union-attr]
    taken, limit = [], []
    for _ in range(5):
        taken.append(_milliseconds(lambda: compile_text(text)))
        limit.append(_milliseconds(_loop))
    print(f"compile: {min(taken):.0f} ms, limit in this run: {min(limit):.0f} ms")
    assert min(taken) < min(limit)


def _loop() -> None:
    kept: dict[int, int] = {}
    for number in range(ROUNDS_OF_150_MS):
        kept[number % 1000] = number


def _milliseconds(work: Callable[[], object]) -> float:
    """Return the processor time the work took: waiting for other processes is not its fault."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000
