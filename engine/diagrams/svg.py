"""A definition as one SVG file: with its own styles, for light and dark, to open in a browser or put into a document.

A playbook of more than `MOST` steps is no picture any more; it becomes its outline in words, in an SVG all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from engine.definition import Definition
from engine.diagrams import layout, shapes, text, words
from engine.diagrams.drawing import Badge, Edge, Node, Region
from engine.diagrams.shapes import n

MOST = 300

_STYLE = """
:root { color-scheme: light dark; --ink: #16242b; --quiet: #4f5d63; --line: #7e8a8f; --paper: #fff; --frame: #f2f5f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9edef; --quiet: #a3aeb3; --line: #667177; --paper: #10181c; --frame: #172126; }
}
.paper { fill: var(--paper); }
text { fill: var(--ink); font: 500 13px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.note, .caption, .label { fill: var(--quiet); font-size: 11px; font-weight: 400; }
.label { paint-order: stroke; stroke: var(--paper); stroke-width: 4; stroke-linejoin: round; }
.framed { stroke: var(--frame); }
.frame { fill: var(--frame); stroke: var(--line); stroke-dasharray: 2 3; }
.sheet { fill: var(--paper); stroke: var(--line); stroke-width: 1; }
.bar, .post { fill: none; stroke: var(--line); stroke-width: 3.5; stroke-linecap: round; }
.exit { fill: var(--paper); stroke: var(--line); stroke-width: 1.5; }
.shape { fill: var(--paper); stroke: var(--line); stroke-width: 1.25; }
.inner, .undo, .glyph { fill: none; stroke: var(--line); stroke-width: 1.25; stroke-linecap: round; }
.glyph, .undo { stroke: var(--quiet); stroke-width: 1.5; stroke-linejoin: round; }
.edge { fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#arrow); }
.head, .start { fill: var(--line); }
.added { --mark: #1a7f4b; } .removed { --mark: #b3261e; } .changed { --mark: #8a5a00; }
@media (prefers-color-scheme: dark) {
  .added { --mark: #6fd39b; } .removed { --mark: #ff9c92; } .changed { --mark: #f0bd5c; }
}
.added :is(.shape, .frame), .changed :is(.shape, .frame) { stroke: var(--mark); stroke-width: 2.25; }
.removed :is(.shape, .frame) { stroke: var(--mark); stroke-width: 2.25; stroke-dasharray: 5 3; }
.badge rect { fill: var(--paper); stroke: var(--mark); stroke-width: 1.25; }
.badge path { fill: none; stroke: var(--mark); stroke-width: 1.75; stroke-linecap: round; }
.badge text { fill: var(--mark); font-size: 11px; }
"""

#: What stands beside the title of each kind, in a square of 20 px.
GLYPHS = {
    "task": "M5.5 3.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zM7 10.2l2.1 2.1L13.2 8",
    "gate": "M4 3v14M16 3v14M7.2 3h5.6v6.5H7.2zM7 14.5c1-1 2-1 3 0s2 1 3 0",
    "action": "M11 2.8 4.8 11H9.5l-.7 6.2L15.2 9h-4.8z",
    "decide": "m10 3 7 7-7 7-7-7z",
    "set": "M4 16l.7-3.3L13.5 4l2.5 2.5-8.7 8.8z",
    "wait": "M3 10a7 7 0 1 0 14 0a7 7 0 1 0-14 0M10 6v4.2l2.7 1.6",
    "call": "M4.5 3h6a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5h-6a1.5 1.5 0 0 1-1.5-1.5v-6"
    "a1.5 1.5 0 0 1 1.5-1.5zM14.5 8.5H17V17H8.5v-2.5",
    "parallel": "M3 10h3.5M6.5 4.5v11M6.5 4.5H17M6.5 10H17M6.5 15.5H17",
    "each": "M5 4v12M10 4v12M15 4v12",
}


def draw(definition: Definition, marks: Mapping[str, str] | None = None) -> str:
    """Write the drawing, ending in a line break. `marks` are the steps that differ from another version."""
    if len(definition.steps) > MOST:
        return _listed(definition)
    drawn = layout.lay_out(definition, marks or {})
    parts = [
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>'
    ]
    for region in drawn.regions:
        parts += _region(region)
    parts += [_edge(edge) for edge in drawn.edges]
    parts += [
        f'<circle class="exit" cx="{n(x)}" cy="{n(y)}" r="3.5"/>' for region in drawn.regions for x, y in region.exits
    ]
    for node in drawn.nodes:
        parts += _node(node)
    inner = {step.id for step in definition.steps.values() if step.within}
    for edge in drawn.edges:
        if edge.label:
            framed = " framed" if edge.source in inner or edge.triggers[0].startswith("enter:") else ""
            parts.append(
                f'<text class="label{framed}" x="{n(edge.label_x)}" y="{n(edge.label_y)}" '
                f'text-anchor="{edge.label_anchor}">{_text(edge.label)}</text>'
            )
    return _file(definition, drawn.width, drawn.height, parts)


def _region(region: Region) -> Iterator[str]:
    said = " ".join([f"{region.title}:", *region.note])
    yield f"{_group(region.mark)}<title>{_text(said)}</title>"
    if region.behind:
        yield f'<path class="frame" d="{region.behind}"/>'
    yield f'<path class="frame" d="{region.outline}"/><path class="bar" d="{region.bars}"/>'
    yield _glyph(region.kind, region.glyph_x, region.glyph_y)
    yield from (f'<text x="{n(region.text_x)}" y="{n(y)}">{_text(line)}</text>' for y, line in region.title_rows)
    yield from (
        f'<text class="note" x="{n(region.text_x)}" y="{n(y)}">{_text(line)}</text>' for y, line in region.note_rows
    )
    yield from _badge(region.badge)
    yield "</g>"


def _edge(edge: Edge) -> str:
    title = f"<title>{_text(edge.title)}</title>" if edge.title else ""
    return f'<path class="edge" d="{edge.d}">{title}</path>'


def _node(node: Node) -> Iterator[str]:
    if node.kind == "start":
        yield f'<circle class="start" cx="{n(node.cx)}" cy="{n(node.cy)}" r="6"/>'
        return
    said = [node.title, f"only when {node.when}" if node.when else "", node.undo]
    yield f"{_group(node.mark)}<title>{_text(', '.join(filter(None, said)))}</title>"
    yield f'<path class="shape" d="{node.outline}"/>'
    if node.inner:
        yield f'<path class="{"post" if node.kind == "gate" else "inner"}" d="{node.inner}"/>'
    if node.lines or node.kind == "decide":
        yield _glyph(node.kind, node.glyph_x, node.glyph_y)
    yield from (f'<text x="{n(node.text_x)}" y="{n(y)}">{_text(line)}</text>' for y, line in node.title_rows)
    if node.when and node.lines:
        note = words.lines(f"when {node.when}", node.w - 42, shapes.NOTE, most=1)[0]
        yield f'<text class="note" x="{n(node.text_x)}" y="{n(node.sub_y)}">{_text(note)}</text>'
    yield from (
        f'<text class="caption" x="{n(node.caption_x)}" y="{n(y)}" text-anchor="{node.caption_anchor}">'
        f"{_text(line)}</text>"
        for y, line in node.caption_rows
    )
    if node.undo_mark:
        yield f'<circle class="sheet" cx="{n(node.undo_x)}" cy="{n(node.y)}" r="8"/>'
        yield f'<path class="undo" d="{node.undo_mark}"/>'
    yield from _badge(node.badge)
    yield "</g>"


def _group(mark: str) -> str:
    return f'<g class="{mark}">' if mark else "<g>"


def _badge(badge: Badge | None) -> Iterator[str]:
    if badge is not None:
        yield (
            f'<g class="badge"><rect x="{n(badge.x)}" y="{n(badge.top)}" width="{n(badge.w)}" height="{n(badge.h)}" '
            f'rx="8"/><path d="{badge.sign}"/><text x="{n(badge.text_x)}" y="{n(badge.text_y)}">{badge.word}</text></g>'
        )


def _glyph(kind: str, x: float, y: float) -> str:
    return f'<path class="glyph" transform="translate({n(x)} {n(y)}) scale(.9)" d="{GLYPHS[kind]}"/>'


def _listed(definition: Definition) -> str:
    """Write the outline as lines of text, for what is too much for a picture."""
    lines = text.draw(definition).splitlines()
    wide = max((words.width(line) for line in lines), default=0) + 48
    parts = [
        f'<text x="24" y="{32 + 18 * number}" xml:space="preserve">{_text(line)}</text>'
        for number, line in enumerate(lines)
        if line
    ]
    return _file(definition, wide, 48 + 18 * len(lines), parts)


def _file(definition: Definition, width: float, height: float, parts: list[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n(width)} {n(height)}" width="{n(width)}" '
        f'height="{n(height)}" role="img" aria-label="{_text(definition.title)}">'
    )
    paper = f'<rect class="paper" width="{n(width)}" height="{n(height)}"/>'
    said = f"<title>{_text(definition.title)}</title>\n<style>{_STYLE}</style>"
    return "\n".join([head, said, paper, *parts, "</svg>"]) + "\n"


def _text(words_of: str) -> str:
    """Escape a text, without the characters that no XML document may hold."""
    return escape("".join(letter if letter >= " " and letter not in "\ufffe\uffff" else " " for letter in words_of))
