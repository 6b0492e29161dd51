"""Accounts: add one, change its details, let it in, shut it out.

A username is never changed and never given again, and nobody is deleted: their name stands in logs and playbooks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

from engine.machine.events import ENGINE
from workflows import guard
from workflows.directory.changing import BATCH, By, Kind, Made, Many, NotChanged, Outcome, make, make_many, wrong
from workflows.directory.passwords import judge
from workflows.models import Person

#: What may be changed of an account, with what it is called in the log.
DETAILS = {
    "first_name": "first name",
    "last_name": "last name",
    "email": "e-mail",
    "job_title": "job title",
    "time_zone": "time zone",
}
#: `bulk_update` writes one CASE for each column and row, which grows with the square.
SOME = 100
#: Names that stand in logs for what acts without a person.
RESERVED = frozenset({ENGINE, "penstock", "createsuperuser"})


def add(
    username: str,
    by: By,
    details: Mapping[str, str] | None = None,
    password: str = "",
    is_service: bool = False,
    at: datetime | None = None,
) -> Outcome:
    """Make an account, without groups or parts. Its first password is temporary; without one nobody signs in with it.

    That it is a program's account is said now or never: a person's votes and a program's acts never share a name.
    """
    username = username.strip()

    def write(person: Person) -> Made | NotChanged:
        if username.lower() in RESERVED:
            return NotChanged("taken", taken := f"`{username}` stands for Penstock itself.", {"username": taken})
        if Person.objects.filter(username__iexact=username).exists():
            taken = f"Somebody signs in as `{username}` already, or did: a name is never given twice."
            return NotChanged("taken", taken, {"username": taken})
        if is_service and password:
            return NotChanged("bad-value", says := "A service account has no password.", {"password": says})
        if problem := fill(person, details or {}) or (judge(password, person) if password else None):
            return problem
        person.set_password(password or None)
        person.password_is_temporary = bool(password)
        person.save()
        return Made(Kind.ADDED, detail="service account" if is_service else "")

    return make("add", Person(username=username, is_service=is_service), by, write, about=username, at=at)


def add_many(wanted: Mapping[str, Mapping[str, str]], by: By) -> Many:
    """Make accounts of people, by username with the details of each; nobody has a password."""

    def write(people: Mapping[str, Person]) -> Mapping[str, Sequence[Made]] | NotChanged:
        given = {name.lower() for name in Person.objects.values_list("username", flat=True)}
        for name, person in people.items():
            if name.lower() in given | RESERVED:
                says = f"Somebody signs in as `{name}` already, or did: a name is never given twice."
                return NotChanged("taken", says, {"username": says})
            if problem := fill(person, wanted[name]):
                return problem
            person.set_password(None)
        Person.objects.bulk_create(people.values(), batch_size=BATCH)
        return {name: [Made(Kind.ADDED)] for name in people}

    return make_many("add", [Person(username=name) for name in wanted], by, write)


def change_many(wanted: Mapping[str, Mapping[str, str]], by: By) -> Many:
    """Change what the details of each name, by username; what is as it was is not written."""

    def write(people: Mapping[str, Person]) -> Mapping[str, Sequence[Made]] | NotChanged:
        made: dict[str, Sequence[Made]] = {}
        changed: set[str] = set()
        for name, person in people.items():
            before = {detail: getattr(person, detail) for detail in DETAILS}
            if problem := fill(person, wanted[name]):
                return problem
            if said := _changed(person, before):
                made[name] = [Made(Kind.CHANGED, detail=said)]
                changed |= {detail for detail in DETAILS if getattr(person, detail) != before[detail]}
        if changed:
            Person.objects.bulk_update([people[name] for name in made], sorted(changed), batch_size=SOME)
        return made

    return make_many("change", list(Person.objects.filter(username__in=wanted)), by, write)


def _changed(person: Person, before: Mapping[str, str]) -> str:
    """Say which details are different, for the log."""
    changed = [name for name in DETAILS if getattr(person, name) != before[name]]
    was = (f"{DETAILS[name]}: {getattr(person, name) or 'none'} (was {before[name] or 'none'})" for name in changed)
    return "; ".join(was)


def change(person: Person, by: By, details: Mapping[str, str], at: datetime | None = None) -> Outcome:
    """Change what these details name; what is as it was is not written."""

    def write(person: Person) -> Made | NotChanged | None:
        before = {name: getattr(person, name) for name in DETAILS}
        if problem := fill(person, details):
            return problem
        changed = [name for name in DETAILS if getattr(person, name) != before[name]]
        if not changed:
            return None
        person.save(update_fields=changed)
        return Made(Kind.CHANGED, detail=_changed(person, before))

    return make("change", person, by, write, at=at)


def activate(person: Person, by: By, at: datetime | None = None) -> Outcome:
    """Let somebody back in, with the groups and parts they had. They need a new password."""

    def write(person: Person) -> Made | None:
        if person.is_active:
            return None
        person.is_active = True
        person.save(update_fields=["is_active"])
        return Made(Kind.ACTIVATED)

    return make("activate", person, by, write, at=at)


def deactivate(person: Person, by: By, at: datetime | None = None) -> Outcome:
    """Shut somebody out: every right is gone with this commit, and so are their sessions, for good.

    Sessions hold a hash of the password, so they end with it; otherwise they would live again with the account.
    """

    def write(person: Person) -> Made | NotChanged | None:
        if not person.is_active:
            return None
        if not (verdict := guard.may_lose_an_administrator(person)):
            return NotChanged(verdict.code, verdict.sentence)
        if not (verdict := guard.may_lose_a_process_owner(person)):
            return NotChanged(verdict.code, verdict.sentence)
        person.is_active = False
        person.set_unusable_password()
        person.save(update_fields=["is_active", "password"])
        return Made(Kind.DEACTIVATED)

    return make("deactivate", person, by, write, at=at)


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones; to find them, every file of them is opened."""
    return frozenset(available_timezones())


def fill(person: Person, details: Mapping[str, str]) -> NotChanged | None:
    """Put the details into the person and judge them; other names in `details` are ignored."""
    for name in DETAILS.keys() & details.keys():
        setattr(person, name, details[name].strip())
    try:
        person.full_clean(exclude=["password"], validate_unique=False)
    except ValidationError as error:
        return wrong(error)
    if person.time_zone not in _zones():
        says = f"`{person.time_zone}` is no time zone. Write it as `Europe/Amsterdam`."
        return NotChanged("bad-value", says, {"time_zone": says})
    return None
