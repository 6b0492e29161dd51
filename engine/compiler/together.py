"""Several files at once: the playbooks among them may ask the decisions among them, and adapt each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from engine.calendars import Calendar
from engine.compiler.compile import Compiled, compile_text
from engine.compiler.parents import NOBODY, Files, Parents
from engine.problems import Problem
from engine.tables.table import Table

_HEAD = re.compile(r"^decision\s*:", re.MULTILINE)


def compile_together(
    files: Sequence[tuple[str, str]],
    calendars: Mapping[str, Calendar] = MappingProxyType({}),
    known: Mapping[str, Table] = MappingProxyType({}),
    parents: Parents = NOBODY,
) -> list[Compiled]:
    """Compile (name, text) pairs, and return what became of each in their order.

    `known` are tables besides, and `parents` other places where the playbooks are that these adapt.
    """
    parents = Files(tuple(files), (parents,))
    compiled: dict[int, Compiled] = {}
    tables: dict[str, Table] = {}
    seen: dict[str, str] = {}
    for number, (file, text) in enumerate(files):
        if is_decision(text):
            found = compile_text(text, file)
            if found.table is not None and found.table.decision in seen:
                found = _taken(found, found.table.decision, seen[found.table.decision])
            elif found.table is not None:
                seen[found.table.decision] = file
                if found.ok:
                    tables[found.table.decision] = found.table
            compiled[number] = found
    for number, (file, text) in enumerate(files):
        if number not in compiled:
            compiled[number] = compile_text(text, file, calendars, decisions={**known, **tables}, parents=parents)
    return [compiled[number] for number in range(len(files))]


def is_decision(text: str) -> bool:
    """Tell a decision file by a key of its head, without reading all of it."""
    return bool(_HEAD.search(text))


def tables_of(compiled: Iterable[Compiled]) -> dict[str, Table]:
    """Return the tables without errors among these, by id."""
    return {one.table.decision: one.table for one in compiled if one.ok and one.table is not None}


def _taken(compiled: Compiled, decision: str, other: str) -> Compiled:
    message = f"The decision `{decision}` stands in {other} too."
    problem = Problem("duplicate-id", message, compiled.places.at("decision"), file=compiled.file)
    return replace(compiled, table=None, problems=(*compiled.problems, problem))
