"""An operator's act by its name, as the event that is delivered: for many runs at once, and where it is only tried.

What single verbs add (texts that are read, secrets that are hidden) is `runs.operate`'s.
"""

from __future__ import annotations

from engine.machine.commands import Refusal
from engine.machine.events import (
    Cancel,
    Event,
    Jump,
    Pause,
    Reassign,
    Resume,
    RetryStep,
    Rollback,
    Signal,
    SkipStep,
)
from runs.clock import NOT_YET
from runs.moving import LONGEST, NO_VERSION, TOO_LONG, Move
from runs.operate import NO_SIGNAL, NOBODY, NOWHERE

#: Acts on a run, and acts on one of its steps.
OF_RUN = ("pause", "resume", "jump", "migrate", "signal", "rollback", "cancel")
OF_STEP = ("retry", "skip", "reassign")
#: What is said where an act takes something that was not given.
_LACKING = {"jump": NOWHERE, "signal": NO_SIGNAL, "reassign": NOBODY, "migrate": NO_VERSION}


def order(act: str, actor: str, reason: str = "", visit: int = 0, to: str = "", undo: bool = False) -> Event | Refusal:
    """Return the event. `to` is the step of a jump, the name of a signal, whom a task is handed to, or a `Move`."""
    if act in _LACKING and not to.strip():
        return _LACKING[act]
    if len(to) > LONGEST:
        return TOO_LONG
    head = {"at": NOT_YET, "actor": actor, "reason": reason.strip()}
    match act:
        case "pause":
            return Pause(**head)
        case "resume":
            return Resume(**head)
        case "rollback":
            return Rollback(**head)
        case "cancel":
            return Cancel(**head)
        case "jump":
            return Jump(to=to.strip(), undo=undo, **head)
        case "signal":
            return Signal(name=to.strip(), **head)
        case "migrate":
            move = Move.read(to)
            return NO_VERSION if move is None else move.event(actor, reason)
        case "retry":
            return RetryStep(visit=visit, **head)
        case "skip":
            return SkipStep(visit=visit, **head)
        case "reassign":
            return Reassign(visit=visit, to=to.strip(), **head)
    raise ValueError(f"{act} is no act of an operator")
