"""What two versions of an artifact hold, and how that differs: of playbooks, decisions, policies and plans alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from engine.definition import Definition, from_json
from engine.differences import Difference, compare
from engine.differences.documents import plans_of, policies_of, tables_of
from engine.language.plan import Plan
from engine.language.plan import from_json as plan_from_json
from engine.language.policy import Policy
from engine.language.stored import policy_from_json
from engine.tables import table as tables
from engine.tables.table import Table
from workflows.contents import Content
from workflows.models import DECISION, PLAN, POLICY, Version

#: What is no playbook, by its kind.
_READERS: Mapping[str, Callable[[Mapping[str, Any]], Content]] = {
    DECISION: tables.from_json,
    POLICY: policy_from_json,
    PLAN: plan_from_json,
}


def content_of(version: Version) -> Content | None:
    """Return what a version holds; None of a draft whose text does not compile."""
    try:
        stored = json.loads(version.definition or "null")
        if stored is None:
            return None
        return _READERS.get(version.kind, from_json)(stored)
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
