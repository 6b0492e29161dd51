"""What a version holds, whatever its kind: what a document compiled to, and the columns that it fills."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine import definition as definitions
from engine import values
from engine.definition import Definition
from engine.language import stored
from engine.language.plan import Plan
from engine.language.policy import Policy
from engine.tables import table as tables
from engine.tables.table import Table
from workflows.models import DECISION, PLAN, POLICY

Content = Definition | Table | Policy | Plan
#: What not every kind has.
NOTHING = {"domain": "", "risk": "", "maturity": "", "tags": "", "review_days": None, "has_triggers": False}
_DAY = timedelta(days=1)


def slug(content: Content) -> str:
    """Return the id in the document's first line."""
    if isinstance(content, Definition):
        return content.playbook
    return content.decision if isinstance(content, Table) else content.id


def word(content: Content) -> str:
    """Return the word of the document's first line: `playbook`, `decision`, `policy` or `plan`."""
    if isinstance(content, Definition):
        return "playbook"
    return DECISION if isinstance(content, Table) else POLICY if isinstance(content, Policy) else PLAN


def digest(content: Content) -> str:
    return content.digest if isinstance(content, Definition | Table) else stored.digest(content)


def columns(content: Content) -> dict[str, Any]:
    """Return what the row of a version says of it, and how it is stored: every column, whatever stood there before."""
    common = NOTHING | {"title": content.title, "summary": content.summary}
    if isinstance(content, Definition):
        return common | {
            "kind": content.kind,
            "domain": content.domain,
            "risk": content.risk,
            "maturity": content.maturity,
            "definition": values.canonical(definitions.to_json(content)).decode(),
            "tags": _tags(content.tags),
            "review_days": max(1, -(-every // _DAY)) if (every := content.review_every) else None,
            "has_triggers": bool(content.schedules or content.webhooks),
        }
    if isinstance(content, Table):
        written = values.canonical(tables.to_json(content)).decode()
        return common | {
            "kind": DECISION,
            "domain": content.domain,
            "tags": _tags(content.tags),
            "definition": written,
        }
    return common | {"kind": word(content), "definition": values.canonical(stored.to_json(content)).decode()}


def _tags(tags: tuple[str, ...]) -> str:
    return f" {' '.join(tags)} " if tags else ""
