"""What every verb of the directory stands in: one transaction, the guard asked in it, one entry of the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
#: So many rows are written by one statement.
BATCH = 1000
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
#: What a verb for many answers: the entries, of those with whom it was not so already, or why nothing was changed.
Many = Sequence[DirectoryEntry] | NotChanged


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


def make_many(
    act: guard.Change,
    people: Sequence[Person],
    by: By,
    change: Callable[[Mapping[str, Person]], Mapping[str, Sequence[Made]] | NotChanged],
) -> Many:
    """Do the same to many people in a fixed number of statements: what `make` is to one.

    `change` is given them by username, as they are now, and answers what it made of whom. One who may not be changed
    by `by` keeps all from being changed.
    """
    with writing_along():
        at = database_clock()
        actor, found = _all_locked(by, people)
        for person in found.values() if actor is not None else ():
            if not (verdict := guard.may_change(actor, act, person)):
                _refused(actor, act, person if person.pk else actor, person.username, verdict, at)
                return NotChanged(verdict.code, f"{person.username}: {verdict.sentence}")
        made = change(found)
        if isinstance(made, NotChanged):
            return made
        name = actor.username if actor else str(by)
        entries = DirectoryEntry.objects.bulk_create(
            [
                DirectoryEntry(
                    at=at, by=name, kind=one.kind, person=found[who], about=one.about, detail=_shortened(one.detail)
                )
                for who, each in made.items()
                for one in each
            ],
            batch_size=BATCH,
        )
    log.info("directory_changed", act=act, people=len(made), entries=len(entries), by=name)
    return entries


def _all_locked(by: By, people: Sequence[Person]) -> tuple[Person | None, dict[str, Person]]:
    """Read all as they are now, locked in one order; those who are about to be added are returned as given."""
    wanted = {person.pk for person in people if person.pk}
    administrators = Q(is_superuser=True) | Q(pk=by.pk if isinstance(by, Person) else None)
    rows = list(Person.objects.select_for_update(no_key=True).filter(administrators | Q(pk__in=wanted)).order_by("pk"))
    there = {row.pk: row for row in rows}
    found = {person.username: there.get(person.pk, person) for person in people}
    return there[by.pk] if isinstance(by, Person) else None, found


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
