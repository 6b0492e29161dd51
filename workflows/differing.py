"""What two versions of an artifact hold, and how that differs: of playbooks, decisions, policies and plans alike."""

from __future__ import annotations

import json

from pydantic import ValidationError

from engine.compiler import compile_text
from engine.definition import Definition, from_json
from engine.differences import Difference, compare
from engine.differences.documents import plans_of, policies_of, tables_of
from engine.language.plan import Plan
from engine.language.policy import Policy
from engine.tables import table as tables
from engine.tables.table import Table
from workflows.models import DECISION, PLAN, POLICY, Version

Content = Definition | Table | Policy | Plan


def content_of(version: Version) -> Content | None:
    """Return what a version holds; None of a draft whose text does not compile."""
    if version.kind in (POLICY, PLAN):
        found = compile_text(version.source).document
        return found if isinstance(found, Policy | Plan) else None
    try:
        stored = json.loads(version.definition or "null")
        if stored is None:
            return None
        return tables.from_json(stored) if version.kind == DECISION else from_json(stored)
    except (ValueError, ValidationError):
        return None


def between(before: Content, after: Content) -> Difference | None:
    """Compare two contents; None where they are not of one kind, so that nothing of them can be compared."""
    match before, after:
        case Definition(), Definition():
            return compare(before, after)
        case Table(), Table():
            return tables_of(before, after)
        case Policy(), Policy():
            return policies_of(before, after)
        case Plan(), Plan():
            return plans_of(before, after)
    return None
