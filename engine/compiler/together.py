"""Several files at once: the playbooks among them may ask the decisions, and call the playbooks, among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from engine import documents
from engine.calendars import Calendar
from engine.compiler.calls import Calls
from engine.compiler.compile import Compiled, compile_text
from engine.definition import Definition
from engine.documents import Node, Scalar
from engine.problems import Problem
from engine.tables.table import Table

_HEAD = re.compile(r"^decision\s*:", re.MULTILINE)
_CALL = re.compile(r"\bcall\b")
_PLAYBOOK = re.compile(r"^playbook\s*:\s*[\"']?([a-z0-9_-]+)", re.MULTILINE)


def compile_together(
    files: Sequence[tuple[str, str]],
    calendars: Mapping[str, Calendar] = MappingProxyType({}),
    known: Mapping[str, Table] = MappingProxyType({}),
    playbooks: Mapping[str, Definition] = MappingProxyType({}),
) -> list[Compiled]:
    """Compile (name, text) pairs, and return what became of each in their order.

    `known` are tables and `playbooks` definitions besides; those of the files count before them.
    """
    compiled: dict[int, Compiled] = {}
    tables: dict[str, Table] = {}
    seen: dict[str, str] = {}
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
    rest = [number for number in range(len(files)) if number not in compiled]
    ids = {number: id for number in rest if (id := _id(files[number][1]))}
    calls = {id: tuple(_calls(files[number][1])) for number, id in ids.items()}
    definitions: dict[str, Definition] = {id: playbooks[id] for id in playbooks if id not in calls}
    first: dict[str, str] = {}
    for number in _in_order(rest, ids, calls):
        file, text = files[number]
        among = {**known, **tables}
        found = compile_text(text, file, calendars, decisions=among, playbooks=definitions, calls=calls)
        if found.definition is not None and found.definition.playbook in first:
            found = _taken(found, "playbook", found.definition.playbook, first[found.definition.playbook])
        elif found.definition is not None:
            first[found.definition.playbook] = file
            definitions[found.definition.playbook] = found.definition
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


def _id(text: str) -> str:
    found = _PLAYBOOK.search(text)
    return found[1] if found else ""


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


def _in_order(files: Iterable[int], ids: Mapping[int, str], calls: Calls) -> Iterator[int]:
    """Give the files so that what is called comes before what calls it, as far as there is such an order."""
    number_of = {id: number for number, id in sorted(ids.items(), reverse=True)}
    given: set[int] = set()
    for start in files:
        pending = [(start, False)]
        entered: set[int] = set()
        while pending:
            number, is_ready = pending.pop()
            if number in given or (number in entered and not is_ready):
                continue
            if is_ready:
                given.add(number)
                yield number
                continue
            entered.add(number)
            pending.append((number, True))
            called = (number_of[id] for id in calls.get(ids.get(number, ""), ()) if id in number_of)
            pending.extend((other, False) for other in called)


def _taken(compiled: Compiled, kind: str, id: str, other: str) -> Compiled:
    message = f"The {kind} `{id}` stands in {other} too."
    problem = Problem("duplicate-id", message, compiled.places.at(kind), file=compiled.file)
    return replace(compiled, definition=None, table=None, problems=(*compiled.problems, problem))
