"""The run ends, or turns back: the step counts as completed, and what else is open is cancelled."""

from __future__ import annotations

from engine import values
from engine.definition import EndSpec
from engine.lifecycles import RunStatus, VisitStatus
from engine.machine import endings, undoing
from engine.machine.state import Visit
from engine.machine.turn import Turn


def open_end(turn: Turn, visit: Visit, spec: EndSpec) -> None:
    message = turn.text(spec.message, visit)
    turn.set_value(visit, {"at": values.encode(turn.at)})
    turn.move("completed", visit, outcome=None, by=None)
    turn.close(visit, VisitStatus.COMPLETED)
    endings.end_run(turn, RunStatus(spec.status), message)


def open_rollback(turn: Turn, visit: Visit) -> None:
    """What was done is undone from here on."""
    turn.set_value(visit, {"at": values.encode(turn.at)})
    turn.move("completed", visit, outcome=None, by=None)
    turn.close(visit, VisitStatus.COMPLETED)
    undoing.roll_back(turn, reason=f"{endings.title_of(turn, visit)} led to a rollback.")
