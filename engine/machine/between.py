"""What one run says to another, as the event that the other takes: a call to its child, a child to its parent.

Whoever keeps the runs carries it over: the server, and a rehearsal (semantics “Children”).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.machine.commands import Refusal, StartChild, TellChild, TellParent
from engine.machine.events import ENGINE, Cancel, Child, Facts, Parent, Pause, Resume, Start
from engine.machine.state import State

#: What is done to a run is done to those that it called, whoever may operate these: nobody else asks for it.
PASSED_ON = Facts(operator=True)


def begun(parent: State, command: StartChild, calls: Mapping[str, str], at: datetime) -> Start:
    """Return the start of a child, in the name of whoever started its parent; `calls` pins what it calls itself."""
    where = Parent(parent.run, command.visit, command.nth, command.depth)
    return Start(at=at, actor=parent.started_by, run=command.run, inputs=command.inputs, calls=calls, parent=where)


def not_begun(command: StartChild, refusal: Refusal, at: datetime) -> Child:
    """Return what the parent is told where its child could not be started."""
    return Child(at=at, visit=command.visit, nth=command.nth, status="refused", message=refusal.sentence)


def told(command: TellChild, at: datetime) -> Cancel | Pause | Resume:
    """Return what a child is told of what was done to its parent. Its facts are these, whatever the directory says."""
    actor = command.by or ENGINE
    match command.act:
        case "cancel":
            return Cancel(at=at, actor=actor, facts=PASSED_ON, reason=command.reason)
        case "pause":
            return Pause(at=at, actor=actor, facts=PASSED_ON, reason=command.reason)
        case "resume":
            return Resume(at=at, actor=actor, facts=PASSED_ON, reason=command.reason)


def ended(command: TellParent, at: datetime) -> Child:
    """Return what a parent is told of the end of its child."""
    return Child(
        at=at,
        visit=command.visit,
        nth=command.nth,
        status=command.status,  # type: ignore[arg-type]  # that of a run which has ended
        outputs=command.outputs,
        message=command.message,
    )
