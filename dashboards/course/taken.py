"""Which ways a run took, read off its visits.

A list has one token, so a visit follows the one before it in its list: the pairs are the way that was taken. What the
visits of a region say holds since the region was opened last. In an each many items share the drawing: all their visits
count, and a way was taken once some item took it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.definition import LEAVE, MAIN, Definition, owner_of
from engine.lifecycles import VISIT_OPEN, GateStatus, VisitStatus
from runs.models import Step

Pair = tuple[str, str]

_DECIDED = {GateStatus.REJECTED.value: "reject", GateStatus.RETURNED.value: "return"}


@dataclass
class Course:
    """The visits that still count, by step, and the ways between them with the visit each led to last."""

    definition: Definition
    visits: dict[str, list[Step]] = field(default_factory=dict)
    ways: dict[Pair, Step | None] = field(default_factory=dict)
    """(source, target) -> the visit it led to last; None for the end of a list."""

    def last(self, name: str) -> Step | None:
        visits = self.visits.get(name)
        return visits[-1] if visits else None


def follow(definition: Definition, steps: Sequence[Step]) -> Course:
    """Follow the visits, given in opening order."""
    course = Course(definition)
    before: dict[str, Step] = {}
    for step in steps:
        if step.name not in definition.steps:
            continue
        spec = definition.steps[step.name]
        if not definition.eaches[spec.within]:
            for within in definition.bodies(step.name):
                _begin_anew(course, before, within)
        for source in _sources(course, before.get(spec.within), step):
            course.ways[source, step.name] = step
        course.visits.setdefault(step.name, []).append(step)
        before[spec.within] = step
    for within in definition.lists:
        if within != MAIN:
            _end(course, within, before.get(within))
    return course


def _begin_anew(course: Course, before: dict[str, Step], within: str) -> None:
    """Forget what was visited in a list, and in those within it, when its region is opened again."""
    before.pop(within, None)
    for step in course.definition.lists.get(within, ()):
        course.visits.pop(step, None)
        for pair in [pair for pair in course.ways if pair[0] == step or pair[1] == step]:
            del course.ways[pair]
        for inner in course.definition.bodies(step):
            _begin_anew(course, before, inner)


def _sources(course: Course, before: Step | None, step: Step) -> list[str]:
    """Return from where a visit was reached."""
    definition = course.definition
    within = definition.steps[step.name].within
    owner = owner_of(within)
    if definition.is_graph(within) or definition.eaches[within]:
        beside = [way.source for way in definition.transitions if way.target == step.name and way.source != owner]
        done = [source for source in dict.fromkeys(beside) if _has_taken(course, source, step.name)]
        enters = any(way.target == step.name and way.trigger.startswith("enter:") for way in definition.ways[owner])
        return [*done, *([owner] if enters and (not done or definition.eaches[within]) else [])]
    if before is None:
        return [owner]
    way_out = _way_out(course, before, step) if definition.bodies(before.name) else None
    return [way_out or before.name]


def _way_out(course: Course, region: Step, step: Step) -> str | None:
    """Return the step inside a region that led out of it to this one; None where the region came to its end."""
    if region.status == VisitStatus.COMPLETED:
        return None
    inside = [
        course.visits[way.source][-1]
        for way in course.definition.transitions
        if way.target == step.name
        and region.name in _owners(course.definition, way.source)
        and way.source in course.visits
    ]
    done = [visit for visit in inside if visit.ended_at is not None and visit.status == VisitStatus.COMPLETED]
    return max(done, key=lambda visit: (visit.ended_at, visit.number)).name if done else None


def _owners(definition: Definition, step: str) -> list[str]:
    return [owner_of(within) for within in definition.around(definition.steps[step].within)] if step else []


def _end(course: Course, within: str, before: Step | None) -> None:
    """Mark the ways that led to the end of a list: from where its token was seen last."""
    definition = course.definition
    for way in definition.transitions:
        if way.target != LEAVE or way.source not in definition.lists[within]:
            continue
        last = course.last(way.source)
        many = definition.is_graph(within) or definition.eaches[within]
        if last is not None and _is_done(last) and (_has_taken(course, way.source, LEAVE) if many else last is before):
            course.ways[way.source, LEAVE] = None


def _has_taken(course: Course, source: str, target: str) -> bool:
    """Say whether a visit of this step ended in a way that leads there."""
    ways = [way.trigger for way in course.definition.ways[source] if way.target == target]
    return any(
        _ended_by(visit, trigger) for visit in course.visits.get(source, ()) if _is_done(visit) for trigger in ways
    )


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
