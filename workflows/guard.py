"""Who may write and publish playbooks, and why not.

Parts are rows (unit, person, part) and hold for the unit and everything below it. Questions about runs are
answered by `runs.guard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflows.models import Part, Person, Unit

Act = Literal["author", "publish"]

#: The parts that allow an act.
PARTS: dict[Act, frozenset[str]] = {
    "author": frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER}),
    "publish": frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER}),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Truthy when allowed. `code` is `not-active` or `not-in-part`, empty when allowed."""

    allowed: bool
    code: str = ""
    sentence: str = ""

    def __bool__(self) -> bool:
        return self.allowed


def may(person: Person, act: Act, unit: Unit) -> Verdict:
    """Decide whether this person may write or publish playbooks of this unit now."""
    if not person.is_active:
        return Verdict(False, "not-active", "This account is not active.")
    if person.parts.filter(part__in=PARTS[act], unit__path__in=_at_and_above(unit)).exists():
        return Verdict(True)
    return Verdict(
        False,
        "not-in-part",
        f"Only authors and process owners of {unit.title}, or of a unit above it, may {act} its playbooks.",
    )


def _at_and_above(unit: Unit) -> list[str]:
    slugs = unit.path.strip("/").split("/")
    return ["/" + "/".join(slugs[: depth + 1]) + "/" for depth in range(len(slugs))]
