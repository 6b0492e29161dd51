"""Where a visit stands in its run: what came before it, and what the playbook has next, as a short column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.consequences import VISIBLE, next_steps, title
from dashboards.visits import Seen
from engine.definition import EndSpec
from engine.lifecycles import VisitStatus
from runs.models import Step

BEFORE, AFTER = 4, 4


@dataclass(frozen=True)
class Stand:
    """One line. `when` is `done`, `now` or `next`; `step` is None for what has not been visited."""

    title: str
    kind: str
    when: str
    step: Step | None = None
    at: datetime | None = None


def of(seen: Seen) -> list[Stand]:
    """Lay out the last visits before this one, this one, and the likely way on: one query."""
    rows: Sequence[Step] = (
        Step.objects.filter(run=seen.run, kind__in=VISIBLE, number__lt=seen.step.number)
        .exclude(status=VisitStatus.CANCELLED.value)
        .select_related("ended_by")
        .order_by("-number")[:BEFORE]
    )
    before = [Stand(row.title, row.kind, "done", row, row.ended_at) for row in reversed(rows) if row.ended_at]
    here = Stand(seen.step.title, seen.step.kind, "now", seen.step)
    return [*before, here, *_ahead(seen)]


def _ahead(seen: Seen) -> list[Stand]:
    """Follow the ordinary way: approved, completed, the first of several; a step comes once."""
    definition, ahead = seen.definition, list[Stand]()
    step, known = seen.step.name, {seen.step.name}
    while len(ahead) < AFTER:
        ways = definition.ways[step]
        trigger = next((way.trigger for way in ways if way.trigger in {"done", "approve"}), None)
        trigger = trigger or next((way.trigger for way in ways if way.trigger.startswith("outcome:")), "done")
        opens, ends = next_steps(definition, step, trigger)
        onward = [name for name in opens if name not in known]
        if not onward:
            if ends and not opens:
                ahead.append(Stand(_end_title(seen, step), "end", "next"))
            break
        step = onward[0]
        known.add(step)
        ahead.append(Stand(title(definition, step), definition.steps[step].kind, "next"))
    return ahead


def _end_title(seen: Seen, step: str) -> str:
    ends = [spec for spec in seen.definition.steps.values() if isinstance(spec.does, EndSpec)]
    return ends[0].title or "The end" if len(ends) == 1 else "The end"
