"""Several files at once: the playbooks among them may ask the decisions, call and adapt the playbooks, and name the
calendars, among them; the policies among them bind the playbooks of their units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from engine import documents
from engine.calendars import Calendar
from engine.compiler.calls import Calls
from engine.compiler.compile import Compiled, compile_text
from engine.compiler.library import Among
from engine.compiler.parents import NOBODY, Files, Parents
from engine.definition import Definition
from engine.documents import Node, Scalar
from engine.language.policy import Policy
from engine.problems import Problem
from engine.tables.table import Table

_HEAD = re.compile(r"^decision\s*:", re.MULTILINE)
_CALENDAR = re.compile(r"\A(?:\s*(?:#.*)?\n)*calendar\s*:")
_POLICY = re.compile(r"^policy\s*:", re.MULTILINE)
_CALL = re.compile(r"\bcall\b")
_EXTENDS = re.compile(r"^extends\s*:\s*['\"]?([a-z0-9_-]+)", re.MULTILINE)
_PLAYBOOK = re.compile(r"^playbook\s*:\s*[\"']?([a-z0-9_-]+)", re.MULTILINE)


def compile_together(
    files: Sequence[tuple[str, str]],
    calendars: Mapping[str, Calendar] = MappingProxyType({}),
    known: Mapping[str, Table] = MappingProxyType({}),
    playbooks: Mapping[str, Definition] = MappingProxyType({}),
    instead: Calendar | None = None,
    parents: Parents = NOBODY,
    policies: Iterable[Policy] = (),
    units: Iterable[str] = (),
) -> list[Compiled]:
    """Compile (name, text) pairs, and return what became of each in their order.

    `known` are tables, `playbooks` definitions, `parents` texts and `policies` besides; those of the files count before
    them. `units` are paths that tell which units are above which. A
    scenario's calendar comes `instead` of what a playbook names.
    """
    parents = Files(tuple(files), (parents,))
    compiled: dict[int, Compiled] = {}
    tables: dict[str, Table] = {}
    seen: dict[str, str] = {}
    kept: dict[str, str] = {}
    said: dict[str, str] = {}
    bound: dict[str, Policy] = {}
    own: dict[str, Calendar] = {}
    for number, (file, text) in enumerate(files):
        if is_decision(text):
            found = compile_text(text, file)
            if found.table is not None and found.table.decision in seen:
                found = _taken(found, "decision", found.table.decision, seen[found.table.decision])
            elif found.table is not None:
                seen[found.table.decision] = file
                if found.ok:
                    tables[found.table.decision] = found.table
            compiled[number] = found
        elif _CALENDAR.match(text) and isinstance((found := compile_text(text, file)).document, Calendar):
            name = found.document.name
            compiled[number] = found if name not in own else _taken(found, "calendar", name, kept[name])
            own.setdefault(name, found.document)
            kept.setdefault(name, file)
        elif _POLICY.search(text) and not _PLAYBOOK.search(text):
            compiled[number] = found = compile_text(text, file)
            if isinstance(policy := found.document, Policy) and policy.id in bound:
                compiled[number] = _taken(found, "policy", policy.id, said[policy.id])
            elif isinstance(policy, Policy):
                bound[policy.id], said[policy.id] = policy, file
    bind = [*bound.values(), *(policy for policy in policies if policy.id not in bound)]
    if own:
        calendars = {**calendars, **own}
    rest = [number for number in range(len(files)) if number not in compiled]
    texts = [files[number][1] for number in rest]
    calls = _calls_of(texts)
    among, asked = Among(frozenset(calls), playbooks), {**known, **tables}
    first: dict[str, str] = {}
    for number in (rest[index] for index in call_order(texts)):
        file, text = files[number]
        found = compile_text(
            text,
            file,
            calendars,
            instead=instead,
            decisions=asked,
            playbooks=among,
            calls=calls,
            parents=parents,
            policies=bind,
            units=units,
        )
        if found.definition is not None and found.definition.playbook in first:
            found = _taken(found, "playbook", found.definition.playbook, first[found.definition.playbook])
        elif found.definition is not None:
            first[found.definition.playbook] = file
            among.found[found.definition.playbook] = found.definition
        compiled[number] = found
    return [compiled[number] for number in range(len(files))]


def is_decision(text: str) -> bool:
    """Tell a decision file by a key of its head, without reading all of it."""
    return bool(_HEAD.search(text))


def tables_of(compiled: Iterable[Compiled]) -> dict[str, Table]:
    """Return the tables without errors among these, by id."""
    return {one.table.decision: one.table for one in compiled if one.ok and one.table is not None}


def playbooks_of(compiled: Iterable[Compiled]) -> dict[str, Definition]:
    """Return the playbooks without errors among these, by id."""
    return {one.definition.playbook: one.definition for one in compiled if one.ok and one.definition is not None}


def call_order(texts: Sequence[str]) -> list[int]:
    """Return the numbers of these playbooks so that what is called or adapted comes first, where that can be."""
    calls = _calls_of(texts)
    numbers = {_id(text): number for number, text in reversed(list(enumerate(texts)))}
    found: dict[int, None] = {}
    entered: set[int] = set()
    pending = [(number, False) for number in reversed(range(len(texts)))]
    while pending:
        number, is_ready = pending.pop()
        if is_ready:
            found[number] = None
        elif number not in entered:
            entered.add(number)
            pending.append((number, True))
            called = (*calls.get(_id(texts[number]), ()), *_EXTENDS.findall(texts[number]))
            pending.extend((numbers[id], False) for id in reversed(called) if id in numbers)
    return list(found)


def _id(text: str) -> str:
    found = _PLAYBOOK.search(text)
    return found[1] if found else ""


def _calls_of(texts: Iterable[str]) -> Calls:
    return {id: tuple(_calls(text)) for text in texts if (id := _id(text))}


def _calls(text: str) -> Iterator[str]:
    """Give the ids of the playbooks that the steps of this text call."""
    root = documents.parse(text).root if _CALL.search(text) else None
    pending: list[Node] = [] if root is None else [root]
    while pending:
        node = pending.pop()
        if isinstance(node, documents.Sequence):
            pending.extend(node.items)
        elif isinstance(node, documents.Mapping):
            called = node.get("call") if "id" in node.by_key else None
            if isinstance(called, Scalar):
                yield called.text.partition("@")[0].strip()
            pending.extend(entry.value for entry in node.entries)


def _taken(compiled: Compiled, kind: str, id: str, other: str) -> Compiled:
    message = f"The {kind} `{id}` stands in {other} too."
    problem = Problem("duplicate-id", message, compiled.places.at(kind), file=compiled.file)
    return replace(compiled, definition=None, table=None, document=None, problems=(*compiled.problems, problem))
