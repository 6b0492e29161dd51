"""The geometry of a diagram: where each node stands, how each arrow runs, where its words are. All in px.

Takes a definition; leaves the markup to a page template and the colours to its states. The same definition always
gives the same drawing, so it is kept by digest.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.definition import Definition
from engine.diagrams import paths, placing, shapes, words
from engine.diagrams.graph import Graph

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
    graph = Graph(definition)
    spots = placing.place(graph.order, graph.ways, graph.main, graph.goals, graph.below, graph.wrap)
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
