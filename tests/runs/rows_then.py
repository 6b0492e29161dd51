"""What the tables hold of a run beside what its log gives when it is folded to the end: the same, row for row."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from engine.lifecycles import VISIT_OPEN
from runs import past
from runs.incidents import NOBODY_ELIGIBLE, STUCK
from runs.models import Candidate, Gate, Incident, Run, Step, Vote
from runs.past import Past

BESIDE = (STUCK, NOBODY_ELIGIBLE)


def hold(run: Run) -> Past:
    """Fold the log to its newest entry; all that comes of it must be what the tables hold now."""
    run = Run.objects.select_related("version", "unit", "started_by").get(pk=run.pk)
    then = past.after(run, run.seq)
    steps = list(run.steps.select_related("claimed_by", "ended_by").order_by("number"))
    assert [columns(step) for step in then.steps] == [columns(step) for step in steps]
    assert [step.claimed_by for step in then.steps] == [step.claimed_by for step in steps]
    assert [step.ended_by for step in then.steps] == [step.ended_by for step in steps]
    gates = {gate.step.number: gate for gate in Gate.objects.filter(step__run=run).select_related("step")}
    theirs = {step.number: step.gate for step in then.steps if getattr(step, "gate", None) is not None}
    assert {number: columns(gate) for number, gate in theirs.items()} == {
        number: columns(gate) for number, gate in gates.items()
    }
    approved = Vote.objects.filter(gate__step__run=run, choice="approve").values_list("gate__step__number", flat=True)
    counts = dict.fromkeys(gates, 0)
    for number in approved:
        counts[number] += 1
    assert {step.number: step.approvals for step in then.steps if step.number in gates} == counts
    asked = Candidate.objects.filter(step__run=run).values_list("step__status", "is_open")
    assert all(is_open == (status in VISIT_OPEN) for status, is_open in asked)
    known = run.incidents.select_related("step").order_by("opened_at", "pk")
    assert sorted(map(incident, then.incidents)) == sorted(
        incident(one) for one in known if one.code not in BESIDE or one.opened_at <= then.state.at
    )
    mine, now = columns(then.run), columns(run)
    if run.incidents.filter(code__in=BESIDE).exists():
        for name in (
            "incident_count",
            "changed_at",
            "lane",
        ):  # what stands beside the log changes these at its own time
            mine.pop(name, None)
            now.pop(name, None)
    assert mine == now
    return then


def columns(row: Model) -> dict[str, Any]:
    """What a row says, but for keys of rows that are not saved."""
    names = [field.attname for field in row._meta.concrete_fields]
    return {name: getattr(row, name) for name in names if not (isinstance(row, Step | Gate) and name in KEYS)}


KEYS = ("id", "step_id")


def incident(one: Incident) -> tuple[Any, ...]:
    number = one.step.number if one.step else 0
    resolved = (one.resolved_at is not None, one.resolved_at or one.opened_at, one.resolution)
    return number, one.opened_at, one.code, one.message, one.status, *resolved
