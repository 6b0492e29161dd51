"""Where a visit stands in its run: what came before it, and what the playbook has next, as a short column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboards import called
from dashboards.consequences import LIST_ENDED, VISIBLE, next_steps
from dashboards.course import undoing
from dashboards.visits import Seen
from engine.definition import EndSpec, owner_of
from engine.lifecycles import VisitStatus
from engine.naming import title
from runs.models import Step

BEFORE, AFTER = 4, 4


@dataclass(frozen=True)
class Stand:
    """One line. `when` is `done`, `now` (the visit itself), `open` or `next`; `step` is None for what may come."""

    title: str
    kind: str
    when: str
    step: Step | None = None
    at: datetime | None = None


def of(seen: Seen) -> list[Stand]:
    """Lay out the visits before this one, this one, and what came after it or, while it is open, the likely way on."""
    rows = Step.objects.filter(run=seen.run, kind__in=VISIBLE).exclude(status=VisitStatus.CANCELLED.value)
    rows = rows.select_related("ended_by")
    before = [_visited(row) for row in reversed(rows.filter(number__lt=seen.step.number).order_by("-number")[:BEFORE])]
    here = Stand(seen.title, seen.step.kind, "now", seen.step)
    if seen.visit is not None:
        return [*before, here, *_ahead(seen)]
    after = rows.filter(number__gt=seen.step.number).order_by("number")[:AFTER]
    return [*before, here, *(_visited(row) for row in after)]


def _visited(row: Step) -> Stand:
    return Stand(called.numbered(row), row.kind, "done" if row.ended_at else "open", row, row.ended_at)


def _ahead(seen: Seen) -> list[Stand]:
    """Follow the ordinary way: approved, completed, the first of several; a step comes once."""
    definition, ahead = seen.definition, list[Stand]()
    going = undoing.under_way(definition, seen.state)
    if going is not None:
        left = [Stand(f"Undo: {undo.title}", "rollback", "next") for undo in going.left[:AFTER]]
        last = Stand(going.goes_on_at, definition.steps[seen.state.back.to].kind, "next") if seen.state.back else None
        return [*left, *([last or Stand("Rolled back", "end", "next")] if len(going.left) <= AFTER else [])]
    step, known = seen.step.name, {seen.step.name}
    while len(ahead) < AFTER:
        ways = definition.ways[step]
        trigger = next((way.trigger for way in ways if way.trigger in {"done", "approve"}), None)
        trigger = trigger or next((way.trigger for way in ways if way.trigger.startswith("outcome:")), "done")
        opens, ends = next_steps(definition, step, trigger)
        onward = [name for name in opens if name not in known]
        if not opens and ends == {LIST_ENDED}:
            step = owner_of(definition.steps[step].within)
            continue
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
