"""Runs by chance that are the same every time, and a program that prints the digests of their states."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

from engine.machine import limits
from engine.machine.state import dump
from tests.engine.chance import Chance, script
from tests.engine.playbooks_by_chance import definition


def samples(count: int, longest: int = 60) -> Iterator[Chance]:
    """Play as many runs, by one seed, in every process alike."""
    chance = random.Random(2026)
    for _ in range(count):
        yield Chance(definition(chance.randbytes(150))).play(script(chance.randbytes(5 * longest)))


if __name__ == "__main__":
    limits.MOVES, limits.ENTRIES = 20, 15
    for run in samples(40):
        print(hashlib.sha256(b"".join(map(dump, run.states))).hexdigest(), len(run.states))
