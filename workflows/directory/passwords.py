"""Passwords: an administrator gives a temporary one, its owner chooses their own. Either ends all other sessions."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from workflows.clock import database_clock
from workflows.directory.changing import By, Kind, Made, NotChanged, Outcome, make, wrong
from workflows.models import DirectoryEntry, Person
from workflows.writing import writing


def set_temporary(person: Person, by: By, password: str, at: datetime | None = None) -> Outcome:
    """Give somebody a password that they have to replace before anything else. The log says that it was set."""

    def write(person: Person) -> Made | NotChanged:
        if person.is_service:
            return NotChanged("bad-value", says := "A service account has no password.", {"password": says})
        if problem := judge(password, person):
            return problem
        person.set_password(password)
        person.password_is_temporary = True
        person.save(update_fields=["password", "password_is_temporary"])
        return Made(Kind.PASSWORD, detail="a temporary one")

    return make("set-password", person, by, write, at=at)


def change_own(person: Person, old: str, new: str, again: str) -> DirectoryEntry | NotChanged:
    """Let a person replace their password by another. Needs no right but the old password."""
    with writing():
        person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        if not person.is_active:
            return NotChanged("not-active", "This account is not active.")
        if not person.check_password(old):
            return NotChanged("bad-value", says := "This is not your password.", {"old": says})
        if new != again:
            return NotChanged("bad-value", says := "The two are not the same.", {"again": says})
        if new == old:
            return NotChanged("bad-value", says := "This is the old one. Choose another.", {"new": says})
        if problem := judge(new, person, "new"):
            return problem
        person.set_password(new)
        person.password_is_temporary = False
        person.save(update_fields=["password", "password_is_temporary"])
        return DirectoryEntry.objects.create(
            at=database_clock(), by=person.username, kind=Kind.PASSWORD, person=person, detail="their own"
        )


def judge(password: str, person: Person, name: str = "password") -> NotChanged | None:
    """Say what is wrong with a password for this person, at the input of that name."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        return wrong(error, name)
    return None
