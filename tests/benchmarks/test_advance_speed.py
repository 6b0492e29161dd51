"""How many events `advance` applies in a second, in memory: runs of a whole playbook, and one long run.

The rates are printed (`-s`). What must hold does not depend on the machine: an event late in a long run costs no
more than one early in it (guarantees T13).
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

from engine.definition import Definition, Quorum, Rung
from engine.machine.advance import advance
from engine.machine.commands import Advance, Refusal
from engine.machine.events import Event
from engine.machine.state import State
from engine.rehearsal import Known, play, prepare
from engine.rehearsal.play import Play
from engine.rehearsal.world import World
from tests.engine.building import gate, playbook
from tests.engine.machine.playing import HOUR, accepted, began, roles, vote

SCENARIOS = Path(__file__).parents[1] / "scenarios"


def test_events_a_second_over_whole_runs() -> None:
    logs = _logs()
    count = sum(len(events) for _, events in logs)
    for definition, events in logs:
        _fold(definition, events)
    started = time.process_time()
    for definition, events in logs:
        _fold(definition, events)
    taken = time.process_time() - started
    print(f"advance: {count / taken:,.0f} events a second ({count} events of {len(logs)} runs)")
    assert count > 100


class Onlooker:
    """A twin that does nothing but keep the world it is shown."""

    def __init__(self, world: World) -> None:
        self.world = world

    def start(self, play: Play, event: Event, answer: Refusal | None) -> None: ...

    def deliver(self, play: Play, event: Event, answer: Refusal | None) -> None: ...

    def advance(self, until: datetime) -> None: ...

    def difference(self) -> None:
        return None


def _logs() -> list[tuple[Definition, list[Event]]]:
    """Play the scenarios of the purchase and keep what was accepted."""
    seen: list[Onlooker] = []

    def look(world: World) -> Onlooker:
        seen.append(Onlooker(world))
        return seen[-1]

    file = SCENARIOS / "purchase-scenarios.yaml"
    for prepared in prepare(file.read_text(), "", Known(lambda name: (SCENARIOS / name).read_text())):
        assert not play(prepared, look).failures
    return [(one.definition, one.events) for onlooker in seen for one in onlooker.world.plays]


def _fold(definition: Definition, events: list[Event]) -> State | None:
    state: State | None = None
    for event in events:
        answer = advance(definition, state, event)
        assert isinstance(answer, Advance)
        state = answer.state
    return state


def test_an_event_late_in_a_long_run_costs_what_an_early_one_does() -> None:
    reminder = Rung(HOUR, remind=("red",))
    built = playbook(
        gate(
            "gate",
            approvers=("red",),
            quorum=Quorum(count=2),
            on_reject="gate",
            escalate=(reminder,),
        ),
        roles=roles("red"),
    )
    play = began(built, {"ann": "red", "bo": "red", "cy": "red"})
    early = _round(play, 200)
    _round(play, 1_500)
    late = _round(play, 200)
    print(f"a vote at event 200: {early * 1e6:.0f} µs, at event {play.current.seq:,}: {late * 1e6:.0f} µs")
    assert late < 2 * early


def _round(play: Play, votes: int) -> float:
    """Reject so many times, and return the median of what one vote took."""
    taken = []
    for _ in range(votes):
        visit = play.visit("gate")
        started = time.process_time()
        accepted(vote(play, "ann", "reject"))
        taken.append(time.process_time() - started)
        assert play.visit("gate") == visit + 1
    return sorted(taken)[len(taken) // 2]
