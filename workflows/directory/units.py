"""Units: add one, change its details, move it with everything below.

A unit keeps its slug, which playbooks and logs name, and is never removed. What belongs to it (playbooks, runs, parts,
calendars) stays with it wherever it moves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from engine.problems import did_you_mean
from workflows import governing, guard
from workflows.calendars import Known
from workflows.clock import database_clock
from workflows.directory.changing import By, NotChanged, wrong
from workflows.guard import Verdict
from workflows.models import GovernanceEntry, Person, Unit
from workflows.policies.moving import broken_by_moving
from workflows.writing import writing_along

Kind = GovernanceEntry.Kind

#: What may be changed of a unit, with what it is called in the log.
DETAILS = {"title": "title", "kind": "kind", "calendar": "calendar", "decision_links": "decision links"}
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
SLUG_SAYS = "Small letters and digits, joined by - or _, at most 64: playbooks name the unit by it."
LONGEST_PATH = 1000

#: What a verb answers: the entry that was written, None where it was so already, or why nothing was changed.
Outcome = GovernanceEntry | None | NotChanged
#: What has been written: the unit, its kind and its detail for the log.
_Made = tuple[Unit, Kind, str]


def add(
    slug: str,
    by: By,
    details: Mapping[str, str | bool] | None = None,
    parent: Unit | None = None,
    at: datetime | None = None,
) -> Outcome:
    """Make a unit below another, or at the top."""
    slug = slug.strip()

    def write(tree: Mapping[int, Unit]) -> _Made | NotChanged:
        unit = Unit(slug=slug, parent=tree[parent.pk] if parent else None)
        if problem := _wrong_new(unit, {one.slug for one in tree.values()}) or fill(unit, details or {}):
            return problem
        unit.save()
        return unit, Kind.UNIT_ADDED, ""

    return _make(by, write, says=f"a unit `{slug}`", at=at)


def add_many(wanted: Mapping[str, tuple[Mapping[str, str | bool], str]], by: By) -> NotChanged | None:
    """Make units, by slug with the details of each and the slug of the unit above it (none: the top), which is there.

    A fixed number of statements, however many they are.
    """
    with writing_along():
        rows = Unit.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
        tree, known, made = {unit.slug: unit for unit in rows}, Known(), []
        if isinstance(by, Person):
            by = Person.objects.get(pk=by.pk)
            if not (verdict := guard.may_arrange(by)):
                governing.note(Kind.REFUSED, by, says=f"{len(wanted)} units", detail=verdict.sentence)
                return NotChanged(verdict.code, verdict.sentence)
        for slug, (details, parent) in wanted.items():
            unit = Unit(slug=slug, parent=tree[parent] if parent else None)
            if problem := _wrong_new(unit, tree) or fill(unit, details, known):
                return problem
            unit.path = (unit.parent.path if unit.parent else "/") + slug + "/"
            made.append(unit)
        Unit.objects.bulk_create(made)
        governing.note_each(Kind.UNIT_ADDED, by, made)
    return None


def _wrong_new(unit: Unit, known: Collection[str]) -> NotChanged | None:
    """Say why there cannot be a unit of this slug there."""
    if not is_slug(unit.slug):
        return NotChanged("bad-value", SLUG_SAYS, {"slug": SLUG_SAYS})
    if unit.slug in known:
        says = f"There is a unit `{unit.slug}` already: a name is never given twice."
        return NotChanged("taken", says, {"slug": says})
    if len(unit.parent.path if unit.parent else "/") + len(unit.slug) >= LONGEST_PATH:
        return NotChanged("bad-value", says := "It would stand too deep in the tree.", {"parent": says})
    return None


def change(unit: Unit, by: By, details: Mapping[str, str | bool], at: datetime | None = None) -> Outcome:
    """Change what these details name; what is as it was is not written."""

    def write(tree: Mapping[int, Unit]) -> _Made | NotChanged | None:
        there = tree[unit.pk]
        before = {name: getattr(there, name) for name in DETAILS}
        if problem := fill(there, details):
            return problem
        changed = [name for name in DETAILS if getattr(there, name) != before[name]]
        if not changed:
            return None
        there.save(update_fields=changed)
        was = (f"{DETAILS[name]}: {_said(getattr(there, name))} (was {_said(before[name])})" for name in changed)
        return there, Kind.UNIT_CHANGED, "; ".join(was)

    return _make(by, write, unit, at=at)


def move(
    unit: Unit, parent: Unit | None, by: By, at: datetime | None = None, *, although_broken: bool = False
) -> Outcome:
    """Let a unit stand below another, or at the top (None). All below it move along, in the same transaction.

    Where policies bind that what is published in it would break, it does not move, unless `although_broken`.
    """

    def write(tree: Mapping[int, Unit]) -> _Made | NotChanged | None:
        there, above = tree[unit.pk], tree[parent.pk] if parent else None
        if there.parent_id == (above.pk if above else None):
            return None
        if says := trouble(there, above, tree.values()):
            return NotChanged("circular", says, {"parent": says})
        broken = broken_by_moving(there, above, at or database_clock())
        if broken and not although_broken:
            return NotChanged("breaks-policy", says := " ".join(broken), {"although_broken": says})
        before = there.path
        there.parent = above
        there.save(update_fields=["parent", "path"])
        below = Unit.objects.filter(pk__in=[one.pk for one in tree.values() if _is_below(one, before)])
        below.update(path=Concat(Value(there.path), Substr(F("path"), len(before) + 1)))
        also = f", although: {' '.join(broken)}" if broken else ""
        return there, Kind.UNIT_MOVED, f"from {before} to {there.path}{also}"

    def may(by: Person, tree: Mapping[int, Unit]) -> Verdict:
        return guard.may_move(by, tree[unit.pk], tree[parent.pk] if parent else None)

    return _make(by, write, unit, may, at=at)


def trouble(unit: Unit, parent: Unit | None, units: Iterable[Unit]) -> str:
    """Say why a unit cannot stand there, or nothing."""
    if parent is None:
        return ""
    if parent.pk == unit.pk:
        return f"{unit.title} cannot stand below itself."
    if parent.path.startswith(unit.path):
        return f"{parent.title} stands below {unit.title} itself: move it out first."
    deepest = max((len(one.path) for one in units if one.path.startswith(unit.path)), default=len(unit.path))
    if deepest - len(unit.path) + len(parent.path) + len(unit.slug) + 1 > LONGEST_PATH:
        return "It would stand too deep in the tree."
    return ""


def is_slug(slug: str) -> bool:
    return len(slug) <= 64 and bool(_SLUG.fullmatch(slug))


def fill(unit: Unit, details: Mapping[str, str | bool], known: Collection[str] | None = None) -> NotChanged | None:
    """Put the details into the unit and judge them; other names in `details` are ignored.

    `known` are the calendars that there are, where they have been read.
    """
    for name in DETAILS.keys() & details.keys():
        value = details[name]
        setattr(unit, name, value.strip() if isinstance(value, str) else value)
    try:
        unit.full_clean(exclude=["parent", "path", "slug"], validate_unique=False)
    except ValidationError as error:
        if "kind" in error.error_dict:
            says = f"There is no kind `{unit.kind}`. Choose one of: {', '.join(Unit.Kind.values)}."
            error.error_dict["kind"] = [ValidationError(says)]
        return wrong(error)
    if unit.calendar and "calendar" in details and unit.calendar not in (known := known or Known()):
        says = f"There is no calendar `{unit.calendar}`. {did_you_mean(unit.calendar, known) or ''}".strip()
        return NotChanged("unknown-name", says, {"calendar": says})
    return None


def _make(
    by: By,
    change: Callable[[Mapping[int, Unit]], _Made | NotChanged | None],
    about: Unit | None = None,
    may: Callable[[Person, Mapping[int, Unit]], Verdict] = lambda by, tree: guard.may_arrange(by),
    says: str = "",
    at: datetime | None = None,
) -> Outcome:
    """Let `change` write to the tree as it is now, if `by` may, with one entry of the log; a refusal has one too.

    The whole tree is locked, so that two moves at once make no circle.
    """
    with writing_along():
        # NO KEY: rows that name a unit, such as runs, are written meanwhile
        rows = Unit.objects.select_for_update(no_key=True, of=("self",)).select_related("parent").order_by("pk")
        tree = {unit.pk: unit for unit in rows}
        if isinstance(by, Person):
            by = Person.objects.get(pk=by.pk)
            if not (verdict := may(by, tree)):
                governing.note(Kind.REFUSED, by, about, says=says, detail=verdict.sentence, at=at)
                return NotChanged(verdict.code, verdict.sentence)
        made = change(tree)
        if made is None or isinstance(made, NotChanged):
            return made
        unit, kind, detail = made
        return governing.note(kind, by, unit, detail=detail, at=at)


def _is_below(unit: Unit, path: str) -> bool:
    return unit.path != path and unit.path.startswith(path)


def _said(value: str | bool) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value or "none"
