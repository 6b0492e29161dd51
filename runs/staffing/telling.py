"""Who is told of a shortage, once: the unit's process owners, and those who operate its runs."""

from __future__ import annotations

from collections.abc import Sequence

from runs import notices
from runs.models import Notice, Run, Shortage, Step
from workflows.models import Part, Unit

#: Where the published steps stand (`dashboards.views.gates`).
GATES = "/gates/"


def tell(shortage: Shortage, unit: Unit, title: str) -> None:
    """Tell the process owners and operators of this unit and those above it. Stands in the shortage's transaction."""
    _tell(unit, title, f"{shortage.says} {shortage.help}".strip(), run=shortage.run, step=shortage.step)


def tell_together(shortages: Sequence[Shortage], unit: Unit) -> None:
    """Tell them at once what is missing in several steps of published playbooks."""
    count = len(shortages)
    title = "A published step has too few people" if count == 1 else f"{count} published steps have too few people"
    lines = [f"{row.version.title}: {row.says} {row.help}".strip() for row in shortages if row.version]
    _tell(unit, title, "\n".join(lines), url=GATES)


def concerned(unit: Unit) -> list[str]:
    """Return who answers for the people of this unit's playbooks, by username."""
    parts = Part.objects.filter(
        part__in=[Part.Kind.PROCESS_OWNER, Part.Kind.OPERATOR],
        unit__path__in=unit.paths,
        person__is_active=True,
        person__is_service=False,
    )
    return sorted(set(parts.values_list("person__username", flat=True)))


def _tell(unit: Unit, title: str, body: str, run: Run | None = None, step: Step | None = None, url: str = "") -> None:
    notices.tell(Notice.Kind.STAFFING, concerned(unit), run, step, title=title, body=body, url=url)
