"""What a text would be as a version of a unit: compiled, asked about the organisation, in the columns it is kept in.

Drafts, reviews and publishing all ask here, so that what a reviewer saw proven is what is proven again at publishing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from engine import definition as definitions
from engine import values
from engine.compiler import Compiled, compile_text
from engine.definition import Definition
from engine.language.plan import Plan
from engine.language.policy import Policy
from engine.problems import Problem, has_errors
from engine.tables import table as tables
from engine.tables.table import Table
from workflows import calendars, decisions, named, parents, playbooks
from workflows.eligible import too_few
from workflows.models import DECISION, PLAN, POLICY, Unit, Version

Content = Definition | Table | Policy | Plan

_ID = re.compile(r"^(playbook|decision|policy|plan):[ \t]*[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Examined:
    """A text, what it is where it could be read, and everything that is wrong with it here and now."""

    text: str
    compiled: Compiled
    content: Content | None
    problems: tuple[Problem, ...]

    @property
    def is_right(self) -> bool:
        return self.content is not None and not has_errors(self.problems)

    @cached_property
    def digest(self) -> str:
        return "" if self.content is None else digest_of(self.content, self.text)


def examine(text: str, unit: Unit, file: str = "", *, is_staffed: bool = True) -> Examined:
    """Compile a text as a version of this unit. `is_staffed` asks for people for every task and gate."""
    compiled = compile_text(
        text,
        file,
        calendars.Known(),
        usual=calendars.usual(unit),
        decisions=decisions.known(),
        playbooks=playbooks.Published(),
        parents=parents.PUBLISHED,
    )
    document = compiled.document if isinstance(compiled.document, Policy | Plan) else None
    content, problems = compiled.definition or compiled.table or document, compiled.problems
    if content is None or has_errors(problems):
        return Examined(text, compiled, content, problems)
    problems += tuple(named.strangers(compiled, content, unit))
    if is_staffed and isinstance(content, Definition) and not has_errors(problems):
        problems += too_few(compiled, content, unit)
    return Examined(text, compiled, content, problems)


def head_of(text: str) -> tuple[str, str]:
    """Return what a text says it is and its id, `("playbook", "absence")`, even where the rest cannot be read."""
    found = _ID.search(text)
    return (found[1], found[2]) if found else ("", "")


def digest_of(content: Content, text: str) -> str:
    """Return what says that two versions are the same: of policies and plans, which are not compiled, the text's."""
    return content.digest if isinstance(content, Definition | Table) else values.digest(text)


def columns(content: Content, text: str) -> dict[str, Any]:
    """Return what a version keeps of what its text says."""
    kept: Mapping[str, Any] = {
        "title": content.title,
        "summary": content.summary,
        "source": text,
        "digest": digest_of(content, text),
        "domain": "",
        "risk": "",
        "maturity": "",
        "tags": "",
        "review_days": None,
        "has_triggers": False,
        "parent": None,
    }
    return {**kept, **_own(content)}


def _own(content: Content) -> dict[str, Any]:
    """Return what not every kind has, and how each is stored."""
    match content:
        case Policy():
            return {"kind": POLICY, "definition": ""}
        case Plan():
            return {"kind": PLAN, "definition": ""}
        case Table():
            definition = values.canonical(tables.to_json(content)).decode()
            return {"kind": DECISION, "definition": definition, "domain": content.domain, "tags": _tags(content.tags)}
    every = content.review_every
    return {
        "kind": content.kind,
        "domain": content.domain,
        "risk": content.risk,
        "maturity": content.maturity,
        "tags": _tags(content.tags),
        "review_days": max(1, -(-every // _DAY)) if every else None,
        "definition": values.canonical(definitions.to_json(content)).decode(),
        "has_triggers": bool(content.schedules or content.webhooks),
        "parent": _parent(content),
    }


def _tags(tags: tuple[str, ...]) -> str:
    return f" {' '.join(tags)} " if tags else ""


def _parent(definition: Definition) -> Version | None:
    """Return the version that this was compiled with, of the playbook that it adapts."""
    if not definition.extends:
        return None
    ancestor = definition.extends[0]
    known = Version.objects.playbooks().filter(artifact__slug=ancestor.playbook).only("pk", "source")
    return next((one for one in known if values.digest(one.source) == ancestor.digest), None)
