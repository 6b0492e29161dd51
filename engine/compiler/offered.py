"""What a parent offers to those who adapt it, and a child without its own changes, to be compared with."""

from __future__ import annotations

import json
from typing import Any

from engine import documents
from engine.compiler.extending import extended
from engine.compiler.parents import Parents
from engine.documents import Mapping, Scalar
from engine.fieldspec import FieldSpec
from engine.language.parameters import read_parameters
from engine.language.scenario import raw
from engine.language.section import Reading
from engine.language.template import is_adaptation


def parameters_of(text: str, parents: Parents) -> tuple[FieldSpec, ...]:
    """Return what a template asks of whoever adapts it, with what its own parents leave open."""
    root = documents.parse(text).root
    whole = extended(root, Reading(), parents) if root is not None else None
    if whole is None or not isinstance(whole.root, Mapping):
        return ()
    return read_parameters(whole.root.get("parameters"), Reading())


def bare(text: str) -> str | None:
    """Return a child that gives the same parameters and changes nothing; None where the text adapts nothing."""
    root = documents.parse(text).root
    if root is None or not is_adaptation(root) or not isinstance(root, Mapping):
        return None
    kept: dict[str, Any] = {}
    for key in ("playbook", "template", "extends", "parameters"):
        node = root.get(key)
        if node is not None:
            kept[key] = _plain(node) if key == "parameters" else raw(node)
    return json.dumps(kept, ensure_ascii=False)


def _plain(node: documents.Node) -> Any:
    """Return what stands there as it is written: a number as a number."""
    if isinstance(node, Scalar):
        return node.value if isinstance(node.value, bool | int | float) or node.value is None else node.text
    if isinstance(node, documents.Sequence):
        return [_plain(item) for item in node.items]
    return {entry.key: _plain(entry.value) for entry in node.entries}
