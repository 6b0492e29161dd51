"""Asking a decision table: `{table: id, with: {…}, on: output}`, and in a `decide` where each answer goes."""

from __future__ import annotations

from typing import Any

from engine import documents
from engine.documents import Node
from engine.language.places import Path
from engine.language.section import Section
from engine.tables.table import Lookup

OTHERWISE = "otherwise"
LOOKUP = ("table", "with", "on")
VALUE = "value:"


def read_lookup(section: Section, beside: tuple[str, ...] = ()) -> Lookup | None:
    """Read the keys that ask a table, `beside` others that stand there; None where no table is named."""
    section.only((*LOOKUP, *beside))
    section.require("table", *(key for key in beside if key == "go"))
    given: Any = {}
    node = section.node.get("with")
    if isinstance(node, documents.Mapping):
        given = written(section, node, (*section.path, "with"))
    elif node is not None:
        section.bad("with", "`with` must be a mapping from the decision's inputs to values.")
    decision, on = section.filled("table"), section.filled("on")
    return Lookup(decision, given=given, on=on) if decision else None


def written(section: Section, node: Node, path: Path) -> Any:
    """Return JSON as written, every value with its place; its texts may hold `${…}`."""
    section.reading.nodes[path] = node
    if isinstance(node, documents.Mapping):
        section.reading.keys.update({(*path, entry.key): entry.place for entry in node.entries})
        return {entry.key: written(section, entry.value, (*path, entry.key)) for entry in node.entries}
    if isinstance(node, documents.Sequence):
        return [written(section, item, (*path, index)) for index, item in enumerate(node.items)]
    return node.value
