"""The diagram with the states of a run: what was done, where it stands, what failed, what is still to come.

Takes the layout of the definition and the run's visits; leaves the markup to templates/components/diagram.html.
A list has one token, so a visit follows the one before it: the pairs are the way that was taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.templatetags.times import span
from engine.definition import FAIL, LEAVE, ROLLBACK, Definition
from engine.diagrams import layout, words
from engine.diagrams.layout import Edge, Layout, Node
from engine.diagrams.shapes import NOTE
from engine.lifecycles import VISIT_OPEN, RunStatus, VisitStatus
from runs.models import Incident, Run, Step

NEXT, DONE, CURRENT, FAILED, SKIPPED = "next", "done", "current", "failed", "skipped"

#: Arrows are drawn in this order: what was taken lies above what was not.
ABOVE = (SKIPPED, NEXT, DONE, CURRENT, FAILED)

#: Which mark a run that has ended came to.
ENDS = {
    RunStatus.COMPLETED.value: LEAVE,
    RunStatus.FAILED.value: FAIL,
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
class Arrow:
    edge: Edge
    state: str


@dataclass(frozen=True)
class Picture:
    layout: Layout
    nodes: tuple[Drawn, ...]
    edges: tuple[Arrow, ...]
    states: frozenset[str]
    """Which states occur: the legend names those."""


def of_definition(definition: Definition, says: Callable[[str], tuple[str, ...]]) -> Picture:
    """Draw a playbook that is not running; `says` gives the short line for a step, the fullest first."""
    drawn = layout.lay_out(definition)
    nodes = tuple(Drawn(node, NEXT, _fit(says(node.step), node) if node.step else "") for node in drawn.nodes)
    return Picture(drawn, nodes, tuple(Arrow(edge, NEXT) for edge in drawn.edges), frozenset({NEXT}))


def of_run(
    definition: Definition,
    run: Run,
    steps: Sequence[Step],
    incidents: Mapping[int, Incident],
    href: Callable[[Step], str],
    now: datetime,
) -> Picture:
    """Draw a run. `steps` are its visits in opening order; `incidents` the open ones by visit."""
    drawn = layout.lay_out(definition)
    names = [step.name for step in steps]
    taken = list(zip(["", *names], names, strict=False))
    last = {step.name: step for step in steps}
    end = (steps[-1].name, ENDS.get(run.status, "")) if steps and not run.is_open else ("", "")
    counts = Counter(step.name for step in steps if step.status != VisitStatus.SKIPPED)
    nodes = []
    for node in drawn.nodes:
        step = last.get(node.step)
        if node.step and step is not None:
            state = FAILED if node.kind == FAIL else _state(step, incidents.get(step.number))
            sub = _fit(_says(step, counts[node.step], incidents.get(step.number), now), node)
            nodes.append(Drawn(node, state, sub, href(step)))
        elif node.kind == "start":
            nodes.append(Drawn(node, DONE))
        elif not node.step and _is_end(node, end):
            nodes.append(Drawn(node, DONE if end[1] == LEAVE else FAILED))
        else:
            nodes.append(Drawn(node, NEXT if run.is_open else SKIPPED))
    ways = [Arrow(edge, _way(edge, taken, last, end, run, incidents)) for edge in drawn.edges]
    edges = tuple(sorted(ways, key=lambda arrow: ABOVE.index(arrow.state)))
    return Picture(
        drawn, tuple(nodes), edges, frozenset([*(one.state for one in nodes), *(one.state for one in edges)])
    )


def _is_end(node: Node, end: tuple[str, str]) -> bool:
    return node.kind == end[1] and node.key in (end[1], f"{end[1]}:{end[0]}")


def _state(step: Step, incident: Incident | None) -> str:
    if incident is not None or step.status == VisitStatus.FAILED:
        return FAILED
    if step.status in VISIT_OPEN:
        return CURRENT
    return DONE if step.status == VisitStatus.COMPLETED else SKIPPED


def _way(
    edge: Edge,
    taken: Sequence[tuple[str, str]],
    last: Mapping[str, Step],
    end: tuple[str, str],
    run: Run,
    incidents: Mapping[int, Incident],
) -> str:
    if (edge.source, edge.target) in taken:
        here = last[edge.target]
        if (edge.source, edge.target) == taken[-1] and here.status in VISIT_OPEN:
            return FAILED if here.number in incidents else CURRENT
        return DONE
    if end[1] and (edge.source, edge.target) == end:
        return DONE if end[1] == LEAVE else FAILED
    source = last.get(edge.source)
    if not run.is_open or (source is not None and source.status not in VISIT_OPEN):
        return SKIPPED
    return NEXT


def _says(step: Step, count: int, incident: Incident | None, now: datetime) -> tuple[str, ...]:
    """Say a visit in a few words, the fullest first: who has it and for how long, or how it ended."""
    again = f"{count}×, " if count > 1 else ""
    if incident is not None:
        return "needs an operator", "stuck"
    if step.status in VISIT_OPEN:
        length = span(_whole_minutes(now - step.opened_at))
        if step.claimed_by:
            return f"{step.claimed_by}, {length}", str(step.claimed_by), f"{again}{length}"
        verb = "runs" if step.kind == "action" else "waits"
        return f"{again}{verb} {length}", f"{verb} {length}", length
    if step.status != VisitStatus.COMPLETED:
        return again + step.get_status_display(), step.get_status_display()
    took = span(step.ended_at - step.opened_at) if step.ended_at else ""
    gate = getattr(step, "gate", None)
    word = gate.status if gate else step.outcome.replace("-", " ") or "done"
    return f"{again}{word}, {took}", f"{again}{word}", word


def _whole_minutes(length: timedelta) -> timedelta:
    return length - timedelta(seconds=length.seconds % 60) if length >= timedelta(minutes=1) else length


def _fit(texts: tuple[str, ...], node: Node) -> str:
    """Return the fullest text that fits under the title; of texts that do not, the last one cut short."""
    if not node.lines or not any(texts):
        return ""
    room = node.w - 42
    whole = next((text for text in texts if words.width(text, NOTE) <= room), "")
    return whole or words.lines(texts[-1], room, NOTE, most=1)[0]
