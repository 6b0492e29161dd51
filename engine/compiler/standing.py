"""The parameters of a template: which there are, what a child gives for them, and what stands in for them.

A template is compiled by itself with its parameters as names of their types; where the document needs a value (a due
time, a quorum), the default stands in, or else an example of the type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine import fields, values
from engine.compiler.filling import Value
from engine.documents import Entry, Mapping, Node, Scalar, Sequence, Source
from engine.expressions import spelt
from engine.fieldspec import FieldSpec
from engine.language.scenario import raw
from engine.language.section import Reading
from engine.problems import Place, did_you_mean

_EXAMPLES: dict[str, str] = {
    "text": "example",
    "boolean": "true",
    "date": "2026-03-02",
    "datetime": "2026-03-02T09:00:00Z",
    "duration": "1h",
    "user": "somebody",
    "email": "somebody@example.org",
    "url": "https://example.org",
}


def given(
    specs: tuple[FieldSpec, ...],
    declared: Mapping | None,
    node: Mapping | None,
    place: Place,
    reading: Reading,
    is_open: bool,
) -> dict[str, Value]:
    """Return the parameters with the values that a child gives, or their defaults; whatever does not fit is told.

    `declared` is the template's own text of them, `place` where a missing one is told. With `is_open` the child is a
    template too, and what it does not give stays for its own children to give.
    """
    known = {spec.name: spec for spec in specs}
    entries = {entry.key: entry for entry in (node.entries if node else ())}
    for entry in entries.values():
        if entry.key not in known:
            hint = did_you_mean(entry.key, known) or (f"It has {', '.join(known)}." if known else "It has none.")
            message = f"The parent has no parameter `{entry.key[:80]}`."
            reading.problem("unknown-key", message, entry.place, hint)
    found: dict[str, Value] = {}
    for spec in specs:
        if spec.name in entries:
            value = _given(spec, entries[spec.name], reading)
        elif is_open:
            continue
        else:
            value = _default(spec, declared)
            if value is None and spec.required:
                message = f"The parameter `{spec.name}` is not given."
                says = spec.help or f"It is of the type {spec.type}."
                reading.problem("missing-key", message, node.place if node else place, says)
        if value is not None:
            found[spelt(spec.name)] = value
    return found


def _given(spec: FieldSpec, entry: Entry, reading: Reading) -> Value | None:
    node, written = entry.value, raw(entry.value)
    try:
        return Value(spec, _as(spec, node), fields.read(spec, written))
    except fields.FieldError as error:
        bare = FieldSpec(spec.name, spec.type, of=spec.of, options=spec.options)
        reading.problem(_code(bare, written), f"`{spec.name}`: {error}", node.place)
        return None


def _code(bare: FieldSpec, written: Any) -> str:
    try:
        fields.read(bare, written)
    except fields.FieldError:
        return "type-mismatch"
    return "bad-value"


def _default(spec: FieldSpec, declared: Mapping | None) -> Value | None:
    own = declared.get(spec.name) if declared else None
    node = own.get("default") if isinstance(own, Mapping) else None
    return None if node is None or spec.default is None else Value(spec, _as(spec, node), spec.default)


def stand_ins(specs: tuple[FieldSpec, ...], declared: Mapping | None) -> Iterator[Value]:
    """Give for each parameter what stands where the template cannot do without a value."""
    for spec in specs:
        value = _default(spec, declared)
        own = declared.by_key.get(spec.name) if declared else None
        if value is None and own is not None and isinstance(own.value, Mapping):
            node = _example(spec, own.value)
            value = Value(spec, node, None)
        if value is not None:
            yield replace(value, is_open=True)


def _example(spec: FieldSpec, own: Mapping) -> Node:
    """Return an example of the type, standing where the parameter is declared."""
    holder = next((entry.value for entry in own.entries if isinstance(entry.value, Scalar)), None)
    if spec.type == "list":
        item = FieldSpec(spec.name, spec.of or "text", options=spec.options)
        count = max(1, spec.minimum or 0)
        return Sequence(own.place, tuple(_example(item, own) for _ in range(count)))
    lowest, highest = values.decode(spec.minimum), values.decode(spec.maximum)
    value: Any = _EXAMPLES.get(spec.type, "")
    if spec.type in ("integer", "number"):
        value = lowest if lowest is not None else highest if highest is not None and highest < 1 else 1
    elif spec.options:
        value = spec.options[0]
    elif spec.type == "boolean":
        value = True
    source = holder.source if holder is not None else Source("", 0, 0)
    return Scalar(own.place, str(value), value, source)


def _as(spec: FieldSpec, node: Node) -> Node:
    """Return the node as the field reads it: a text stays a text, whatever YAML makes of it."""
    if isinstance(node, Scalar) and spec.type not in ("integer", "number", "boolean", "list"):
        return replace(node, value=node.text)
    return node
