"""The diagram with the states of a run: what was done, where it stands, what failed, what is still to come.

Takes the layout of the definition and the run's visits; leaves the markup to templates/components/diagram.html.
Which ways were taken is `taken`'s, the words under a step are `under`'s, how far an each is `items`'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboards.course import taken, under
from dashboards.course.items import Items
from dashboards.course.taken import Course
from dashboards.course.under import Scene
from dashboards.shelf import prose
from engine.definition import FAIL, LEAVE, MAIN, ROLLBACK, Definition, ParallelSpec
from engine.diagrams import layout, words
from engine.diagrams.layout import Edge, Layout, Node, Region
from engine.diagrams.shapes import NOTE
from engine.lifecycles import VISIT_OPEN, RunStatus, VisitStatus
from runs.models import Incident, Run, Step

NEXT, DONE, CURRENT, FAILED, SKIPPED, UNDONE = "next", "done", "current", "failed", "skipped", "undone"

#: Arrows are drawn in this order: what was taken lies above what was not.
ABOVE = (SKIPPED, NEXT, DONE, CURRENT, FAILED)

#: What a gate said that did not approve, by the way that it took.
REFUSED = {"reject": "rejected", "return": "changes asked for"}

#: Which mark a run that has ended, or is being rolled back, came to.
ENDS = {
    RunStatus.COMPLETED.value: LEAVE,
    RunStatus.FAILED.value: FAIL,
    RunStatus.ROLLING_BACK.value: ROLLBACK,
    RunStatus.ROLLED_BACK.value: ROLLBACK,
}


@dataclass(frozen=True)
class Drawn:
    """A node with its state, the short line that says it, and where a click leads (empty: nowhere)."""

    node: Node
    state: str
    sub: str = ""
    href: str = ""

    @property
    def says(self) -> str:
        return f"{self.node.title}, {self.sub}" if self.sub else self.node.title


@dataclass(frozen=True)
class Framed:
    """The frame of a region with its state and the short line that says how far it is."""

    region: Region
    state: str
    sub: str = ""

    @property
    def says(self) -> str:
        return ", ".join(filter(None, [self.region.title, self.region.mark, *self.region.note, self.sub]))


@dataclass(frozen=True)
class Arrow:
    """`label` stands at the way in place of the playbook's: what was decided there, and when."""

    edge: Edge
    state: str
    label: str = ""

    @property
    def says(self) -> str:
        return self.label or self.edge.label

    @property
    def title(self) -> str:
        return ": ".join(filter(None, [self.edge.title, self.label]))


@dataclass(frozen=True)
class Picture:
    layout: Layout
    nodes: tuple[Drawn, ...]
    edges: tuple[Arrow, ...]
    states: frozenset[str]
    """Which states occur: the legend names those."""
    frames: tuple[Framed, ...] = ()
    """Outer ones before those that stand in them."""


def of_definition(
    definition: Definition, says: Callable[[str], tuple[str, ...]], marks: Mapping[str, str] | None = None
) -> Picture:
    """Draw a playbook that is not running; `says` gives the short line for a step, the fullest first.

    `marks` are the steps that differ from another version: `added`, `removed`, `changed`.
    """
    drawn = layout.lay_out(definition, marks or {})
    nodes = tuple(Drawn(node, NEXT, _fit(says(node.step), node) if node.step else "") for node in drawn.nodes)
    frames = tuple(Framed(region, NEXT) for region in drawn.regions)
    return Picture(drawn, nodes, tuple(Arrow(edge, NEXT) for edge in drawn.edges), frozenset({NEXT}), frames)


