"""Which runs the calls of a run have started, and which run called it: the links between their pages."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition import CallSpec, Definition
from runs.models import Run
from workflows.models import Person


def of(run: Run, definition: Definition, reader: Person) -> Mapping[int, Run]:
    """Return the newest child of every call by the number of its visit, of those that the reader may see."""
    if not any(isinstance(step.does, CallSpec) for step in definition.steps.values()):
        return {}
    children = Run.objects.visible_to(reader).filter(parent=run, parent_visit__isnull=False).order_by("number")
    return {child.parent_visit: child for child in children if child.parent_visit is not None}


def caller_of(run: Run, reader: Person) -> Run | None:
    """Return the run that called this one, where the reader may see it."""
    return Run.objects.visible_to(reader).filter(pk=run.parent_id).first() if run.parent_id else None
