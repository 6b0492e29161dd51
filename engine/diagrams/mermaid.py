"""A definition as a Mermaid flowchart, for documents and chats that draw it.

Node names are `n0`, `n1`, … and every text is quoted and escaped, so that no title can break out of its label.
"""

from __future__ import annotations

from engine.definition import Definition
from engine.diagrams.graph import Graph

_SHAPES = {
    "task": ("(", ")"),
    "gate": ("[[", "]]"),
    "action": ("[/", "/]"),
    "decide": ("{", "}"),
    "wait": ("([", "])"),
    "set": ("[", "]"),
    "end": ("(((", ")))"),
    "leave": ("(((", ")))"),
    "fail": ("(((", ")))"),
    "rollback": ("(((", ")))"),
}

_ESCAPES = str.maketrans({letter: f"#{ord(letter)};" for letter in '"#&<>`\\{}[]()|;'} | dict.fromkeys("\r\n\t", " "))


def draw(definition: Definition) -> str:
    """Write the flowchart, from left to right, ending in a line break."""
    graph = Graph(definition)
    names = {key: f"n{number}" for number, key in enumerate(graph.order)}
    lines = ["flowchart LR", "    start(( ))"]
    for key in graph.order:
        shape = graph.boxes[key]
        opening, closing = _SHAPES[shape.kind]
        lines.append(f'    {names[key]}{opening}"{escape(shape.title)}"{closing}')
    for arrow in graph.arrows:
        label = f'|"{escape(arrow.label)}"|' if arrow.label else ""
        lines.append(f"    {names.get(arrow.source, 'start')} -->{label} {names[arrow.target]}")
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Write a text so that Mermaid shows it and reads nothing in it."""
    return " ".join(text.translate(_ESCAPES).split()) or " "
