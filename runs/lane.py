"""The lane of a run: which list of the board it stands in. Every run is in exactly one.

Lists and counts of the board follow indexes that begin with it, so what a run is in must be one column's word.
"""

from __future__ import annotations

from engine.definition import Definition
from engine.lifecycles import RUN_ENDED, VISIT_OPEN
from engine.machine.state import State, step_of
from runs.models import Run

#: Kinds of step that wait for people.
OF_PEOPLE = frozenset({"task", "gate"})


def lane_of(state: State, definition: Definition, has_incident: bool) -> Run.Lane:
    """Say where a run in this state stands; the first of the lanes that is true of it."""
    if state.status in RUN_ENDED:
        return Run.Lane.ENDED
    if has_incident:
        return Run.Lane.ATTENTION
    if state.paused:
        return Run.Lane.PAUSED
    waits = (visit for visit in state.visits.values() if visit.status in VISIT_OPEN)
    if any(step_of(definition, visit).kind in OF_PEOPLE for visit in waits):
        return Run.Lane.PEOPLE
    return Run.Lane.CALLED if state.parent else Run.Lane.MACHINE
