"""What every verb of the directory stands in: one transaction, the guard asked in it, one entry of the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.core.exceptions import ValidationError
from django.db.models import Q

from workflows import guard
from workflows.clock import database_clock
from workflows.models import DirectoryEntry, Person
from workflows.writing import writing_along

log = structlog.get_logger()
LONGEST_DETAIL = 300
Kind = DirectoryEntry.Kind

#: Who changes it: a person, whose rights are asked; or the name of what does it without one (`penstock`, the demo).
By = Person | str


@dataclass(frozen=True, slots=True)
class NotChanged:
    """Nothing was changed, and why. `errors` are sentences by the name of the input they belong to."""

    code: str
    sentence: str
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """What a verb has written, for the log."""

    kind: DirectoryEntry.Kind
    about: str = ""
    detail: str = ""


#: What a verb answers: the entry that was written, None where it was so already, or why nothing was changed.
Outcome = DirectoryEntry | None | NotChanged


def make(
    act: guard.Change,
    person: Person,
    by: By,
    change: Callable[[Person], Made | NotChanged | None],
    about: str = "",
    at: datetime | None = None,
) -> Outcome:
    """Let `change` write to the person as they are now, if `by` may, and write what it made into the log.

    `person` may be one who is about to be added. Administrators and the person are locked first, in one order, so that
    two who remove each other cannot both succeed. `change` writes nothing where it answers `NotChanged` or None.
    `at` is for records made after the fact.
    """
    with writing_along():
        actor, subject = _locked(by, person)
        if actor is not None and not (verdict := guard.may_change(actor, act, subject)):
            _refused(actor, act, subject if subject.pk else actor, about, verdict, at)
            return NotChanged(verdict.code, verdict.sentence)
        made = change(subject)
        if made is None or isinstance(made, NotChanged):
            return made
        entry = DirectoryEntry.objects.create(
            at=at or database_clock(),
            by=actor.username if actor else by,
            kind=made.kind,
            person=subject,
            about=made.about,
            detail=_shortened(made.detail),
        )
    log.info("directory_changed", act=act, person=subject.username, about=made.about, by=entry.by)
    return entry


def _locked(by: By, person: Person) -> tuple[Person | None, Person]:
    """Read both as they are now; a person who is about to be added is returned as given."""
    wanted = {someone.pk for someone in (by, person) if isinstance(someone, Person) and someone.pk}
    # NO KEY: rows that name a person, such as votes, are written meanwhile
    rows = Person.objects.select_for_update(no_key=True).filter(Q(pk__in=wanted) | Q(is_superuser=True)).order_by("pk")
    found = {row.pk: row for row in rows}
    return found[by.pk] if isinstance(by, Person) else None, found.get(person.pk, person)


def _refused(
    actor: Person, act: guard.Change, about_whom: Person, about: str, verdict: guard.Verdict, at: datetime | None
) -> None:
    DirectoryEntry.objects.create(
        at=at or database_clock(),
        by=actor.username,
        kind=Kind.REFUSED,
        person=about_whom,
        about=about,
        detail=_shortened(f"{act}: {verdict.sentence}"),
    )
    log.warning("directory_refused", act=act, person=about_whom.username, about=about, by=actor.username)


def wrong(error: ValidationError, otherwise: str = "") -> NotChanged:
    """Return what a model or a validator found wrong, by the inputs; what belongs to none stands under `otherwise`."""
    if hasattr(error, "error_dict"):
        errors = {name: " ".join(found) for name, found in error.message_dict.items()}
    else:
        errors = {otherwise: " ".join(error.messages)}
    return NotChanged("bad-value", " ".join(errors.values()), errors)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_DETAIL else text[: LONGEST_DETAIL - 1] + "…"
