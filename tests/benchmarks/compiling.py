"""One playbook compiled in a process that has compiled nothing before: `python -m tests.benchmarks.compiling long 300`.

Prints two numbers of milliseconds of processor time: what it took, and what a fixed loop took that takes 150 ms on the
machine the figures were stated for.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from engine.compiler import compile_text
from tests.engine.long_playbook import wide, written

ROUNDS_OF_150_MS = 3_000_000


def main(kind: str, size: int) -> None:
    text = wide(size) if kind == "wide" else written(size)
    before = milliseconds(_loop)
    taken = milliseconds(lambda: _compile(text))
    print(taken, min(before, milliseconds(_loop)))


def _compile(text: str) -> None:
    compiled = compile_text(text)
    assert compiled.ok, compiled.problems[:3]
    assert compiled.problems == ()


def _loop() -> None:
    kept: dict[int, int] = {}
    for number in range(ROUNDS_OF_150_MS):
        kept[number % 1000] = number


def milliseconds(work: Callable[[], object]) -> float:
    """Return the processor time the work took: waiting for other processes is not its fault."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
