"""Who is told of a shortage, once: the unit's process owners, and those who operate its runs."""

from __future__ import annotations

from collections.abc import Sequence

from runs import notices
from runs.models import Notice, Run, Shortage, Step
from workflows.models import Part, Unit

OWNER, OPERATOR = Part.Kind.PROCESS_OWNER, Part.Kind.OPERATOR
#: Where the published steps stand (`dashboards.views.gates`).
GATES = "/gates/"


def tell(shortage: Shortage, run: Run, step: Step, is_known: bool) -> None:
    """Tell of an open step; the operators only where no incident of the machine's has told them (`is_known`).

    Stands in the shortage's transaction. Process owners need not see the run, so that their notice leads to the gate.
    """
    title, body = f"Too few people at “{step.title}” of run {run.number}", f"{shortage.says} {shortage.help}".strip()
    operators = _in_part(run.unit, OPERATOR)
    if not is_known:
        notices.tell(Notice.Kind.STAFFING, operators, run, step, title=title, body=body)
    owners = set(_in_part(run.unit, OWNER)) - set(operators)
    url = f"{GATES}{run.version.artifact.slug}/{step.name}/"
    notices.tell(Notice.Kind.STAFFING, owners, title=title, body=body, url=url)


def tell_together(shortages: Sequence[Shortage], unit: Unit) -> None:
    """Tell process owners and operators at once what is missing in several steps of published playbooks."""
    count = len(shortages)
    title = "A published step has too few people" if count == 1 else f"{count} published steps have too few people"
    lines = [f"{row.version.title}: {row.says} {row.help}".strip() for row in shortages if row.version]
    people = _in_part(unit, OWNER, OPERATOR)
    notices.tell(Notice.Kind.STAFFING, people, title=title, body="\n".join(lines), url=GATES)


def _in_part(unit: Unit, *kinds: Part.Kind) -> list[str]:
    """Return who has one of these parts in the unit or above it, by username."""
    parts = Part.objects.filter(part__in=kinds, unit__path__in=unit.paths)
    return sorted(set(parts.values_list("person__username", flat=True)))
