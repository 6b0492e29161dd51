"""Which runs the calls of a run have started, so that a call leads to its child's page."""

from __future__ import annotations

from collections.abc import Mapping

from engine.machine.state import State
from runs.models import Run
from workflows.models import Person


def of(state: State, reader: Person) -> Mapping[int, Run]:
    """Return the child run of every call by the number of its visit, of those that the reader may see.

    The state knows the children of open calls only.
    """
    called = {number: visit.called.run for number, visit in state.visits.items() if visit.called is not None}
    if not called:
        return {}
    runs = {str(run.pk): run for run in Run.objects.visible_to(reader).filter(pk__in=called.values())}
    return {number: runs[run] for number, run in called.items() if run in runs}
