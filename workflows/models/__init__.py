"""What could run: people, units, and the versioned playbooks and decisions they keep."""

from workflows.models.artifact import DECISION, Artifact, Version
from workflows.models.calendar import Calendar
from workflows.models.directory import DirectoryEntry
from workflows.models.person import Person
from workflows.models.unit import Part, Unit

__all__ = ["DECISION", "Artifact", "Calendar", "DirectoryEntry", "Part", "Person", "Unit", "Version"]
