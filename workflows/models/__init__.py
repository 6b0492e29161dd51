"""What could run: people, units, and the versioned documents they keep, review, publish and except."""

from workflows.models.artifact import DECISION, DOCUMENTS, PLAN, POLICY, Artifact, Version
from workflows.models.calendar import Calendar
from workflows.models.directory import DirectoryEntry
from workflows.models.exception import PolicyException
from workflows.models.governance import GovernanceEntry, Untold
from workflows.models.person import Person
from workflows.models.review import Opinion, Remark, Review
from workflows.models.rollout import Rollout
from workflows.models.unit import Part, Unit

__all__ = [
    "DECISION",
    "DOCUMENTS",
    "PLAN",
    "POLICY",
    "Artifact",
    "Calendar",
    "DirectoryEntry",
    "GovernanceEntry",
    "Opinion",
    "Part",
    "Person",
    "PolicyException",
    "Remark",
    "Review",
    "Rollout",
    "Unit",
    "Untold",
    "Version",
]
