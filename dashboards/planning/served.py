"""What a run is for: the milestone of a plan that it delivers, told on the run's page."""

from __future__ import annotations

from dataclasses import dataclass

from engine.language.plan import Milestone
from engine.lifecycles import VersionStatus
from runs.models import Delivery, Run
from workflows import plans
from workflows.models import Person, Version


@dataclass(frozen=True)
class Purpose:
    """`milestone` is None where the plan no longer has it."""

    version: Version
    milestone: Milestone | None


def purpose(run: Run, reader: Person) -> Purpose | None:
    """Return what the run delivers, None where that is nothing or a plan that the reader may not see.

    One statement where it is nothing, else two.
    """
    delivery = Delivery.objects.filter(run=run).first()
    if delivery is None:
        return None
    found = Version.objects.visible_to(reader).plans().select_related("artifact").defer("source", "definition")
    version = found.filter(artifact=delivery.plan_id, status=VersionStatus.PUBLISHED.value).first()
    return Purpose(version, plans.of_version(version).milestone(delivery.milestone)) if version else None
