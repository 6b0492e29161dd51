"""Which ways a run took, read off its visits.

A list has one token, so a visit follows the one before it in its list: the pairs are the way that was taken. Each item
of an each has its own token; the items share the drawing, so a way is told for each of them. What the visits of a
region say holds since the region was opened last. What takes a visit back is no part of the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.definition import LEAVE, MAIN, Definition, owner_of
from engine.lifecycles import VISIT_OPEN, GateStatus, VisitStatus
from engine.machine import scopes
from runs.models import Step

Pair = tuple[str, str]
Token = tuple[str, str]
"""Whose token: that of a list, in an item (`""` outside every each)."""

_DECIDED = {GateStatus.REJECTED.value: "reject", GateStatus.RETURNED.value: "return"}


@dataclass
class Course:
    """The visits that still count, by step, the ways between them, and what takes visits back."""

    definition: Definition
    visits: dict[str, list[Step]] = field(default_factory=dict)
    ways: dict[Pair, dict[str, Step | None]] = field(default_factory=dict)
    """(source, target) -> item -> the visit it led to last; None for the end of a list."""
    undos: dict[str, list[Step]] = field(default_factory=dict)

    def last(self, name: str, scope: str | None = None) -> Step | None:
        """The last visit of a step, in one item where that is asked."""
        visits = [visit for visit in self.visits.get(name, ()) if scope is None or visit.scope == scope]
        return visits[-1] if visits else None

    def lasts(self, name: str) -> list[Step]:
        """The last visit of a step in each item."""
        return list({visit.scope: visit for visit in self.visits.get(name, ())}.values())


def follow(definition: Definition, steps: Sequence[Step]) -> Course:
    """Follow the visits, given in opening order."""
    course = Course(definition)
    before: dict[Token, Step] = {}
    for step in steps:
        if step.name not in definition.steps:
            continue
        if step.undoes is not None:
            course.undos.setdefault(step.name, []).append(step)
            continue
        spec = definition.steps[step.name]
        if definition.bodies(step.name):
            _begin_anew(course, before, step)
        token = spec.within, step.scope
        for source in _sources(course, before.get(token), step):
            course.ways.setdefault((source, step.name), {})[step.scope] = step
        course.visits.setdefault(step.name, []).append(step)
        before[token] = step
    for (within, scope), last in before.items():
        if within != MAIN:
            _end(course, within, scope, last)
    return course


def _begin_anew(course: Course, before: dict[Token, Step], region: Step) -> None:
    """Forget what was visited in the lists of a region, in its own item, when it is opened again."""
    inside = course.definition.inside(region.name)
    names = {name for within in inside for name in course.definition.lists[within]}
    for token in [token for token in before if token[0] in inside and scopes.is_within(token[1], region.scope)]:
        del before[token]
    for name in names:
        kept = [one for one in course.visits.pop(name, ()) if not scopes.is_within(one.scope, region.scope)]
        if kept:
            course.visits[name] = kept
    for pair in [pair for pair in course.ways if not names.isdisjoint(pair)]:
        left = {at: led for at, led in course.ways.pop(pair).items() if not scopes.is_within(at, region.scope)}
        if left:
            course.ways[pair] = left


def _sources(course: Course, before: Step | None, step: Step) -> list[str]:
    """Return from where a visit was reached."""
    definition = course.definition
    within = definition.steps[step.name].within
    owner = owner_of(within)
    if definition.is_graph(within):
        beside = [way.source for way in definition.transitions if way.target == step.name and way.source != owner]
        done = [source for source in dict.fromkeys(beside) if _has_taken(course, source, step.name, step.scope)]
        enters = any(way.target == step.name and way.trigger.startswith("enter:") for way in definition.ways[owner])
        return [*done, *([owner] if enters and not done else [])]
    if before is None:
        return [owner]
    way_out = _way_out(course, before, step) if definition.bodies(before.name) else None
    return [way_out or before.name]


def _way_out(course: Course, region: Step, step: Step) -> str | None:
    """Return the step inside a region that led out of it to this one; None where the region came to its end."""
    if region.status == VisitStatus.COMPLETED:
        return None
    inside = [
        visit
        for way in course.definition.transitions
        if way.target == step.name and region.name in _owners(course.definition, way.source)
        for visit in course.lasts(way.source)
        if scopes.is_within(visit.scope, region.scope)
    ]
    done = [visit for visit in inside if visit.ended_at is not None and visit.status == VisitStatus.COMPLETED]
    return max(done, key=lambda visit: (visit.ended_at, visit.number)).name if done else None


def _owners(definition: Definition, step: str) -> list[str]:
    return [owner_of(within) for within in definition.around(definition.steps[step].within)] if step else []


def _end(course: Course, within: str, scope: str, before: Step) -> None:
    """Mark the ways that led to the end of a list in this item: from where its token was seen last."""
    definition = course.definition
    for way in definition.transitions:
        if way.target != LEAVE or way.source not in definition.lists[within]:
            continue
        last, many = course.last(way.source, scope), definition.is_graph(within)
        if last is None or not _is_done(last):
            continue
        if _has_taken(course, way.source, LEAVE, scope) if many else last is before:
            course.ways.setdefault((way.source, LEAVE), {})[scope] = None


def _has_taken(course: Course, source: str, target: str, scope: str) -> bool:
    """Say whether a visit of this step, in this item, ended in a way that leads there."""
    ways = [way.trigger for way in course.definition.ways[source] if way.target == target]
    return any(
        _ended_by(visit, trigger)
        for visit in course.visits.get(source, ())
        if visit.scope == scope and _is_done(visit)
        for trigger in ways
    )


def refusal(visit: Step) -> str:
    """The way a gate takes that did not approve: `reject` or `return`; empty for all else."""
    gate = getattr(visit, "gate", None)
    return _DECIDED.get(gate.status, "") if gate else ""


def has_led(definition: Definition, visit: Step, target: str) -> bool:
    """Say whether a visit has ended in a way that leads there."""
    triggers = [way.trigger for way in definition.ways[visit.name] if way.target == target]
    is_over = visit.undoes is None and visit.status not in (VisitStatus.CANCELLED, *VISIT_OPEN)
    return is_over and any(_ended_by(visit, trigger) for trigger in triggers)


def _ended_by(visit: Step, trigger: str) -> bool:
    """Say whether this trigger may be how a visit ended: gates and tasks keep it, of others the status tells."""
    name, _, rest = trigger.partition(":")
    if visit.status == VisitStatus.SKIPPED:
        return name == "skip"
    if visit.status == VisitStatus.FAILED:
        return name in ("error", "deadline")
    if visit.kind == "gate":
        gate = getattr(visit, "gate", None)
        return name == _DECIDED.get(gate.status if gate else "", "approve")
    if name == "outcome":
        return visit.outcome == rest
    return name in ("done", "rule", "otherwise", "value") or (name == "deadline" and visit.kind == "wait")


def _is_done(step: Step | None) -> bool:
    return step is not None and step.status not in VISIT_OPEN and step.status != VisitStatus.CANCELLED
