"""What is measured, one function a figure; each gives the figure and what it was promised to be."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from engine.compiler import compile_text
from engine.machine import state as states
from engine.machine.advance import advance
from engine.machine.commands import Advance
from engine.machine.events import Start
from runs import complete, definitions
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, database_clock
from runs.models import Run
from runs.outcomes import is_accepted
from tests.runs import house

RUNS = 200
BATCH = 50


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    promised: str = ""


def compiling() -> Figure:
    """A playbook of 300 steps, text to proven definition."""
    steps = "\n".join(
        f"  - {{id: s{number}, task: {{assign: engineer, form: {{note: {{type: text}}}}}}}}" for number in range(300)
    )
    text = "playbook: long\ntitle: Long\nkind: runbook\nowner: platform\nroles:\n  engineer: {groups: [engineers]}\n"
    text += f"steps:\n{steps}\n"

    def once() -> None:
        compiled = compile_text(text)
        assert compiled.ok, compiled.problems[:3]

    return Figure("compile a playbook of 300 steps", seconds(once, 7) * 1000, "ms", "under 120")


def moving() -> Figure:
    """One start in memory, with nothing stored."""
    definition = house.change()
    event = Start(at=database_clock(), actor="ann", run=str(uuid.uuid4()), inputs={"service": "payments"})

    def once() -> None:
        for _ in range(100):
            assert isinstance(advance(definition, None, event), Advance)

    return Figure("advance: a start", 100 / seconds(once, 5), "a second")


def committing_one_by_one() -> Figure:
    """A click is a batch of one: complete a task, which moves the run to its gate."""
    people = house.settle()
    version = house.publish(house.playbook("plain", [house.task("plan"), house.gate("board"), house.end()]))
    definitions.by_digest.cache_clear()
    runs = [house.begin(version, people["ann"]) for _ in range(RUNS)]
    began = time.perf_counter()
    for run in runs:
        outcome = complete.complete(run, 1, people["ann"], {})
        assert is_accepted(outcome), outcome
    return Figure("apply: one transition a transaction", RUNS / (time.perf_counter() - began), "a second", "over 100")


def committing_in_batches() -> Figure:
    """What workers and the sweep do: many runs' transitions in one transaction."""
    version = Run.objects.first().version
    began = time.perf_counter()
    for _ in range(RUNS // BATCH):
        event = Start(at=NOT_YET, actor="ann", run="", inputs={})
        ids = [uuid.uuid4() for _ in range(BATCH)]
        outcomes = apply([Delivery(pk, started(event, pk), version=version) for pk in ids])
        assert all(is_accepted(outcome) for outcome in outcomes), outcomes[0]
    return Figure(f"apply: {BATCH} starts a transaction", RUNS / (time.perf_counter() - began), "a second")


def reading() -> Figure:
    """A run's state out of its row."""
    run = Run.objects.order_by("-seq").first()
    assert run

    def once() -> None:
        for _ in range(100):
            states.load(run.state)

    return Figure("read a run's state", seconds(once, 5) / 100 * 1e6, "µs")


def started(event: Start, run: uuid.UUID) -> Start:
    return Start(at=event.at, actor=event.actor, run=str(run), inputs=event.inputs)


def seconds(once: Callable[[], object], times: int) -> float:
    """The median of some repetitions, after one that warms up."""
    once()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        once()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


ALL = (compiling, moving, committing_one_by_one, committing_in_batches, reading)
