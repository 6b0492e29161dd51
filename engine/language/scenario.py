"""A scenario document as written (language.md section 9), to scenarios: who there is, how it starts, what happens.

Leaves playing them to `engine.rehearsal`. Several scenarios share a file under `scenarios:`; what the head says
holds for each unless it says otherwise. Values stay nodes where their meaning depends on a field or on what is
found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine import documents
from engine.calendars import Calendar
from engine.documents import Node, Scalar
from engine.language.calendar import read_calendar
from engine.language.places import Path, Places
from engine.language.section import Reading, Section
from engine.language.verbs import Act, read_act
from engine.problems import Place, Problem

HEAD = ("scenario", "playbook", "library", "calendar", "people", "start", "script", "scenarios")
START = ("by", "at", "inputs")
STARTS_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Start:
    """`inputs` are raw, as a person would give them. `by` is empty where a trigger begins the first run."""

    by: str
    at: datetime
    inputs: Mapping[str, Any]
    place: Place


@dataclass(frozen=True)
class Scenario:
    """`people` maps each person to their groups; `playbook` is the file, relative to this one.

    `calendar` is what business time counts by, whatever the playbook names; None leaves it to the playbook. `library`
    are the files of the decisions that the playbook asks and of what it adapts, relative to this one, each with its
    place.
    """

    name: str
    place: Place
    playbook: str
    playbook_place: Place
    people: Mapping[str, tuple[str, ...]]
    start: Start
    script: tuple[Act, ...]
    calendar: Calendar | None = None
    library: tuple[tuple[str, Place], ...] = ()


def read_scenarios(text: str, file: str = "") -> tuple[tuple[Scenario, ...], tuple[Problem, ...]]:
    """Return the scenarios of a file, and everything that is wrong with it. Never raises."""
    document = documents.parse(text, file)
    if document.root is None:
        return (), document.problems
    reading = Reading(file)
    head = reading.section(document.root, (), "A scenario file")
    if head is None:
        return (), tuple(reading.problems)
    head.only(HEAD)
    if "scenarios" in head:
        found = head.items("scenarios", lambda node, path: _one(reading, head, node, path))
        if "script" in head:
            reading.problem("unknown-key", "`script` stands in each of the `scenarios`.", head.key_place("script"))
        if not found and not reading.problems:
            head.bad("scenarios", "There is no scenario here.")
    else:
        one = _scenario(head, head)
        found = () if one is None else (one,)
    return found, tuple(sorted(dict.fromkeys(reading.problems), key=lambda problem: problem.place))


def _one(reading: Reading, head: Section, node: Node, path: Path) -> Scenario | None:
    section = reading.section(node, path, "A scenario")
    if section is None:
        return None
    section.only(tuple(key for key in HEAD if key != "scenarios"))
    return _scenario(head, section)


def _scenario(head: Section, section: Section) -> Scenario | None:
    """Read one scenario; what it does not say, the head says."""
    section.require("scenario", "script")
    where = section if "playbook" in section else head
    if "playbook" not in where:
        section.require("playbook")
    people = {**_people(head), **(_people(section) if section is not head else {})}
    script = section.items("script", lambda node, path: read_act(section.reading, node, path))
    start = _start(head, section, is_triggered=bool(script) and script[0].verb == "trigger")
    hours = (section if "calendar" in section else head).inner("calendar", "`calendar`")
    calendar = None if hours is None else read_calendar(hours)
    name, playbook = section.filled("scenario"), where.filled("playbook")
    if not name or not playbook or start is None or "script" not in section:
        return None
    at, library = _place_of(where, "playbook"), _library(head, section)
    return Scenario(name, section.place, playbook, at, people, start, script, calendar, library)


def _library(head: Section, section: Section) -> tuple[tuple[str, Place], ...]:
    where = section if "library" in section else head
    files, places = where.texts("library"), Places(where.reading.nodes)
    return tuple((file, places.at(*where.path, "library", number)) for number, file in enumerate(files))


def _place_of(section: Section, key: str) -> Place:
    node = section.node.get(key)
    return section.place if node is None else node.place


def _people(section: Section) -> dict[str, tuple[str, ...]]:
    inner = section.inner("people", "`people`")
    return {} if inner is None else {entry.key: inner.texts(entry.key) for entry in inner.node.entries}


def _start(head: Section, section: Section, *, is_triggered: bool) -> Start | None:
    """Read who starts when with which inputs, key by key from the scenario or the head.

    Where the first line of the script is a trigger nobody need start a run: then that begins the first.
    """
    found: dict[str, Any] = {}
    place = section.place
    for holder in (head,) if section is head else (head, section):
        inner = holder.inner("start", "`start`")
        if inner is None:
            continue
        place = inner.place
        inner.only(START)
        if "by" in inner:
            found["by"] = inner.filled("by")
        if "at" in inner:
            found["at"] = inner.moment("at")
        if "inputs" in inner:
            given = inner.inner("inputs", "`inputs`")
            found["inputs"] = {} if given is None else raw(given.node)
    if is_triggered:
        found.setdefault("by", "")
    elif not found.get("by"):
        if "start" in section or "start" in head:
            section.reading.problem("missing-key", "`start` says `by` whom.", place)
        else:
            section.require("start")
        return None
    return Start(found["by"], found.get("at") or STARTS_AT, found.get("inputs", {}), place)


def raw(node: Node) -> Any:
    """Return what a field reads: yes and no as such, any other plain scalar as its source text."""
    if isinstance(node, Scalar):
        if node.value is None or isinstance(node.value, bool):
            return node.value
        return node.text
    if isinstance(node, documents.Sequence):
        return [raw(item) for item in node.items]
    return {entry.key: raw(entry.value) for entry in node.entries}
