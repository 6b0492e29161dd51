"""The verbs of saved views: keep, change, remove; who may, and why not. What a view filters is `board.filters`' to say.

A view is a name for an address. Nothing of a run changes here, so it stands in the application's log, in no run's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import structlog
from django.utils import timezone

from dashboards.board import filters as asked
from dashboards.board.known import Known
from dashboards.models import SavedView
from dashboards.models.saved_view import LONGEST_NAME
from engine.machine.commands import Refusal
from runs.guard import YES, Verdict
from runs.outcomes import FieldErrors
from workflows.models import Person, Unit
from workflows.writing import writing

#: So many views one person keeps.
MOST = 50
NAMELESS = "Give the view a name, so that you find it again."
TOO_LONG = f"A name has at most {LONGEST_NAME} characters."
DOUBLE = "You keep a view of that name already. Choose another, or save over the one you have."
TOO_MANY = f"You keep {MOST} views already, and that is the limit. Remove one that you no longer need."
NOT_THERE = "You can share a view only with a unit in which you have a part."

log = structlog.get_logger("penstock.views")


def may(person: Person, act: Literal["open", "change", "remove"], view: SavedView) -> Verdict:
    """Say whether this person may do this to a view that they see: whoever keeps it changes it, all others open it."""
    if not person.is_active:
        return Verdict(False, "not-active", "This account is not active.")
    if act == "open" or view.owner_id == person.pk:
        return YES
    return Verdict(False, "not-yours", f"Only {view.owner}, who shares this view, can {act} it: save one like it.")


def keep(person: Person, name: str, query: str, unit: str = "") -> SavedView | FieldErrors:
    """Keep the filters of this address under a name, for oneself or shared with a unit (its slug)."""
    name, known, now = _tidy(name), Known(person), timezone.now()
    with writing():
        names = list(SavedView.objects.filter(owner=person).values_list("name", flat=True))
        errors = _wrong(name, names, unit, known)
        if len(names) >= MOST:
            errors["name"] = TOO_MANY
        if errors:
            return errors
        view = SavedView.objects.create(
            owner=person,
            name=name,
            query=asked.read_query(query, known).query(),
            unit=Unit.objects.filter(slug=unit).first(),
            created_at=now,
            changed_at=now,
        )
    log.info("view_kept", view=view.pk, unit=unit)
    return view


def change(
    view: SavedView, person: Person, name: str | None = None, query: str | None = None, unit: str | None = None
) -> SavedView | Refusal | FieldErrors:
    """Change what is given of one's own view: its name, its filters, the unit it is shared with (empty: none)."""
    if not (verdict := may(person, "change", view)):
        return Refusal(verdict.code, verdict.sentence)
    new, known = view.name if name is None else _tidy(name), Known(person)
    with writing():
        others = SavedView.objects.filter(owner=person).exclude(pk=view.pk).values_list("name", flat=True)
        is_as_it_was = view.unit is not None and view.unit.slug == unit
        errors = _wrong(new, others, "" if is_as_it_was else unit or "", known)
        if errors:
            return errors
        view.name, view.changed_at = new, timezone.now()
        if query is not None:
            view.query = asked.read_query(query, known).query()
        if unit is not None and not is_as_it_was:
            view.unit = Unit.objects.filter(slug=unit).first()
        view.save()
    log.info("view_changed", view=view.pk, unit=view.unit.slug if view.unit else "")
    return view


def remove(view: SavedView, person: Person) -> Refusal | None:
    """Remove one's own view; the runs that it showed stay as they are."""
    if not (verdict := may(person, "remove", view)):
        return Refusal(verdict.code, verdict.sentence)
    number = view.pk
    with writing():
        view.delete()
    log.info("view_removed", view=number)
    return None


def _tidy(name: str) -> str:
    return " ".join(name.replace("\0", " ").split())


def _wrong(name: str, others: Iterable[str], unit: str, known: Known) -> FieldErrors:
    errors = FieldErrors()
    if not name:
        errors["name"] = NAMELESS
    elif len(name) > LONGEST_NAME:
        errors["name"] = TOO_LONG
    elif name.casefold() in {other.casefold() for other in others}:
        errors["name"] = DOUBLE
    if unit and unit not in known.own_units:
        errors["unit"] = NOT_THERE
    return errors
