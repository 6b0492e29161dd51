"""Running to the next wait: steps are arrived at, opened, and what completes at once leads on, first in first out.

Semantics section 3, rules 2 and 4. Nothing here looks outside: what a step needs from there is a command.
"""

from __future__ import annotations

from engine.definition import (
    ActionSpec,
    DecideSpec,
    EndSpec,
    GateSpec,
    SetSpec,
    TaskSpec,
    WaitSpec,
)
from engine.expressions import EvaluationError
from engine.lifecycles import VisitStatus
from engine.machine import actions, clocks, decides, endings, ends, gates, ladder, sets, tasks, waits
from engine.machine.state import Visit
from engine.machine.turn import Turn, after

#: Steps in one event; the next one waits for an operator with the incident `runaway`.
MOVES = 1_000
#: Entries of one run; then it can only be cancelled.
ENTRIES = 10_000


def settle(turn: Turn) -> None:
    """Arrive at what is queued until every token waits for somebody or something, or the run has ended."""
    drain(turn)
    if turn.data_changed:
        gates.refresh(turn)
    if turn.is_running and turn.base.seq + 1 >= ENTRIES:
        _last_entry(turn)
    if turn.paused:
        clocks.stop(turn)


def drain(turn: Turn) -> None:
    """Arrive at what is queued, first in, first out."""
    while turn.queue and turn.is_running:
        turn.arrivals += 1
        arrive(turn, turn.queue.popleft(), runs_away=turn.arrivals > MOVES)


def arrive(turn: Turn, step: str, runs_away: bool = False) -> None:
    """Come to a step: a visit begins, behind its guard."""
    spec = turn.definition.steps[step]
    turn.last_visit += 1
    visit = turn.put(
        Visit(turn.last_visit, step, spec.within, VisitStatus.WAITING, turn.at, turn.text(spec.title) or step)
    )
    if runs_away:
        turn.incident(visit, "runaway")
    else:
        consider(turn, visit)


def consider(turn: Turn, visit: Visit) -> None:
    """Ask the guard: false skips the step, an error keeps it waiting with an incident, else it opens."""
    when = turn.spec(visit).when
    if when is not None:
        try:
            holds = turn.condition(when)
        except EvaluationError as error:
            turn.incident(visit, "expression", f"`when`: {error}")
            return
        if not holds:
            endings.skip(turn, visit)
            return
    _open(turn, visit)


def _open(turn: Turn, visit: Visit) -> None:
    spec = turn.spec(visit)
    turn.count_visit(visit.step)
    visit = turn.change(
        visit,
        status=VisitStatus.OPEN,
        opened_at=turn.at,
        due_at=None if spec.due is None else after(turn.at, spec.due, turn.definition.calendar),
    )
    turn.move("opened", visit, kind=spec.kind, title=visit.title)
    ladder.climb(turn, visit)
    begin(turn, visit)


def begin(turn: Turn, visit: Visit) -> None:
    """Do what the step is for; again, where its expressions failed and an operator retries."""
    match turn.spec(visit).does:
        case TaskSpec() as spec:
            tasks.open_task(turn, visit, spec)
        case GateSpec() as spec:
            gates.open_gate(turn, visit, spec)
        case ActionSpec() as spec:
            actions.open_action(turn, visit, spec)
        case DecideSpec() as spec:
            decides.open_decide(turn, visit, spec)
        case SetSpec() as spec:
            sets.open_set(turn, visit, spec)
        case WaitSpec() as spec:
            waits.open_wait(turn, visit, spec)
        case EndSpec() as spec:
            ends.open_end(turn, visit, spec)


def _last_entry(turn: Turn) -> None:
    """The run is as long as a run may be: timers and work go, and an operator is told at what is open."""
    turn.timers.clear()
    turn.commands.clear()
    for number in sorted(turn.visits):
        visit = turn.resolve(turn.visits[number], "overtaken")
        turn.incident(visit, "runaway", f"This run has {ENTRIES:,} entries, as many as a run may have. Cancel it.")
