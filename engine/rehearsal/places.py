"""The places of playbooks with `concurrency`, among the runs of a rehearsal: first come, first served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.definition import Definition
from engine.lifecycles import RunStatus
from engine.machine import queueing, tasks
from engine.machine.commands import Refusal
from engine.machine.events import Start
from engine.rehearsal.play import Play


class Places:
    """Who has a place and who waits follows from where the runs are; `plays` are in the order of their start."""

    def __init__(self, plays: Sequence[Play]) -> None:
        self._plays = plays

    def ask(self, definition: Definition, event: Start) -> Start | Refusal:
        """Say in a start whether there is a place for it. A start by a descendant of a holder is refused."""
        inputs = tasks.filled(definition.inputs, event.inputs)
        key = inputs if isinstance(inputs, Refusal) else queueing.key_of(definition, event, inputs)
        if isinstance(key, Refusal):
            return key
        if definition.concurrency is None:
            return event
        here = [play for play in self._plays if _asks(play, definition.playbook, key)]
        if any(play.current.run in self._above(event) for play in here):
            return Refusal("not-open", "A run above this one has the place that it asks for.")
        is_free = len(here) < definition.concurrency.limit and not any(map(_waits, here))
        return replace(event, has_place=is_free)

    def next_in(self) -> Play | None:
        """Return the run that is let in next, if there is one."""
        for play in self._plays:
            if not _waits(play) or play.current.paused:
                continue
            here = [one for one in self._plays if _asks(one, play.definition.playbook, play.current.place)]
            limit = play.definition.concurrency.limit if play.definition.concurrency else 0
            if next(filter(_waits, here)) is play and sum(not _waits(one) for one in here) < limit:
                return play
        return None

    def _above(self, event: Start) -> set[str]:
        """Return the runs that this one descends from."""
        found: set[str] = set()
        parent = event.parent
        while parent is not None:
            found.add(parent.run)
            above = parent.run
            parent = next(play.current.parent for play in self._plays if play.current.run == above)
        return found


def _asks(play: Play, playbook: str, key: str) -> bool:
    """Whether a run has, or waits for, a place under this key."""
    is_limited = play.definition.playbook == playbook and play.definition.concurrency is not None
    return is_limited and play.is_under_way and play.current.place == key


def _waits(play: Play) -> bool:
    return play.current.status is RunStatus.QUEUED
