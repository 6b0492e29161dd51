"""The geometry of a diagram: where each node stands, how each arrow runs, where its words are. All in px.

Takes a definition; leaves the markup to a page template and the colours to its states. The same definition always
gives the same drawing, so it is kept by digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.definition import Definition
from engine.diagrams import frames
from engine.diagrams.drawing import Edge as Edge
from engine.diagrams.drawing import Node as Node
from engine.diagrams.drawing import Region as Region
from engine.diagrams.shapes import n

KEPT = 128
_UNMARKED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Layout:
    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    regions: tuple[Region, ...] = ()
    """Outer ones before those that stand in them."""

    @property
    def view_box(self) -> str:
        return f"0 0 {n(self.width)} {n(self.height)}"


_kept: dict[str, Layout] = {}


def lay_out(definition: Definition, marks: Mapping[str, str] = _UNMARKED) -> Layout:
    """Draw a definition, or hand back the drawing that was made of the same one before.

    `marks` says of steps that they were `added`, `removed` or `changed`.
    """
    kept = _kept.get(definition.digest)
    if kept is None:
        kept = _lay_out(definition)
        if len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[definition.digest] = kept
    if not marks:
        return kept
    nodes = tuple(replace(node, mark=marks.get(node.step, "") if node.step else "") for node in kept.nodes)
    return replace(kept, nodes=nodes, regions=tuple(replace(one, mark=marks.get(one.step, "")) for one in kept.regions))


def _lay_out(definition: Definition) -> Layout:
    drawn = frames.draw(definition)
    return Layout(drawn.width, drawn.height, tuple(drawn.nodes), tuple(drawn.edges), tuple(drawn.regions))
