"""A child and its parents made one document (semantics [templates]).

The root that comes out holds the parent's nodes with the child's among them, each with its own file, line and
column, so that whatever is found later points into the right file of the chain.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine import documents, values
from engine.compiler.changing import Changing
from engine.compiler.filling import Value, fill
from engine.compiler.parents import Parents
from engine.compiler.standing import given, stand_ins
from engine.definition import Ancestor
from engine.documents import Entry, Mapping, Node, Scalar, Sequence
from engine.expressions import spelt
from engine.language.parameters import read_parameters
from engine.language.section import Reading
from engine.language.template import ADDED, Adaptation, is_adaptation, read_adaptation
from engine.problems import Place, did_you_mean

MOST_LEVELS = 5


@dataclass(frozen=True)
class Extended:
    """What a document is together with its parents, the nearest first.

    `base` is the nearest parent with the child's parameters and nothing changed, None where there is no parent;
    `made` says which change brought a step or led it elsewhere, and `change` where the changes begin, `place` where
    the parent is named. `stood_in` are
    the places of examples that stand in for parameters, with their names.
    """

    root: Node
    base: Mapping | None = None
    ancestors: tuple[Ancestor, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    locked: tuple[str, ...] = ()
    made: dict[str, Place] = field(default_factory=dict)
    change: Place = field(default_factory=Place)
    place: Place = field(default_factory=Place)
    stood_in: dict[Place, str] = field(default_factory=dict)


def extended(root: Node, reading: Reading, parents: Parents) -> Extended | None:
    """Return the whole document; None where it cannot be put together, which is told.

    A document that extends nothing is itself; in a template examples stand in where values must.
    """
    found: Extended | None = Extended(root)
    if is_adaptation(root):
        assert isinstance(root, Mapping)
        found = _together(root, reading, parents, (_id(root),))
    if found is None or not isinstance(found.root, Mapping) or not _is_template(found.root):
        return found
    return _open(found, reading)


def _open(found: Extended, reading: Reading) -> Extended:
    """Let defaults and examples stand in for the parameters of a template, which are told about when it is read."""
    assert isinstance(found.root, Mapping)
    declared = found.root.get("parameters")
    declared = declared if isinstance(declared, Mapping) else None
    specs = read_parameters(declared, Reading(reading.file))
    values_ = {spelt(value.spec.name): value for value in stand_ins(specs, declared)}
    examples = {value.node.place: value.spec.name for value in values_.values() if value.encoded is None}
    base = None if found.base is None else fill(found.base, values_)
    return replace(found, root=fill(found.root, values_), base=base, stood_in=examples)


def _together(root: Mapping, reading: Reading, parents: Parents, seen: tuple[str, ...]) -> Extended | None:
    before = len(reading.problems)
    adaptation = read_adaptation(root, reading)
    if adaptation is None:
        return None
    above = _above(adaptation, reading, parents, seen)
    if above is None or len(reading.problems) > before:
        return None
    assert isinstance(above.root, Mapping)
    steps = above.root.get("steps")
    if not isinstance(steps, Sequence):
        message = f"`{adaptation.parent}` has no list of steps to adapt."
        reading.problem("bad-value", message, adaptation.place)
        return None
    changing = Changing(steps, reading)
    locked = tuple(changing.locked())
    for change in adaptation.changes:
        changing.apply(change)
    given_ = _parameters(root, above.root, adaptation, reading)
    if len(reading.problems) > before:
        return None
    return Extended(
        root=fill(_head(root, above.root, adaptation, changing.steps, given_), given_),
        base=fill(above.root, given_),
        ancestors=above.ancestors,
        texts=above.texts,
        locked=locked,
        made=changing.made,
        change=adaptation.changes[0].place if adaptation.changes else adaptation.place,
        place=adaptation.place,
    )


def _above(adaptation: Adaptation, reading: Reading, parents: Parents, seen: tuple[str, ...]) -> Extended | None:
    """Return the parent as a whole document, with its own parents."""
    id, place = adaptation.parent, adaptation.place
    if id in seen:
        way = " → ".join((*seen, id))
        message = "A playbook cannot adapt itself." if seen == (id,) else f"These adapt each other: {way}."
        reading.problem("bad-value", message, place, "Name a parent that does not stand on this one.")
        return None
    if len(seen) > MOST_LEVELS:
        reading.problem("bad-value", f"There are more than {MOST_LEVELS} parents above each other.", place)
        return None
    parent = parents.find(id, adaptation.version)
    if parent is None:
        _missing(adaptation, reading, parents, seen)
        return None
    document = documents.parse(parent.text, parent.file, is_other=True)
    texts = {parent.file: parent.text}
    if not isinstance(document.root, Mapping) or "playbook" not in document.root.by_key:
        reading.problems.extend(document.problems)
        message = f"The parent `{id}` cannot be read." if document.problems else f"`{id}` is no playbook."
        reading.problem("bad-value", message, place)
        return None
    ancestor = Ancestor(id, values.digest(parent.text))
    if not is_adaptation(document.root):
        return Extended(document.root, ancestors=(ancestor,), texts=texts)
    found = _together(document.root, reading, parent.above or parents, (*seen, id))
    if found is None:
        return None
    return replace(found, ancestors=(ancestor, *found.ancestors), texts={**texts, **found.texts})


def _missing(adaptation: Adaptation, reading: Reading, parents: Parents, seen: tuple[str, ...]) -> None:
    known = sorted(set(parents.ids()).difference(seen))
    id, version = adaptation.parent, adaptation.version
    if id in known and version:
        message = f"`{id}` has no version `{version}`."
        hint = "Leave the version out for the newest one." if not version.startswith("^") else ""
    else:
        message = f"There is no playbook `{id[:80]}` here."
        hint = did_you_mean(id, known) or "Compile its file together with this one, or publish it first."
    reading.problem("unknown-playbook", message, adaptation.place, hint)


def _parameters(child: Mapping, parent: Mapping, adaptation: Adaptation, reading: Reading) -> dict[str, Value]:
    declared = parent.get("parameters") if _is_template(parent) else None
    specs = read_parameters(declared, reading)
    own = declared if isinstance(declared, Mapping) else None
    return given(specs, own, adaptation.given, adaptation.place, reading, _is_template(child))


def _head(child: Mapping, parent: Mapping, adaptation: Adaptation, steps: Sequence, given: dict[str, Value]) -> Mapping:
    """Return the document: the parent's keys in their order, with the child's in them."""
    own = {entry.key: entry for entry in child.entries if entry.key in ("playbook", "template")}
    entries = {entry.key: entry for entry in parent.entries if entry.key != "template"}
    entries.update({entry.key: entry for entry in adaptation.set})
    entries.update(own)
    for entry in adaptation.added:
        there = entries.get(entry.key)
        entries[entry.key] = entry if there is None else replace(there, value=_added(there.value, entry))
    entries["steps"] = replace(entries["steps"], value=steps)
    if "parameters" in entries:
        left = _left(entries["parameters"], given)
        entries = {**entries, "parameters": left}
        if not _is_template(child):
            del entries["parameters"]
    return Mapping(child.place, tuple(entries.values()))


def _added(there: Node, entry: Entry) -> Node:
    """Return the parent's roles, inputs or tags with the child's after them."""
    if ADDED[entry.key] is Sequence and isinstance(there, Sequence) and isinstance(entry.value, Sequence):
        return Sequence(there.place, (*there.items, *entry.value.items))
    if isinstance(there, Mapping) and isinstance(entry.value, Mapping):
        return Mapping(there.place, (*there.entries, *entry.value.entries))
    return there


def _left(entry: Entry, given: dict[str, Value]) -> Entry:
    """Return the parameters that a template leaves to its own children."""
    if not isinstance(entry.value, Mapping):
        return entry
    left = tuple(one for one in entry.value.entries if spelt(one.key) not in given)
    return replace(entry, value=Mapping(entry.value.place, left))


def _is_template(root: Mapping) -> bool:
    node = root.get("template")
    return isinstance(node, Scalar) and node.value is True


def _id(root: Mapping) -> str:
    node = root.get("playbook")
    return node.text.strip() if isinstance(node, Scalar) else ""
