"""A playbook that adapts another, as written: what it extends, which parameters it gives, what it sets and changes.

Takes the document's root, leaves an `Adaptation` whose steps are still nodes: `engine.compiler.extending` makes one
document of it and its parent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine import documents
from engine.documents import Entry, Mapping, Node, Scalar, Sequence
from engine.expressions.names import trouble_with_id
from engine.language.places import Path
from engine.language.playbook import KEYS as HEAD
from engine.language.section import Reading, Section
from engine.problems import Place

EXTENDS = "extends"
#: What stands in the head of a playbook that adapts another; all else is the parent's, or stands under `set`.
KEYS = ("playbook", "template", EXTENDS, "parameters", "set", "change", "roles", "inputs", "tags")
#: What a child adds to, rather than replaces.
ADDED: dict[str, type[Mapping] | type[Sequence]] = {"roles": Mapping, "inputs": Mapping, "tags": Sequence}
ACTS: tuple[Act, ...] = ("after", "before", "replace", "remove")
#: act -> the keys beside it
BESIDE = {"after": "insert", "before": "insert", "replace": "with", "remove": ""}
CHANGE_KEYS = (*ACTS, "insert", "with")

NOT_SET = {
    "playbook": "The id stands beside `extends`.",
    "template": "It stands beside `extends`.",
    "extends": "It stands beside `set`.",
    "parameters": "It stands beside `extends`.",
    "steps": "Steps are adapted by `change`.",
    "change": "It stands beside `set`.",
    "set": "Head keys stand here by themselves.",
}
SETTABLE = tuple(key for key in HEAD if key not in NOT_SET)
_REFERENCE = re.compile(r"(?P<id>[^@\s]+)(?:@(?P<version>\^?[1-9][0-9]{0,8}))?")

Act = Literal["after", "before", "replace", "remove"]


@dataclass(frozen=True)
class Change:
    """One change of a list of steps: at which step, and the steps that come in."""

    act: Act
    step: str
    place: Place
    steps: tuple[Mapping, ...] = ()


@dataclass(frozen=True)
class Adaptation:
    """`version` is `^2` (that one or newer), `2`, or empty. `added` are entries for roles, inputs and tags."""

    parent: str
    version: str
    place: Place
    given: Mapping | None
    set: tuple[Entry, ...]
    added: tuple[Entry, ...]
    changes: tuple[Change, ...]


def is_adaptation(root: Node) -> bool:
    return isinstance(root, Mapping) and EXTENDS in root.by_key


def read_adaptation(root: Mapping, reading: Reading) -> Adaptation | None:
    """Read what a child says; None where its parent is not named. Everything wrong is told."""
    section = Section(reading, root, (), "A playbook that adapts another")
    steps = {"steps": "Steps are adapted by `change`."}
    head = {key: f"Write it under `set`: `set: {{{key}: …}}`." for key in root.by_key if key not in (*KEYS, "steps")}
    section.only(KEYS, {**head, **steps})
    section.require("playbook")
    extends = section.filled(EXTENDS)
    match = _REFERENCE.fullmatch(extends)
    wrong = trouble_with_id(match["id"]) if match else f"`{extends[:80]}` names no playbook."
    if extends and wrong:
        section.bad(EXTENDS, wrong, "Write `production-change@^2` (that version or a newer), or `production-change@2`.")
    given, placed = root.get("parameters"), root.get(EXTENDS)
    if given is not None and not isinstance(given, Mapping):
        section.bad("parameters", "`parameters` must be a mapping from the parent's parameters to values.")
        given = None
    for key, kind in ADDED.items():
        if key in section and not isinstance(root.get(key), kind):
            section.bad(key, f"`{key}` must be a {'list' if kind is Sequence else 'mapping'}.")
    changes = section.items("change", lambda node, path: _change(reading, node, path))
    if not match or wrong or placed is None:
        return None
    return Adaptation(
        parent=match["id"],
        version=match["version"] or "",
        place=placed.place,
        given=given,
        set=tuple(_set(section)),
        added=tuple(entry for entry in root.entries if entry.key in ADDED),
        changes=changes,
    )


def _set(section: Section) -> Iterator[Entry]:
    inner = section.inner("set", "`set`")
    if inner is not None:
        inner.only(SETTABLE, NOT_SET)
        yield from (entry for entry in inner.node.entries if entry.key in SETTABLE)


def _change(reading: Reading, node: Node, path: Path) -> Change | None:
    section = reading.section(node, path, "A change")
    if section is None:
        return None
    acts = [act for act in ACTS if act in section]
    if len(acts) != 1:
        section.only(CHANGE_KEYS)
        hint = "Write for example `{after: plan, insert: [{id: …}]}` or `{remove: plan}`."
        message = f"A change has one of {', '.join(ACTS)}."
        reading.problem("bad-value" if acts else "missing-key", message, section.place, hint)
        return None
    act, beside = acts[0], BESIDE[acts[0]]
    says = f"Beside `{act}` stands {f'`{beside}`' if beside else 'nothing'}."
    section.only((act, beside) if beside else (act,), dict.fromkeys(CHANGE_KEYS, says))
    step = section.filled(act)
    steps: tuple[Mapping, ...] = ()
    if beside:
        section.require(beside)
        steps = _steps(section, beside)
        if not steps:
            return None
    place = section.node.by_key[act].value.place
    return Change(act, step, place, steps) if step else None


def _steps(section: Section, key: str) -> tuple[Mapping, ...]:
    """Return the steps that come in: a list of them, or one. What is wrong inside them is told once they are there."""
    node = section.node.get(key)
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else (node,)
    found = tuple(item for item in items if isinstance(item, Mapping) and isinstance(item.get("id"), Scalar))
    if not items or len(found) < len(items):
        section.bad(key, f"`{key}` is a list of steps, each with an `id`.", "Write `[{id: check, task: {…}}]`.")
        return ()
    return found


def head_of(text: str, *keys: str) -> dict[str, str]:
    """Return the texts under these keys of a document's head, as far as it can be read."""
    root = documents.parse(text).root
    if not isinstance(root, Mapping):
        return {}
    found = ((key, root.get(key)) for key in keys)
    return {key: node.text.strip() for key, node in found if isinstance(node, Scalar)}
