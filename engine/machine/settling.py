"""Running to the next wait: steps are arrived at, opened, and what completes at once leads on.

Semantics section 3, rules 2 and 4. Nothing here looks outside: what a step needs from there is a command.
"""

from __future__ import annotations

from engine.definition import (
    ActionSpec,
    CallSpec,
    DecideSpec,
    EachSpec,
    EndSpec,
    GateSpec,
    ParallelSpec,
    RollbackSpec,
    SetSpec,
    TaskSpec,
    WaitSpec,
)
from engine.expressions import EvaluationError
from engine.lifecycles import VisitStatus
from engine.machine import (
    actions,
    calls,
    clocks,
    decides,
    endings,
    ends,
    gates,
    ladder,
    limits,
    regions,
    routing,
    sets,
    tasks,
    waits,
    windows,
)
from engine.machine.moments import after
from engine.machine.state import Visit
from engine.machine.tokens import Arrival, Begin, Enter, Left, Opening
from engine.machine.turn import Turn


def settle(turn: Turn) -> None:
    """Arrive at what is queued until every token waits for somebody or something, or the run has ended."""
    drain(turn)
    if turn.data_changed:
        gates.refresh(turn)
    if turn.is_moving and turn.base.seq + 1 >= limits.ENTRIES:
        _last_entry(turn)
    if turn.paused:
        clocks.stop(turn)


def drain(turn: Turn) -> None:
    """Do what is queued, what a step leads on to before what was queued earlier."""
    while (turn.ahead or turn.queue) and turn.is_moving:
        turn.queue.extendleft(reversed(turn.ahead))
        turn.ahead = []
        match turn.queue.popleft():
            case Arrival() as arrival:
                turn.arrivals += 1
                arrive(turn, arrival, runs_away=turn.arrivals > limits.MOVES)
            case Enter() as entering:
                regions.enter(turn, entering)
            case Begin(number):
                if number in turn.visits:
                    begin(turn, turn.visits[number])
            case Opening(number):
                open_visit(turn, turn.visits[number])
            case Left() as left:
                routing.leave(turn, left)


def arrive(turn: Turn, arrival: Arrival, runs_away: bool = False) -> None:
    """Come to a step: a visit begins, behind its guard."""
    visit = turn.new_visit(arrival.step, arrival.scope)
    if runs_away:
        turn.incident(visit, "runaway")
    elif arrival.is_dead:
        endings.skip(turn, visit)
    else:
        consider(turn, visit)


def consider(turn: Turn, visit: Visit) -> None:
    """Ask the guard: false skips the step, an error keeps it waiting with an incident, else its window is looked at."""
    when = turn.spec(visit).when
    if when is not None:
        try:
            holds = turn.condition(when, visit)
        except EvaluationError as error:
            turn.incident(visit, "expression", f"`when`: {error}")
            return
        if not holds:
            endings.skip(turn, visit)
            return
    if not windows.shuts(turn, visit):
        open_visit(turn, visit)


def open_visit(turn: Turn, visit: Visit) -> None:
    """Open a visit that nothing keeps shut any more: its clocks begin, and what it is for."""
    spec = turn.spec(visit)
    turn.count_visit(visit)
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
        case ParallelSpec() as spec:
            regions.open_parallel(turn, visit, spec)
        case EachSpec() as spec:
            regions.open_each(turn, visit, spec)
        case CallSpec() as spec:
            calls.open_call(turn, visit, spec)
        case RollbackSpec():
            ends.open_rollback(turn, visit)
        case EndSpec() as spec:
            ends.open_end(turn, visit, spec)


def _last_entry(turn: Turn) -> None:
    """The run is as long as a run may be: timers and work go, and an operator is told at what is open."""
    turn.timers.clear()
    turn.commands.clear()
    for number in sorted(turn.visits):
        visit = turn.resolve(turn.visits[number], "overtaken")
        turn.incident(
            visit, "runaway", f"This run has {limits.ENTRIES:,} entries, as many as a run may have. Cancel it."
        )
