"""Runs by chance that are the same every time, and a program that prints the digests of their states."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager

from engine.machine import limits
from engine.machine.state import dump
from tests.engine.chance import Chance, Numbers, script
from tests.engine.playbooks_by_chance import definition
from tests.engine.texts_by_chance import Written

NEAR = {"MOVES": 40, "ENTRIES": 50, "ITEMS": 4, "SIGNALS": 3}


def samples(count: int, longest: int = 60) -> Iterator[Chance]:
    """Play as many runs of steps in a row, by one seed, in every process alike."""
    chance = random.Random(2026)
    for _ in range(count):
        yield Chance(definition(chance.randbytes(150))).play(script(chance.randbytes(5 * longest)))


def text_case(seed: int, longest: int = 60) -> tuple[Written, list[Numbers]]:
    """Return the playbook and the events that a number stands for."""
    chance = random.Random(seed)
    return Written(chance.randbytes(900)), script(chance.randbytes(5 * longest))


@contextmanager
def near_limits(**other: int) -> Iterator[None]:
    """Set the limits of a run so low that chance reaches them."""
    near = {**NEAR, **other}
    were = {name: getattr(limits, name) for name in near}
    for name, limit in near.items():
        setattr(limits, name, limit)
    try:
        yield
    finally:
        for name, limit in were.items():
            setattr(limits, name, limit)


if __name__ == "__main__":
    with near_limits(MOVES=20, ENTRIES=15):
        runs = list(samples(40))
    with near_limits():
        for seed in range(8):
            written, drawn = text_case(seed)
            runs.append(Chance(written.definition).play(drawn))
    for run in runs:
        print(run.definition.digest, hashlib.sha256(b"".join(map(dump, run.states))).hexdigest(), len(run.states))