def of_run(
    scene: Scene, run: Run, steps: Sequence[Step], href: Callable[[Step], str], items: Sequence[Items] = ()
) -> Picture:
    """Draw a run. `steps` are its visits in opening order; `items` of each."""
    definition, incidents = scene.definition, scene.incidents
    drawn = layout.lay_out(definition)
    course = taken.follow(definition, steps)
    end = _end_of(definition, steps, run)
    rounds: dict[str, list[Step]] = {}
    for step in steps:
        if step.undoes is None:
            rounds.setdefault(step.name, []).append(step)
    nodes = []
    for node in drawn.nodes:
        visits = course.visits.get(node.step, []) if node.step else []
        undo = _undo_of(course, node.step, incidents)
        if undo is not None:
            state = _state(undo, incidents.get(undo.number))
            nodes.append(Drawn(node, state, _fit(under.undoing(undo), node), href(undo)))
        elif visits and _has_items(definition, node.step):
            shown = _most_telling(visits, incidents)
            sub = _fit(under.counted(course.lasts(node.step), incidents), node)
            nodes.append(Drawn(node, _state(shown, incidents.get(shown.number)), sub, href(shown)))
        elif visits:
            step = visits[-1]
            state = FAILED if node.kind == FAIL else _state(step, incidents.get(step.number))
            nodes.append(Drawn(node, state, _fit(under.texts(rounds[node.step], scene), node), href(step)))
        elif node.kind == "start":
            nodes.append(Drawn(node, DONE))
        elif not node.step and _is_end(node, end):
            nodes.append(Drawn(node, DONE if end[1] == LEAVE else FAILED))
        else:
            nodes.append(Drawn(node, NEXT if run.is_open else SKIPPED, _to_come(node, scene) if run.is_open else ""))
    frames = tuple(_framed(definition, region, course, incidents, run, items) for region in drawn.regions)
    ways = [Arrow(edge, _way(edge, course, end, run, incidents), _decided(edge, steps)) for edge in drawn.edges]
    edges = tuple(sorted(ways, key=lambda arrow: ABOVE.index(arrow.state)))
    states = [*(one.state for one in nodes), *(one.state for one in edges), *(one.state for one in frames)]
    return Picture(drawn, tuple(nodes), edges, frozenset(states), frames)


def _end_of(definition: Definition, steps: Sequence[Step], run: Run) -> tuple[str, str]:
    """Return the step from which a run that has ended came to its end, and to which mark."""
    mark = ENDS.get(run.status, "")
    if mark == ROLLBACK:
        return _rolled_back_from(definition, steps), mark
    known = [step for step in steps if step.name in definition.steps and step.undoes is None]
    if run.is_open or not known:
        return "", ""
    if mark == LEAVE:
        known = [step for step in known if definition.steps[step.name].within == MAIN] or known
        return known[-1].name, mark
    leading = [step for step in known if any(way.target == mark for way in definition.ways[step.name])]
    ended = [step for step in leading if step.ended_at and step.status != VisitStatus.CANCELLED]
    return (max(ended, key=lambda step: (step.ended_at, step.number)) if ended else known[-1]).name, mark


def _rolled_back_from(definition: Definition, steps: Sequence[Step]) -> str:
    """Return the step whose way led to the rollback; empty where an operator asked for it."""
    led = [step for step in steps if step.name in definition.steps and taken.has_led(definition, step, ROLLBACK)]
    return max(led, key=lambda step: (step.ended_at, step.number)).name if led else ""


def _undo_of(course: Course, step: str, incidents: Mapping[int, Incident]) -> Step | None:
    """Return the open visit that takes one of this step back, where there is one."""
    undos = [undo for undo in course.undos.get(step, ()) if undo.status in VISIT_OPEN]
    return _most_telling(undos, incidents) if undos else None


def _has_items(definition: Definition, step: str) -> bool:
    """Say whether a step is visited once for each item."""
    return bool(definition.eaches[definition.steps[step].within])


def _most_telling(visits: Sequence[Step], incidents: Mapping[int, Incident]) -> Step:
    """Of the visits of all items, return one that is stuck, else one that is open, else the last."""
    stuck = [step for step in visits if step.number in incidents]
    still_open = [step for step in visits if step.status in VISIT_OPEN]
    return (stuck or still_open or list(visits))[-1]


