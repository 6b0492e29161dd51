"""From the inside out: the lists of a region are drawn, then stand as one frame among the steps around it.

An arrow that leaves regions is drawn in stretches, one in each frame from the exit of the one within; here they are
put together.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.definition import ActionSpec, Definition, StepSpec, TaskSpec
from engine.diagrams import paths, shapes, words
from engine.diagrams.drawing import Edge, Node, Region
from engine.diagrams.graph import WIDEST, Graph
from engine.diagrams.paths import Drawn
from engine.diagrams.placing import Key
from engine.diagrams.routing import FORK, is_exit
from engine.diagrams.sheet import BAR, Point

INSET, LEAST = 110.0, 420.0
"""How much narrower the lines of a region are than those around it, and what they may take at least."""


@dataclass
class Piece:
    """The main list or the lists of a region, drawn; `box` is its frame."""

    width: float
    height: float
    nodes: list[Node] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    leaving: list[tuple[Key, Edge]] = field(default_factory=list)
    """Arrows that have come as far as an exit."""
    box: shapes.Box | None = None


def draw(definition: Definition, owner: str = "", widest: float = WIDEST, depth: int = 0) -> Piece:
    """Draw the lists of this step (empty: the main list) with all that stands in them."""
    lists = definition.bodies(owner) if owner else ("",)
    owners = [step.id for step in definition.steps.values() if step.within in lists and definition.bodies(step.id)]
    inside = {step: draw(definition, step, max(LEAST, widest - INSET), depth + 1) for step in owners}
    graph = Graph(definition, owner, {step: piece.box for step, piece in inside.items() if piece.box}, widest)
    spots = graph.place()
    if not owner:
        first = graph.order[0] if graph.order else None
        drawn = paths.draw(graph.boxes, spots, graph.arrows, start=first)
        piece = Piece(drawn.width, drawn.height)
        piece.nodes.append(Node("", "start", "Start", drawn.start[0] - 6, drawn.start[1] - 6, 12, 12, key=""))
        _fill(piece, definition, graph, drawn, inside, (0.0, 0.0), owner, depth)
        return piece
    step = definition.steps[owner]
    head = shapes.head(words.titled(step), words.region(step))
    back = {key: _leads_back(definition, owner, key) for key in graph.exits}
    drawn = paths.draw(graph.boxes, spots, graph.arrows, None, back, head.width)
    piece = Piece(drawn.width, drawn.height + head.height)
    _fill(piece, definition, graph, drawn, inside, (0.0, head.height), owner, depth)
    exits = {key: edge.points[-1][0] for key, edge in piece.leaving}
    at = head.height + drawn.sheet.axis(graph.axis(spots))
    piece.box = shapes.Box(
        step.kind, words.titled(step), piece.width, piece.height, head.lines, note=head.note, at=at, exits=exits
    )
    return piece


def _leads_back(definition: Definition, owner: str, leads_out: Key) -> bool:
    """Say whether the step this exit leads to stands before the region, or is the region."""
    target = leads_out[1:]
    within = definition.steps[target].within
    beside = owner
    while definition.steps[beside].within not in (within, ""):
        beside = definition.steps[beside].within.partition("/")[0]
    order = definition.lists.get(within, ())
    return target in order and beside in order and order.index(target) <= order.index(beside)


def _fill(
    piece: Piece,
    definition: Definition,
    graph: Graph,
    drawn: Drawn,
    inside: dict[str, Piece],
    offset: Point,
    owner: str,
    depth: int,
) -> None:
    """Put everything at its place."""
    onward: dict[tuple[Key, Key], int] = {}
    for number, arrow in enumerate(graph.arrows):
        if arrow.from_exit:
            onward[arrow.source, arrow.from_exit] = number
            continue
        edge = _edge(graph, drawn, number, offset, owner)
        if is_exit(arrow.target):
            piece.leaving.append((arrow.target, edge))
        else:
            piece.edges.append(edge)
    for key in graph.order:
        if key not in inside:
            piece.nodes.append(_node(definition, graph, drawn, key, offset))
            continue
        within, at = inside[key], drawn.places[key]
        shift = (at.x + offset[0], at.y + offset[1])
        piece.regions.append(_region(definition, within, key, shift, depth))
        piece.regions += [_moved_region(region, shift) for region in within.regions]
        piece.nodes += [_moved_node(node, shift) for node in within.nodes]
        piece.edges += [_moved(edge, shift) for edge in within.edges]
        for leads_out, edge in within.leaving:
            number = onward[key, leads_out]
            whole = _joined(_moved(edge, shift), _shifted(drawn.lines[number].points, offset))
            target = graph.arrows[number].target
            if is_exit(target):
                piece.leaving.append((target, whole))
            else:
                piece.edges.append(whole)


def _edge(graph: Graph, drawn: Drawn, number: int, offset: Point, owner: str) -> Edge:
    arrow, line = graph.arrows[number], drawn.lines[number]
    points = _shifted(line.points, offset)
    return Edge(
        source=owner if arrow.source == FORK else arrow.source,
        target=graph.target_of(arrow.target),
        triggers=graph.triggers[number],
        label=arrow.label,
        title=graph.titles[number],
        d=paths.smooth(points),
        points=points,
        label_x=line.label_x + offset[0],
        label_y=line.label_y + offset[1],
        label_anchor=line.label_anchor,
        is_back=line.is_back,
    )


def _node(definition: Definition, graph: Graph, drawn: Drawn, key: Key, offset: Point) -> Node:
    shape, place = graph.boxes[key], drawn.places[key]
    step = definition.steps.get(key)
    x, y = place.x + offset[0], place.y + offset[1]
    return Node(
        step=key if step else "",
        kind=shape.kind,
        title=shape.title,
        x=x,
        y=y,
        w=shape.w,
        h=shape.h,
        lines=shape.lines,
        caption=shape.caption,
        caption_x=place.caption_x + offset[0],
        caption_y=place.caption_y + offset[1],
        caption_anchor=place.caption_anchor,
        outline=shapes.outline(shape.kind, x, y, shape.w, shape.h),
        inner=shapes.inner(shape.kind, x, y, shape.w, shape.h),
        when=words.short(step.when) if step and step.when else "",
        key=key,
        undo=_undo(step),
    )


def _undo(step: StepSpec | None) -> str:
    """Say what takes back what this step did; empty where nothing does."""
    undo = step.undo if step else None
    if isinstance(undo, ActionSpec):
        return f"can be undone: {undo.provider}"
    return "can be undone: a task" if isinstance(undo, TaskSpec) else ""


def _region(definition: Definition, piece: Piece, key: Key, at: Point, depth: int) -> Region:
    step, box, (x, y) = definition.steps[key], piece.box, at
    assert box is not None
    head = shapes.Head(box.lines, box.note).height
    return Region(
        step=key,
        kind=box.kind,
        title=box.title,
        note=box.note,
        lines=box.lines,
        x=x,
        y=y,
        w=box.w,
        h=box.h,
        outline=shapes.outline(box.kind, x, y, box.w, box.h),
        bars=shapes.bars(x, y, box.w, box.h, head, BAR),
        exits=tuple((x + out, y + box.h) for out in box.exits.values()),
        depth=depth,
        when=words.short(step.when) if step.when else "",
        undo=_undo(step),
    )


def _shifted(points: tuple[Point, ...], by: Point) -> tuple[Point, ...]:
    return tuple((x + by[0], y + by[1]) for x, y in points)


def _moved(edge: Edge, by: Point) -> Edge:
    points = _shifted(edge.points, by)
    return replace(
        edge, points=points, d=paths.smooth(points), label_x=edge.label_x + by[0], label_y=edge.label_y + by[1]
    )


def _joined(edge: Edge, onward: tuple[Point, ...]) -> Edge:
    """Let an arrow that has come to an exit go on from there."""
    points = paths.tidy((*edge.points, *onward))
    return replace(edge, points=points, d=paths.smooth(points))


def _moved_node(node: Node, by: Point) -> Node:
    x, y = node.x + by[0], node.y + by[1]
    return replace(
        node,
        x=x,
        y=y,
        caption_x=node.caption_x + by[0],
        caption_y=node.caption_y + by[1],
        outline=shapes.outline(node.kind, x, y, node.w, node.h),
        inner=shapes.inner(node.kind, x, y, node.w, node.h),
    )


def _moved_region(region: Region, by: Point) -> Region:
    x, y = region.x + by[0], region.y + by[1]
    head = shapes.Head(region.lines, region.note).height
    return replace(
        region,
        x=x,
        y=y,
        outline=shapes.outline(region.kind, x, y, region.w, region.h),
        bars=shapes.bars(x, y, region.w, region.h, head, BAR),
        exits=tuple((at + by[0], below + by[1]) for at, below in region.exits),
    )
