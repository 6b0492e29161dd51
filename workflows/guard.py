"""Who may write and publish playbooks, keep calendars, arrange units, change accounts and memberships; and why not.

Parts are rows (unit, person, part) and hold for the unit and everything below it; administrators are so for the whole
installation. Questions about runs are answered by `runs.guard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflows.models import Part, Person, Unit
from workflows.models.unit import READERS

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
    """Truthy when allowed. `code` is empty then, else `not-active`, `not-in-part`, `not-administrator`, `own-rights`
    or `last-administrator`."""

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


#: What changes the directory: accounts, and who is in what. Those that change what the person may do are RIGHTS.
Change = Literal[
    "add",
    "change",
    "set-password",
    "activate",
    "deactivate",
    "join",
    "leave",
    "give-part",
    "take-part",
    "make-administrator",
    "unmake-administrator",
]
RIGHTS: frozenset[Change] = frozenset(
    {"activate", "deactivate", "join", "leave", "give-part", "take-part", "make-administrator", "unmake-administrator"}
)


def may_change(by: Person, act: Change, person: Person | None = None) -> Verdict:
    """Decide whether `by` may do this to the person's account now; without a person, whether to anybody's at all.

    Four eyes: nobody changes their own rights, an administrator no more than others. Nor does an administrator set
    their own password here, where the old one is not asked.
    """
    if not by.is_active:
        return Verdict(False, "not-active", "This account is not active.")
    if not is_administrator(by):
        return Verdict(False, "not-administrator", "Only administrators change accounts, groups and parts.")
    if person is None or person.pk != by.pk:
        return Verdict(True)
    if act in RIGHTS:
        return Verdict(False, "own-rights", "Nobody changes their own rights: ask another administrator.")
    if act == "set-password":
        return Verdict(False, "own-rights", "Change your own password on your own page, where the old one is asked.")
    return Verdict(True)


def may_arrange(by: Person) -> Verdict:
    """Decide whether `by` may add, change and move units, and import units and people, now."""
    if not by.is_active:
        return Verdict(False, "not-active", "This account is not active.")
    if not is_administrator(by):
        return Verdict(False, "not-administrator", "Only administrators add, change and move units, and import.")
    return Verdict(True)


def may_move(by: Person, unit: Unit, parent: Unit | None) -> Verdict:
    """Decide whether `by` may move this unit there. Parts come from above, and nobody changes their own rights."""
    if not (verdict := may_arrange(by)):
        return verdict
    before, after = ((above.paths if above else ()) for above in (unit.parent, parent))
    held = by.parts.filter(unit__path__in={*before, *after}).values_list("part", "unit__path")
    if {part for part, path in held if path in before} != {part for part, path in held if path in after}:
        says = f"It would change what you may do in {unit.title} yourself: ask another administrator."
        return Verdict(False, "own-rights", says)
    return Verdict(True)


def may_lose_an_administrator(person: Person) -> Verdict:
    """Decide whether this administrator may go: somebody must be left who can add and remove others."""
    others = Person.objects.filter(is_active=True, is_superuser=True, is_service=False).exclude(pk=person.pk)
    if not is_administrator(person) or others.exists():
        return Verdict(True)
    return Verdict(False, "last-administrator", f"{person} is the last active administrator, and somebody has to be.")


def may_read_directory(person: Person) -> bool:
    """Say whether this person may look at people, groups and the directory's log."""
    return person.is_active and (is_administrator(person) or person.parts.filter(part__in=READERS).exists())


def is_administrator(person: Person) -> bool:
    return person.is_active and person.is_superuser and not person.is_service
