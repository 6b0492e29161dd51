"""The parameters of a template as written: fields like inputs, each of which has a value in every child."""

from __future__ import annotations

from engine.documents import Mapping, Node
from engine.fieldspec import FieldSpec
from engine.language.field import read_fields
from engine.language.section import Reading


def read_parameters(node: Node | None, reading: Reading) -> tuple[FieldSpec, ...]:
    """Read what a template asks of its children."""
    if node is None:
        return ()
    found = read_fields(reading, node, ("parameters",), "parameters", "`parameters`", is_form=False)
    for spec in found:
        if spec.secret and isinstance(node, Mapping):
            place = node.by_key[spec.name].place
            reading.problem(
                "bad-value", f"The parameter `{spec.name}` stands in a file, where nothing is secret.", place
            )
        if spec.type == "file" and isinstance(node, Mapping):
            place = node.by_key[spec.name].place
            reading.problem("bad-value", f"The parameter `{spec.name}` stands in a file, which holds no other.", place)
        if not spec.required and spec.default is None and isinstance(node, Mapping):
            place = node.by_key[spec.name].place
            message = f"The parameter `{spec.name}` needs a value: it is given, or has a default."
            reading.problem("bad-value", message, place, "Write a `default`, or leave `required` out.")
    return found
