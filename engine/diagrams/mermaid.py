"""A definition as a Mermaid flowchart, for documents and chats that draw it.

Node names are `n0`, `n1`, … and every text is quoted and escaped, so that no title can break out of its label. A
region is a subgraph; its lists begin at a small circle and end at another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.definition import Definition
from engine.diagrams import words
from engine.diagrams.graph import Graph
from engine.diagrams.placing import Key
from engine.diagrams.routing import FORK, JOIN

_SHAPES = {
    "task": ("(", ")"),
    "gate": ("[[", "]]"),
    "action": ("[/", "/]"),
    "decide": ("{", "}"),
    "wait": ("([", "])"),
    "set": ("[", "]"),
    "call": ("[(", ")]"),
    "end": ("(((", ")))"),
    "leave": ("(((", ")))"),
    "fail": ("(((", ")))"),
    "rollback": ("(((", ")))"),
}

_ESCAPES = str.maketrans({letter: f"#{ord(letter)};" for letter in '"#&<>`\\{}[]()|;'} | dict.fromkeys("\r\n\t", " "))


@dataclass
class _Chart:
    """What has been written: the name of every node, and the arrows, which come after all nodes."""

    names: dict[Key, str] = field(default_factory=dict)
    nodes: list[str] = field(default_factory=list)
    graphs: list[tuple[str, Graph]] = field(default_factory=list)

    regions: set[Key] = field(default_factory=set)

    def name(self, key: Key) -> str:
        return self.names.setdefault(key, f"n{len(self.names)}")

    def begin(self, key: Key) -> str:
        """Where an arrow to this node, or to the lists of this region, ends: Mermaid lets none end at what it is in."""
        return f"{self.names[key]}s" if key in self.regions else self.names[key]

    def end(self, key: Key) -> str:
        """Where an arrow from this node, or from this region, begins."""
        return f"{self.names[key]}e" if key in self.regions else self.names.get(key, "start")


def draw(definition: Definition) -> str:
    """Write the flowchart, from left to right, ending in a line break."""
    chart = _Chart()
    _nodes(definition, "", chart, "    ")
    lines = ["flowchart LR", "    start(( ))", *chart.nodes]
    for owner, graph in chart.graphs:
        for arrow in graph.arrows:
            label = f'|"{escape(arrow.label)}"|' if arrow.label else ""
            source = chart.begin(owner) if arrow.source == FORK else chart.end(arrow.source)
            target = chart.end(owner) if arrow.target == JOIN else chart.begin(_named(graph, arrow.target))
            lines.append(f"    {source} -->{label} {target}")
    return "\n".join(lines) + "\n"


def _named(graph: Graph, target: Key) -> Key:
    """Return the key of the node itself: an exit leads to a step of another list."""
    return target if target in graph.boxes else graph.target_of(target)


def _nodes(definition: Definition, owner: str, chart: _Chart, indent: str) -> None:
    graph = Graph(definition, owner)
    chart.graphs.append((owner, graph))
    for key in graph.order:
        shape, name = graph.boxes[key], chart.name(key)
        if key in definition.steps and definition.bodies(key):
            chart.regions.add(key)
            said = f"{shape.title}: {words.region(definition.steps[key])}"
            chart.nodes.append(f'{indent}subgraph {name}["{escape(said)}"]')
            chart.nodes += [f"{indent}    {name}s(( ))", f"{indent}    {name}e(( ))"]
            _nodes(definition, key, chart, indent + "    ")
            chart.nodes.append(f"{indent}end")
        else:
            opening, closing = _SHAPES[shape.kind]
            chart.nodes.append(f'{indent}{name}{opening}"{escape(shape.title)}"{closing}')


def escape(text: str) -> str:
    """Write a text so that Mermaid shows it and reads nothing in it."""
    return " ".join(text.translate(_ESCAPES).split()) or " "
