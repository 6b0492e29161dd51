"""Between a run and those it calls: commands made events, for whoever carries them out (semantics “Children”).

What a parent asks of a child, and what a child tells its parent, is written by the machine as a command; the server
and the rehearsal deliver it as an event of the other run.
"""

from __future__ import annotations

from datetime import datetime

from engine import fields
from engine.definition import Definition
from engine.machine.commands import Refusal, StartChild, TellChild, TellParent
from engine.machine.events import Cancel, Child, Parent, Pause, Resume, Start


def start_of(command: StartChild, parent: str, starter: str, definition: Definition, at: datetime) -> Start | Refusal:
    """Return how the child begins: in the name of whoever started its parent, with inputs that fit its fields.

    Secrets are handed on as they are kept.
    """
    kept = {spec.name for spec in definition.inputs if spec.secret and command.inputs.get(spec.name) is not None}
    given = {name: value for name, value in command.inputs.items() if name not in kept}
    inputs, wrong = fields.read_all([spec for spec in definition.inputs if spec.name not in kept], given)
    for spec in definition.inputs:
        if spec.name in kept:
            inputs[spec.name] = command.inputs[spec.name]
            if message := fields.check(spec, inputs[spec.name]):
                wrong[spec.name] = message
    if wrong:
        name, message = next(iter(wrong.items()))
        return Refusal(f"field:{name}", f"{name}: {message}")
    above = Parent(parent, command.visit, command.nth, command.depth)
    return Start(at=at, actor=starter, run=command.run, inputs=inputs, parent=above)


def told(command: TellChild, at: datetime) -> Cancel | Pause | Resume:
    """Return what happens to a child because it happened to its parent."""
    words = {"cancel": "ended or left the call", "pause": "was paused", "resume": "was resumed"}[command.act]
    by = f" by {command.by}" if command.by else ""
    reason = f"The run that called this one {words}{by}" + (f": {command.reason}" if command.reason else ".")
    match command.act:
        case "cancel":
            return Cancel(at=at, reason=reason)
        case "pause":
            return Pause(at=at, reason=reason)
        case "resume":
            return Resume(at=at, reason=reason)


def ended(command: TellParent, at: datetime) -> Child:
    """Return what the parent hears of a child that has ended."""
    return Child(
        at=at,
        visit=command.visit,
        nth=command.nth,
        status=command.status,
        outputs=command.outputs,
        message=command.message,
    )


def refused(command: StartChild, refusal: Refusal, at: datetime) -> Child:
    """Return what the parent hears of a child that could not begin."""
    return Child(at=at, visit=command.visit, nth=command.nth, status="refused", message=refusal.sentence)
