"""The number that says how much a version changes: `2.0.0` after `1.4.2` where a gate or an input is gone."""

from __future__ import annotations

import json

from engine import definition as definitions
from engine.definition import Definition
from engine.language.plan import Plan
from engine.language.policy import Policy
from engine.tables.table import Table
from workflows.models import DOCUMENTS, Version

FIRST = "1.0.0"


def proposed(before: Version | None, content: Definition | Table | Policy | Plan) -> str:
    """Return the number for what follows this version, from what is different."""
    if before is None:
        return FIRST
    if not isinstance(content, Definition) or before.kind in DOCUMENTS:
        return ""
    try:
        from engine.differences import compare
        from engine.differences.versions import proposed as following
    except ImportError:
        return ""
    was = definitions.from_json(json.loads(before.definition))
    number: str = following(before.semantic or FIRST, compare(was, content).level)
    return number
