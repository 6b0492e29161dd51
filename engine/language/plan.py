"""An action plan as authored: an objective with its owner, milestones, and the runs that deliver them.

Takes a document's nodes, leaves a `Plan` that is well formed in itself; whether its playbooks are there and take what
they are given is for whoever starts the runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from engine import documents, values
from engine.documents import Node
from engine.expressions.names import trouble_with_id
from engine.language.places import Path
from engine.language.scenario import raw
from engine.language.section import Reading, Section

KEYS = ("plan", "title", "summary", "objective", "owner", "milestones")
MILESTONE = ("id", "title", "owner", "due", "runs")
RUN = ("playbook", "with")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REFERENCE = re.compile(r"(?P<id>[^@\s]+)(?:@(?P<version>\^?[1-9][0-9]{0,8}))?")


@dataclass(frozen=True)
class Delivery:
    """A run to be started: of which playbook, in which version (`^2`, `2` or empty), with which inputs as written."""

    playbook: str
    version: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Milestone:
    id: str
    title: str
    owner: str
    due: date
    runs: tuple[Delivery, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A milestone without an owner has the plan's."""

    id: str
    title: str
    objective: str
    owner: str
    summary: str = ""
    milestones: tuple[Milestone, ...] = ()

    @cached_property
    def digest(self) -> str:
        return values.digest(to_json(self))

    def milestone(self, id: str) -> Milestone | None:
        return next((one for one in self.milestones if one.id == id), None)


_ADAPTER: TypeAdapter[Plan] = TypeAdapter(Plan)


def to_json(plan: Plan) -> dict[str, Any]:
    document: dict[str, Any] = _ADAPTER.dump_python(plan, mode="json")
    return document


def from_json(document: Mapping[str, Any]) -> Plan:
    """Read a plan back. Raises `pydantic.ValidationError` on anything that `to_json` did not write."""
    return _ADAPTER.validate_python(document)


def is_plan(root: Node) -> bool:
    return isinstance(root, documents.Mapping) and "plan" in root.by_key and "playbook" not in root.by_key


def read_plan(root: Node, reading: Reading) -> Plan | None:
    """Read the whole document; what cannot be read is told."""
    section = reading.section(root, (), "A plan")
    if section is None:
        return None
    section.only(KEYS)
    section.require("plan", "objective", "owner", "milestones")
    id, owner = section.filled("plan"), section.filled("owner")
    if id and (wrong := trouble_with_id(id)):
        section.bad("plan", wrong)
    node = section.node.get("milestones")
    if isinstance(node, documents.Sequence) and not node.items:
        section.bad("milestones", "A plan has at least one milestone.")
    seen: dict[str, str] = {}
    return Plan(
        id=id,
        title=section.filled("title") or id.replace("-", " ").replace("_", " ").capitalize(),
        objective=section.filled("objective"),
        owner=owner,
        summary=section.text("summary"),
        milestones=section.items("milestones", lambda node, path: _milestone(reading, node, path, owner, seen)),
    )


def _milestone(reading: Reading, node: Node, path: Path, owner: str, seen: dict[str, str]) -> Milestone | None:
    section = reading.section(node, path, "A milestone")
    if section is None:
        return None
    section.only(MILESTONE)
    section.require("id", "due")
    id, due = section.filled("id"), _date(section)
    if id and (wrong := trouble_with_id(id)):
        section.bad("id", wrong)
    elif id:
        reading.is_new(id, section.node.by_key["id"].value.place, seen)
    title = section.filled("title") or id.replace("-", " ").replace("_", " ").capitalize()
    whose = section.filled("owner") or owner
    runs = section.items("runs", lambda item, at: _run(reading, item, at))
    return None if due is None or not id else Milestone(id, title, whose, due, runs)


def _date(section: Section) -> date | None:
    written = section.filled("due")
    try:
        if _DATE.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    if written:
        section.bad("due", f"`{written[:40]}` is not a date.", "Write for example 2026-06-30.")
    return None


def _run(reading: Reading, node: Node, path: Path) -> Delivery | None:
    section = reading.section(node, path, "A run")
    if section is None:
        return None
    section.only(RUN)
    section.require("playbook")
    given = section.inner("with", "`with`")
    written = section.filled("playbook")
    match = _REFERENCE.fullmatch(written)
    wrong = trouble_with_id(match["id"]) if match else f"`{written[:80]}` names no playbook."
    if written and wrong:
        section.bad("playbook", wrong, "Write `region-launch@^1` (that version or a newer), or `region-launch@1`.")
    if not written or wrong or match is None:
        return None
    return Delivery(match["id"], match["version"] or "", {} if given is None else raw(given.node))
