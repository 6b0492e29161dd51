"""Who may write and publish playbooks and keep calendars, and why not.

Parts are rows (unit, person, part) and hold for the unit and everything below it. Questions about runs are
answered by `runs.guard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflows.models import Part, Person, Unit

Act = Literal["author", "publish", "keep-calendar"]

#: The parts that allow an act.
PARTS: dict[Act, frozenset[str]] = {
    "author": frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER}),
    "publish": frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER}),
    "keep-calendar": frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER}),
}
_WORDS: dict[Act, str] = {
    "author": "author its playbooks",
    "publish": "publish its playbooks",
    "keep-calendar": "keep its calendars",
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
    """Decide whether this person may write or publish playbooks of this unit, or keep its calendars, now."""
    if not person.is_active:
        return Verdict(False, "not-active", "This account is not active.")
    if person.parts.filter(part__in=PARTS[act], unit__path__in=unit.paths).exists():
        return Verdict(True)
    return Verdict(
        False,
        "not-in-part",
        f"Only authors and process owners of {unit.title}, or of a unit above it, may {_WORDS[act]}.",
    )
