"""Who may write, review, publish and roll out, keep calendars, plans and units, change accounts; and why not.

Parts are rows (unit, person, part) and hold for the unit and everything below it; administrators are so for the whole
installation. Questions about runs are answered by `runs.guard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflows import owners
from workflows.models import Artifact, Part, Person, Review, Unit, Version
from workflows.models.unit import READERS
from workflows.owners import Owner

Act = Literal[
    "author",
    "publish",
    "roll-out",
    "keep-calendar",
    "keep-plan",
    "publish-policy",
    "except",
    "retire",
    "confirm",
    "hand-over",
]

#: The parts that allow an act.
PARTS: dict[Act, frozenset[str]] = {
    "author": frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER}),
    "publish": frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER}),
    "roll-out": frozenset({Part.Kind.PROCESS_OWNER}),
    "keep-calendar": frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER}),
    "keep-plan": frozenset({Part.Kind.PROCESS_OWNER}),
    "publish-policy": frozenset({Part.Kind.PROCESS_OWNER}),
    "except": frozenset({Part.Kind.PROCESS_OWNER}),
    "retire": frozenset({Part.Kind.PROCESS_OWNER}),
    "confirm": frozenset({Part.Kind.PROCESS_OWNER}),
    "hand-over": frozenset({Part.Kind.PROCESS_OWNER}),
}
_WORDS: dict[Act, str] = {
    "author": "write its playbooks",
    "publish": "publish its playbooks",
    "roll-out": "roll out its playbooks",
    "keep-calendar": "keep its calendars",
    "keep-plan": "say which runs deliver its plans",
    "publish-policy": "publish its policies",
    "except": "decide on exceptions from its policies",
    "retire": "retire what it has published",
    "confirm": "say that what it has published is still right",
    "hand-over": "say who owns what it has published",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Truthy when allowed. `code` is empty then, else `not-active`, `not-in-part`, `not-administrator`, `own-rights`,
    `own-request`, `last-administrator`, `last-process-owner`, `own-version`, `service`, `excluded` or `not-yours`."""

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
    parts = " and ".join(f"{Part.Kind(part).label.lower()}s" for part in sorted(PARTS[act]))
    return Verdict(False, "not-in-part", f"Only {parts} of {unit.title}, or of a unit above it, may {_WORDS[act]}.")


def may_keep_plan(person: Person, plan: Artifact, owner: Owner) -> Verdict:
    """Decide whether this person may say which runs deliver a plan: process owners, and whoever the plan names."""
    verdict = may(person, "keep-plan", plan.unit)
    if verdict or not person.is_active:
        return verdict
    if plan.owner_id == person.pk or owners.is_owner(person, owner):
        return Verdict(True)
    return Verdict(False, verdict.code, f"{verdict.sentence} So may the plan’s owner, {owner.title}.")


def may_except(person: Person, unit: Unit, asked_by: Person | None = None) -> Verdict:
    """Decide whether this person may let a playbook off a policy of this unit, or end that, now.

    Four eyes: who asked for an exception does not decide on it. To end one nobody asked is needed.
    """
    verdict = may(person, "except", unit)
    if verdict and asked_by is not None and asked_by.pk == person.pk:
        return Verdict(False, "own-request", "You asked for this exception: another process owner decides on it.")
    return verdict


def allowed(person: Person, unit: Unit) -> frozenset[Act]:
    """Return what this person may do in a unit: what a page offers, in one statement."""
    if not person.is_active:
        return frozenset()
    held = set(person.parts.filter(unit__path__in=unit.paths).values_list("part", flat=True))
    return frozenset(act for act, parts in PARTS.items() if not parts.isdisjoint(held))


def may_confirm(person: Person, artifact: Artifact) -> Verdict:
    """Decide whether this person may say that it is still right: its owner, or a process owner of its unit."""
    if person.is_active and artifact.owner_id == person.pk:
        return Verdict(True)
    return may(person, "confirm", artifact.unit)


#: Who reads what is not published yet, besides its author and those who may review it.
_READERS_OF_DRAFTS = frozenset({Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER, Part.Kind.AUDITOR})


def may_read_draft(person: Person, version: Version) -> bool:
    """Say whether this person may read a version that is not published, with its reviews."""
    return _is_near(person, version, _READERS_OF_DRAFTS)


def may_remark(person: Person, version: Version) -> bool:
    """Say whether this person may write remarks on it: whoever reads it but auditors, who change nothing."""
    return _is_near(person, version, PARTS["author"])


