"""The geometry of a diagram: where each node stands, how each arrow runs, where its words are. All in px.

Takes a definition; leaves the markup to a page template and the colours to its states. The same definition always
gives the same drawing, so it is kept by digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.definition import FAIL, LEAVE, ROLLBACK, Definition, EndSpec, StepSpec, Transition
from engine.diagrams import paths, placing, shapes, words
from engine.diagrams.placing import Key

WIDEST = 1180.0
"""Up to here the steps stand in one line; then the line is wrapped."""

KEPT = 128


@dataclass(frozen=True)
class Node:
    """One node. `step` is a step id, or empty for a mark: `start`, `leave` (the end of the list), `fail`, `rollback`.

    `kind` is the step's kind, but `fail` for an end that failed, or the mark's.

    `lines` is the title broken to fit inside at (`text_x`, `text_y`), `line_height` apart; under the last there
    is room for one short line that says the state, at `sub_y`. `caption` stands under the shape instead
    (decisions, ends), anchored at (`caption_x`, `caption_y`) as `caption_anchor` says. `outline` is the shape;
    `inner` what is drawn on it: a gate's posts, an end's ring, a cross.
    """

    step: str
    kind: str
    title: str
    x: float
    y: float
    w: float
    h: float
    lines: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    caption_x: float = 0
    caption_y: float = 0
    caption_anchor: str = "middle"
    outline: str = ""
    inner: str = ""
    when: str = ""
    key: str = ""

    line_height: float = shapes.LINE

    @property
    def text_x(self) -> float:
        return self.x + 36

    @property
    def text_y(self) -> float:
        return self.y + 20

    @property
    def sub_y(self) -> float:
        return self.text_y + self.line_height * max(1, len(self.lines))

    @property
    def glyph_x(self) -> float:
        return self.x + (self.w - shapes.GLYPH) / 2 if self.kind == "decide" else self.x + 11

    @property
    def glyph_y(self) -> float:
        return self.y + (self.h - shapes.GLYPH) / 2

    @property
    def cx(self) -> float:
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        return self.y + self.h / 2

    @property
    def title_rows(self) -> tuple[tuple[float, str], ...]:
        """The lines of the title, each with its y."""
        return tuple((self.text_y + number * self.line_height, line) for number, line in enumerate(self.lines))

    @property
    def caption_rows(self) -> tuple[tuple[float, str], ...]:
        """The lines of the caption, each with its y."""
        return tuple((self.caption_y + number * shapes.NOTE_LINE, line) for number, line in enumerate(self.caption))


@dataclass(frozen=True)
class Edge:
    """One arrow. `target` is a step id, `leave`, `fail` or `rollback`; the start's arrow has the source `""`.

    Transitions from one step to one target share an arrow: `triggers` names them all. `label` is short, `title`
    the whole text. `d` is the path; `points` its corners.
    """

    source: str
    target: str
    triggers: tuple[str, ...]
    label: str
    title: str
    d: str
    points: tuple[tuple[float, float], ...]
    label_x: float = 0
    label_y: float = 0
    label_anchor: str = "middle"
    is_back: bool = False


@dataclass(frozen=True)
class Layout:
    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def view_box(self) -> str:
        return f"0 0 {shapes.n(self.width)} {shapes.n(self.height)}"


_kept: dict[str, Layout] = {}


def lay_out(definition: Definition) -> Layout:
    """Draw a definition, or hand back the drawing that was made of the same one before."""
    kept = _kept.get(definition.digest)
    if kept is None:
        kept = _lay_out(definition)
        if len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[definition.digest] = kept
    return kept


def _lay_out(definition: Definition) -> Layout:
    graph = _Graph(definition)
    spots = placing.place(graph.order, graph.ways, graph.below, graph.per_line)
    drawn = paths.draw(graph.boxes, spots, graph.arrows, start=graph.order[0] if graph.order else None)
    nodes = [Node("", "start", "Start", drawn.start[0] - 6, drawn.start[1] - 6, 12, 12, key="")]
    for key in graph.order:
        shape, place = graph.boxes[key], drawn.places[key]
        step = definition.steps.get(key)
        nodes.append(
            Node(
                step=key if step else "",
                kind=shape.kind,
                title=shape.title,
                x=place.x,
                y=place.y,
                w=shape.w,
                h=shape.h,
                lines=shape.lines,
                caption=shape.caption,
                caption_x=place.caption_x,
                caption_y=place.caption_y,
                caption_anchor=place.caption_anchor,
                outline=shapes.outline(shape.kind, place.x, place.y, shape.w, shape.h),
                inner=shapes.inner(shape.kind, place.x, place.y, shape.w, shape.h),
                when=words.short(step.when) if step and step.when else "",
                key=key,
            )
        )
    edges = tuple(
        Edge(
            source=arrow.source,
            target=graph.target_of(arrow.target),
            triggers=graph.triggers[number],
            label=arrow.label,
            title=graph.titles[number],
            d=line.d,
            points=line.points,
            label_x=line.label_x,
            label_y=line.label_y,
            label_anchor=line.label_anchor,
            is_back=line.is_back,
        )
        for number, (arrow, line) in enumerate(zip(graph.arrows, drawn.lines, strict=True))
    )
    return Layout(drawn.width, drawn.height, tuple(nodes), edges)


def _kind(step: StepSpec) -> str:
    return FAIL if isinstance(step.does, EndSpec) and step.does.status == "failed" else step.kind


class _Graph:
    """The definition as boxes and arrows: marks get boxes of their own, transitions to one target one arrow."""

    def __init__(self, definition: Definition) -> None:
        self.boxes: dict[Key, shapes.Box] = {
            step.id: shapes.box(_kind(step), step.title or step.id) for step in definition.steps.values()
        }
        reading = [step for steps in definition.lists.values() for step in steps]
        self.order: list[Key] = list(dict.fromkeys([*reading, *definition.steps]))
        first = definition.target("", "start")
        if first in self.boxes:
            self.order.remove(first)
            self.order.insert(0, first)
        self.below: dict[Key, Key] = {}
        self.arrows: list[paths.Arrow] = []
        self.triggers: list[tuple[str, ...]] = []
        self.titles: list[str] = []
        self._marks: dict[Key, str] = {}
        grouped: dict[tuple[str, Key], list[Transition]] = {}
        for way in definition.transitions:
            grouped.setdefault((way.source, self._node(way)), []).append(way)
        for (source, target), ways in grouped.items():
            self._arrow(definition, source, target, ways)
        self.ways: dict[Key, list[Key]] = {}
        for arrow in self.arrows:
            self.ways.setdefault(arrow.source, []).append(arrow.target)

    def _node(self, way: Transition) -> Key:
        """Return the node this way ends at; the marks come into being here."""
        if way.target in self.boxes and way.target not in self._marks:
            return way.target
        if way.target == LEAVE:
            return self._mark(LEAVE, LEAVE, "Completed")
        kind, title = (FAIL, "Failed") if way.target == FAIL else (ROLLBACK, "Rolled back")
        key = f"{way.target}:{way.source}"
        if way.source:
            self.below[key] = way.source
        return self._mark(key, kind, title)

    def _mark(self, key: Key, kind: str, title: str) -> Key:
        if key not in self.boxes:
            self.boxes[key] = shapes.box(kind, title)
            self.order.append(key)
            self._marks[key] = kind
        return key

    def _arrow(self, definition: Definition, source: str, target: Key, ways: list[Transition]) -> None:
        spoken = [way for way in ways if way.trigger != "skip"] or ways
        shown = list(dict.fromkeys(filter(None, (words.label(definition, way) for way in spoken))))
        whole = list(dict.fromkeys(filter(None, (words.label(definition, way, 400) for way in spoken))))
        if any(not words.label(definition, way) for way in spoken):
            shown = []
        self.arrows.append(paths.Arrow(source, target, words.cut(" or ".join(shown), 40)))
        self.triggers.append(tuple(way.trigger for way in ways))
        self.titles.append(" or ".join(whole))

    def target_of(self, key: Key) -> str:
        return self._marks.get(key, key)

    def per_line(self, column: Mapping[Key, int]) -> int:
        """Return how many columns stand on a line: all where they fit, else about as many on each line."""
        whole = max(column.values(), default=0) + 1
        room = [0.0] * whole
        for key, at in column.items():
            room[at] = max(room[at], self.boxes[key].room)
        gap = [40.0] * (whole + 1)
        for arrow in self.arrows:
            begin, end = column.get(arrow.source), column.get(arrow.target)
            if begin is not None and end == begin + 1:
                gap[begin] = max(gap[begin], words.width(arrow.label, shapes.NOTE) + 44)
        for count in range(whole, 1, -1):
            wide = sum(max(room[at] + gap[at] for at in range(first, whole, count)) for first in range(count))
            if wide <= WIDEST:
                return -(-whole // -(-whole // count))
        return 1
