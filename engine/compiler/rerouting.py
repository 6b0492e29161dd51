"""The ways that a step names, on the nodes of its document: finding them, and leading them elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from engine.documents import Entry, Mapping, Node, Scalar, Sequence

#: key -> the keys below it that hold targets, where it holds none itself (`*`: all of them).
_DIRECT = ("next", "on_reject", "on_return", "on_error")
_BELOW = {"on_outcome": ("*",), "wait": ("on_deadline",), "decide": ("go", "otherwise"), "escalate": ("go",)}
NEEDS = "needs"


@dataclass(frozen=True)
class Targets:
    """Where a route leads instead; `needs` are what a step that needed the old target needs instead."""

    steps: tuple[str, ...]
    needs: tuple[str, ...] = ()


def text_of(node: Node | None) -> str:
    return node.text.strip() if isinstance(node, Scalar) else ""


def one(node: Node | None) -> tuple[str, ...]:
    """Return the texts of a list, or the one text."""
    items = node.items if isinstance(node, Sequence) else () if node is None else (node,)
    return tuple(text_of(item) for item in items)


def ways_of(step: Mapping) -> set[str]:
    """Return every step that this one names as a way on, or needs."""
    return {text_of(scalar) for scalar in _targets(step)} | set(one(step.get(NEEDS)))


def _targets(step: Mapping) -> Iterator[Scalar]:
    found: list[Scalar] = []

    def collect(scalar: Scalar) -> Node:
        found.append(scalar)
        return scalar

    _mapped(step, collect)
    yield from found


def rerouted(step: Mapping, old: str, targets: Targets) -> Mapping:
    """Return the step with its ways to `old` leading to the targets instead."""

    def lead(scalar: Scalar) -> Node:
        if text_of(scalar) != old:
            return scalar
        written = tuple(replace(scalar, text=name, value=name, is_plain=True) for name in targets.steps)
        return written[0] if len(written) == 1 else Sequence(scalar.place, written)

    entries = []
    for entry in _mapped(step, lead).entries:
        if entry.key == NEEDS and isinstance(entry.value, Sequence) and old in one(entry.value):
            entries.append(replace(entry, value=_needing(entry.value, old, targets.needs)))
        else:
            entries.append(entry)
    return Mapping(step.place, tuple(entries))


def _needing(node: Sequence, old: str, needs: tuple[str, ...]) -> Sequence:
    found: dict[str, Node] = {}
    for item in node.items:
        if text_of(item) != old or not isinstance(item, Scalar):
            found[text_of(item)] = item
            continue
        for name in needs:
            found.setdefault(name, replace(item, text=name, value=name, is_plain=True))
    return Sequence(node.place, tuple(found.values()))


def _mapped(step: Mapping, change: Callable[[Scalar], Node]) -> Mapping:
    """Return the step with this done to every target it names."""
    entries = []
    for entry in step.entries:
        if entry.key in _DIRECT:
            entries.append(replace(entry, value=_in_list(entry.value, change)))
        elif entry.key in _BELOW:
            entries.append(replace(entry, value=_below(entry.value, _BELOW[entry.key], change)))
        else:
            entries.append(entry)
    return Mapping(step.place, tuple(entries))


def _below(node: Node, keys: tuple[str, ...], change: Callable[[Scalar], Node]) -> Node:
    """Change the targets under these keys of a mapping, or of every mapping of a list."""
    if isinstance(node, Sequence):
        return Sequence(node.place, tuple(_below(item, keys, change) for item in node.items))
    if not isinstance(node, Mapping):
        return node

    def value(entry: Entry) -> Node:
        if "*" not in keys and entry.key not in keys:
            return entry.value
        # the `go` of a decide that asks a table names a step for every value
        return (
            _below(entry.value, ("*",), change) if isinstance(entry.value, Mapping) else _in_list(entry.value, change)
        )

    return Mapping(node.place, tuple(replace(entry, value=value(entry)) for entry in node.entries))


def _in_list(node: Node, change: Callable[[Scalar], Node]) -> Node:
    if isinstance(node, Scalar):
        return change(node)
    if isinstance(node, Sequence):
        found: list[Node] = []
        for item in node.items:
            written = _in_list(item, change)
            found.extend(written.items if isinstance(written, Sequence) else (written,))
        return Sequence(node.place, tuple(found))
    return node