def _is_near(person: Person, version: Version, parts: frozenset[str]) -> bool:
    """Say whether somebody wrote the version, has one of these parts in its unit or above, or may review it."""
    if not person.is_active:
        return False
    unit = version.artifact.unit
    if version.author_id == person.pk:
        return True
    if person.parts.filter(part__in=parts, unit__path__in=unit.paths).exists():
        return True
    return any(is_one_of(person, review.approvers, unit) for review in version.reviews.all())


def may_change_draft(person: Person, version: Version) -> Verdict:
    """Decide whether this person may go on writing this draft: only whoever wrote it, while they are an author."""
    if not (verdict := may(person, "author", version.artifact.unit)):
        return verdict
    if version.author_id == person.pk:
        return verdict
    return Verdict(False, "not-yours", f"This is {version.author}’s draft: only they change it.")


def may_review(person: Person, review: Review) -> Verdict:
    """Decide whether this person may say now whether a version is good: never its author, whoever they are."""
    unit = review.version.artifact.unit
    if not person.is_active:
        return Verdict(False, "not-active", "This account is not active.")
    if person.is_service:
        return Verdict(False, "service", "A service account reviews nothing.")
    if person.pk in (review.version.author_id, review.opened_by_id):
        return Verdict(False, "own-version", "Whoever wrote a version does not review it: somebody else has to.")
    if is_one_of(person, review.exclude, unit):
        return Verdict(False, "excluded", f"{review.rule} That leaves out {listed(review.exclude)}.")
    if not is_one_of(person, review.approvers, unit):
        return Verdict(False, "not-in-part", f"{review.rule} Only {listed(review.approvers)} may review it.")
    return Verdict(True)


def is_one_of(person: Person, names: str, unit: Unit) -> bool:
    """Say whether somebody has one of these parts in the unit or above, or is in one of these groups."""
    parts, groups = parts_and_groups(names)
    if parts and person.parts.filter(part__in=parts, unit__path__in=unit.paths).exists():
        return True
    return bool(groups) and person.groups.filter(name__in=groups).exists()


def parts_and_groups(names: str) -> tuple[list[str], list[str]]:
    """Tell parts from groups among names with commas between: `process-owner`, as a policy writes it, is the part."""
    given = [name.strip() for name in names.split(",") if name.strip() and name.strip() != "author"]
    parts = [name.replace("-", "_") for name in given if name.replace("-", "_") in Part.Kind.values]
    return parts, [name for name in given if name.replace("-", "_") not in Part.Kind.values]


def listed(names: str) -> str:
    """Write parts and groups for reading: `process owners or release managers`."""
    words = [name.strip().replace("_", " ").replace("-", " ") for name in names.split(",") if name.strip()]
    plural = [word if word.endswith("s") else f"{word}s" for word in words]
    return " or ".join([", ".join(plural[:-1]), plural[-1]]) if len(plural) > 1 else "".join(plural)


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


def may_lose_a_process_owner(person: Person, unit: Unit | None = None) -> Verdict:
    """Decide whether somebody may cease to be process owner of this unit, or of every one where none is named.

    Where a unit keeps anything, somebody has to be left who answers for it: there, or in a unit above.
    """
    held = person.parts.filter(part=Part.Kind.PROCESS_OWNER).select_related("unit")
    going = [part.unit for part in (held if unit is None else held.filter(unit=unit))]
    left = Part.objects.select_for_update(no_key=True, of=("self",)).filter(part=Part.Kind.PROCESS_OWNER)
    left = left.filter(person__is_active=True, person__is_service=False).exclude(unit__in=going, person=person)
    paths = set(left.order_by("pk").values_list("unit__path", flat=True))
    for one in going:
        keeping = Unit.objects.filter(path__startswith=one.path, artifacts__isnull=False).distinct()
        if bare := next((kept for kept in keeping if paths.isdisjoint(kept.paths)), None):
            says = f"{person} is the last process owner of {bare.title}, and somebody has to answer for what it keeps."
            return Verdict(False, "last-process-owner", f"{says} Make somebody else process owner there first.")
    return Verdict(True)


def may_read_directory(person: Person) -> bool:
    """Say whether this person may look at people, groups and the directory's log."""
    return person.is_active and (is_administrator(person) or person.parts.filter(part__in=READERS).exists())


#: Who looks after what a unit and those below it keep: it shows them the page of governance, and its log.
GOVERNING = frozenset({Part.Kind.AUDITOR, Part.Kind.PROCESS_OWNER, Part.Kind.AUTHOR})


def governed(person: Person) -> tuple[str, ...]:
    """Return the units whose governance this person may look at, with what is below, by their paths. One statement."""
    if not person.is_active:
        return ()
    return tuple(person.parts.filter(part__in=GOVERNING).values_list("unit__path", flat=True).distinct())


def is_administrator(person: Person) -> bool:
    return person.is_active and person.is_superuser and not person.is_service
