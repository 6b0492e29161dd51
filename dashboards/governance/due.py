"""Everything that is due in the units that somebody looks after, put together. A fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from dashboards.governance import deciding, keeping, matrix, thin
from dashboards.governance.items import Item, Section, section
from dashboards.governance.matrix import Matrix
from dashboards.planning import listed
from runs.staffing import readers
from workflows.models import Person


@dataclass(frozen=True)
class Overview:
    """The page: sections with something in them and (`quiet`) those with nothing."""

    sections: tuple[Section, ...]
    quiet: tuple[Section, ...]
    matrix: Matrix

    @property
    def total(self) -> int:
        return sum(one.total for one in self.sections)

    def count(self, *names: str) -> int:
        return sum(one.total for one in self.sections if one.name in names)


def read(person: Person, paths: Sequence[str], now: datetime, shown: str = "") -> Overview:
    """Read what is due in these units and below; `shown` is the section that is listed whole."""
    versions = keeping.published(paths)
    found = (
        section("reviews", "Waits for review", "gate", deciding.reviews(paths), shown),
        section("approved", "Approved, not published", "version", deciding.approved(paths), shown),
        section("exceptions", "Exceptions asked for or ending", "key", deciding.exceptions(paths, now), shown),
        section("rollouts", "Rollouts under way", "running", deciding.rollouts(paths), shown),
        section("again", "To be looked at again", "calendar", keeping.reviews_due(versions, now), shown),
        section("plans", "Milestones that are late", "pin", _late(person, paths, now), shown),
        section("gates", "Gates without spare people", "people", thin.gates(versions, readers.paths(person)), shown),
        section("owners", "Nobody answers for it", "person", keeping.ownerless(versions), shown),
        section("behind", "Behind what they adapt", "copy", keeping.behind(paths), shown),
        section("unused", "Nobody uses it", "none", keeping.unused(versions, now), shown),
    )
    return Overview(
        tuple(one for one in found if one.total),
        tuple(one for one in found if not one.total),
        matrix.read(versions, now, whole=shown == "matrix"),
    )


def _late(person: Person, paths: Sequence[str], now: datetime) -> list[Item]:
    """Milestones of these units' plans whose day is over."""
    return [
        Item(
            title=f"{stand.milestone.title}, {line.version.title}",
            address=f"{reverse('plan', args=[line.version.artifact.slug])}#milestone-{stand.milestone.id}",
            says=f"{stand.done} of {stand.total} runs are done; {line.owner.title} answers for the plan.",
            act="See what is missing",
            unit=line.version.artifact.unit.title,
            at=stand.due_at,
            is_late=True,
        )
        for line in listed.read(person, now)
        if line.version.artifact.unit.path.startswith(tuple(paths))
        for stand in line.late
    ]
