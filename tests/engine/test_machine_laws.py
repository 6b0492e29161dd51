"""The laws of the machine, on playbooks and events by chance (guarantees T1).

They are held on definitions of steps in a row, which Hypothesis draws and shrinks and which may be what the compiler
refuses; and on playbooks written as text with every construct, which pass through the reader and the proofs. A text
and its events follow from one number: what fails prints it, and

    SEED=4711 pytest tests/engine/test_machine_laws.py -k text

plays that one again. Numbers that once failed stand in found_seeds.txt and are always played. LAW_EXAMPLES says how
many are played (nightly more). Limits are set low so that chance reaches them.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from engine.definition import Definition
from engine.lifecycles import RunStatus
from engine.machine.commands import Advance, Refusal
from tests.engine.chance import Chance, Numbers, scripts
from tests.engine.chance_bytes import near_limits, samples, text_case
from tests.engine.laws import LAWS
from tests.engine.playbooks_by_chance import definitions

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "500"))
PARTS = 4
FOUND = Path(__file__).with_name("found_seeds.txt")
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@law
@given(definitions(), scripts())
def test_every_law_holds_for_steps_in_a_row(definition: Definition, script: list[Numbers]) -> None:
    with near_limits(MOVES=20, ENTRIES=15):
        check_all(definition, script)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_law_holds_for_playbooks_as_text(part: int) -> None:
    with near_limits():
        for seed in seeds(part):
            hold(seed)


def seeds(part: int) -> list[int]:
    """Return the numbers of the cases to play: those found, and as many by chance; or the one that is asked for."""
    if "SEED" in os.environ:
        return [int(os.environ["SEED"])] if part == 0 else []
    found = [int(line.split()[0]) for line in FOUND.read_text().splitlines() if line[:1].isdecimal()]
    begin = random.randrange(10**9)
    return [*found[part::PARTS], *range(begin, begin + EXAMPLES // PARTS)]


def hold(seed: int) -> None:
    """Hold every law on one case; where one is broken, say how to play it again, and by which events alone."""
    written, drawn = text_case(seed)
    try:
        check_all(written.definition, drawn)
    except Exception as error:
        events = "\n".join(map(repr, Chance(written.definition).play(shortest(written.definition, drawn)).log))
        raise AssertionError(f"SEED={seed} breaks a law\n{written.text}\n{events}") from error


def check_all(definition: Definition, drawn: list[Numbers]) -> None:
    run = Chance(definition).play(drawn)
    for check in LAWS:
        check(run)


def shortest(definition: Definition, drawn: list[Numbers]) -> list[Numbers]:
    """Leave out what a case that fails does not need to fail; the first numbers say how the run starts."""
    for length in (16, 4, 1):
        at = 1
        while at < len(drawn):
            shorter = drawn[:at] + drawn[at + length :]
            try:
                check_all(definition, shorter)
            except Exception:
                drawn = shorter
            else:
                at += length
    return drawn


def test_the_same_input_gives_the_same_bytes_in_processes_that_hash_differently() -> None:
    outputs = set()
    for seed in ("0", "1", "4711"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.engine.chance_bytes"],
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == 48


def test_runs_by_chance_reach_what_they_should() -> None:
    """The generator is worth its name: every kind of event is accepted and refused, every incident and status met."""
    accepted: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    moves: Counter[str] = Counter()
    incidents: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    for run in runs_by_chance():
        accepted.update(event.kind for event in run.log)
        accepted.update(f"{event.kind} for somebody" for event in run.log if event.on_behalf_of is not None)
        refused.update(answer.code.split(":")[0] for answer in run.answers if isinstance(answer, Refusal))
        for answer in run.answers:
            if isinstance(answer, Advance):
                moves.update(move.kind for move in answer.moves)
                incidents.update(move.data["code"] for move in answer.moves if move.kind == "incident")
        statuses.update({state.status.value for state in run.states})
    wanted = {
        "signal",
        "child",
        "rollback",
        "admit",
        "start",
        "roster",
        "complete",
        "claim",
        "release",
        "vote",
        "withdraw",
        "result",
        "timer",
        "cancel",
    }
    assert accepted.keys() >= wanted | {"retry", "skip", "pause", "resume", "reassign", "jump", "change", "pick"}
    assert accepted.keys() >= {"delegate", "vote for somebody"}
    assert incidents.keys() >= {
        "expression",
        "no-match",
        "failed",
        "timed-out",
        "lost",
        "runaway",
        "roster",
        "undecided",
        "escalated",
        "join-unreachable",
        "child-failed",
        "too-many-items",
    }
    assert statuses.keys() >= {one.value for one in RunStatus}
    assert refused.keys() >= {"already-ended", "already-decided", "not-open", "excluded", "not-in-role", "field"}
    assert refused.keys() >= {"comment-required", "abstain-under-all", "return-not-offered", "old-digest", "claimed-by"}
    assert refused.keys() >= {"not-your-turn", "too-long", "paused"}
    assert moves.keys() >= {"voided", "escalated", "reminded", "added", "overdue", "attempt_failed", "decided"}
    assert moves.keys() >= {"held", "paused", "resumed", "reassigned", "jumped", "changed"}
    assert moves.keys() >= {
        "picked",
        "delegated",
        "undelegated",
        "called",
        "returned",
        "signalled",
        "kept",
        "shut",
        "undone",
        "queued",
    }


def runs_by_chance() -> Iterator[Chance]:
    with near_limits(MOVES=20, ENTRIES=15):
        yield from samples(300)
    with near_limits():
        for seed in range(150):
            written, drawn = text_case(seed)
            yield Chance(written.definition).play(drawn)
