"""What could run: people, units, and the versioned playbooks they keep."""

from workflows.models.artifact import Artifact, Version
from workflows.models.person import Person
from workflows.models.unit import Part, Unit

__all__ = ["Artifact", "Part", "Person", "Unit", "Version"]