def _framed(
    definition: Definition,
    region: Region,
    course: Course,
    incidents: Mapping[int, Incident],
    run: Run,
    items: Sequence[Items],
) -> Framed:
    step = course.last(region.step)
    if step is None:
        return Framed(region, NEXT if run.is_open else SKIPPED)
    texts: tuple[str, ...] = ()
    visits = course.visits[region.step]
    if _has_items(definition, region.step):
        step = _most_telling(visits, incidents)
    state = _state(step, incidents.get(step.number))
    mine = next((one for one in items if one.number == step.number), None)
    if _has_items(definition, region.step):
        texts = under.counted(course.lasts(region.step), incidents)
    elif step.status not in VISIT_OPEN:
        texts = (step.get_status_display() if state in (SKIPPED, UNDONE) else "done",)
    elif mine is not None:
        texts = mine.says
    elif isinstance(does := definition.steps[region.step].does, ParallelSpec) and does.branches:
        lists = definition.bodies(region.step)
        over = sum((name, LEAVE) in course.ways for within in lists for name in definition.lists[within])
        texts = (f"{min(over, len(lists))} of {len(lists)} done",)
    sub = next((text for text in texts if words.width(text, NOTE) <= region.sub_room), "")
    return Framed(region, state, sub)


def _is_end(node: Node, end: tuple[str, str]) -> bool:
    return node.kind == end[1] and node.key in (end[1], f"{end[1]}:{end[0]}")


def _state(step: Step, incident: Incident | None) -> str:
    if incident is not None or step.status == VisitStatus.FAILED:
        return FAILED
    if step.status in VISIT_OPEN:
        return CURRENT
    if step.status == VisitStatus.UNDONE:
        return UNDONE
    return DONE if step.status == VisitStatus.COMPLETED else SKIPPED


def _way(edge: Edge, course: Course, end: tuple[str, str], run: Run, incidents: Mapping[int, Incident]) -> str:
    if (edge.source, edge.target) in course.ways and edge.target != LEAVE:
        led_to = [visit for visit in course.ways[edge.source, edge.target].values() if visit is not None]
        ahead = [visit for visit in led_to if visit.status in VISIT_OPEN and _is_newest(course, visit)]
        if not ahead:
            return DONE
        return FAILED if any(visit.number in incidents for visit in ahead) else CURRENT
    inner = edge.source in course.definition.steps and course.definition.steps[edge.source].within
    if inner and edge.target == LEAVE and (edge.source, LEAVE) in course.ways:
        return DONE
    if end[1] and not (inner and edge.target == LEAVE) and (edge.source, edge.target) == end:
        return DONE if end[1] == LEAVE else FAILED
    source = course.last(edge.source)
    if not run.is_open or (source is not None and source.status not in VISIT_OPEN):
        return SKIPPED
    return NEXT


def _decided(edge: Edge, steps: Sequence[Step]) -> str:
    """Say when a gate sent the run along this way by a rejection, or for changes; empty where it does not fit there."""
    sent = [step for step in steps if step.name == edge.source and taken.refusal(step) in edge.triggers]
    if not sent or sent[-1].ended_at is None:
        return ""
    word = REFUSED[taken.refusal(sent[-1])]
    often = f"{word} {under.times(len(sent))}, last" if len(sent) > 1 else word
    said = f"{often} {under.day_and_time(sent[-1].ended_at)}"
    room = max((abs(x - left) for (left, top), (x, y) in pairwise(edge.points) if top == y), default=0)
    return said if words.width(said, NOTE) <= room - 16 else ""


def _to_come(node: Node, scene: Scene) -> str:
    """Who or what will do a step that has not been reached."""
    return _fit(prose.who_does(scene.definition, node.step), node) if node.step in scene.definition.steps else ""


def _is_newest(course: Course, step: Step) -> bool:
    """Say whether a visit is the last of its step in its item: only the way to that one leads to where it is now."""
    return course.last(step.name, step.scope) is step


def _fit(texts: tuple[str, ...], node: Node) -> str:
    """Return the fullest text that fits under the title; of texts that do not, the last one cut short."""
    if not node.lines or not any(texts):
        return ""
    room = node.w - 42
    whole = next((text for text in texts if words.width(text, NOTE) <= room), "")
    return whole or words.lines(texts[-1], room, NOTE, most=1)[0]
