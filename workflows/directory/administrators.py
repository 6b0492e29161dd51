"""Administrators: who may change the directory. That gives no right over runs, gates or playbooks."""

from __future__ import annotations

from datetime import datetime

from workflows import guard
from workflows.directory.changing import By, Kind, Made, NotChanged, Outcome, make
from workflows.models import Person


def appoint(person: Person, by: By, at: datetime | None = None) -> Outcome:
    """Give somebody administrator's rights."""

    def write(person: Person) -> Made | NotChanged | None:
        if person.is_service:
            return NotChanged("service", "A service account cannot be an administrator.")
        if not person.is_active:
            return NotChanged("not-active", f"{person} is not active: activate the account first.")
        return _set(person, True)

    return make("make-administrator", person, by, write, at=at)


def dismiss(person: Person, by: By, at: datetime | None = None) -> Outcome:
    """Take administrator's rights away; never the last one's."""

    def write(person: Person) -> Made | NotChanged | None:
        if not (verdict := guard.may_lose_an_administrator(person)):
            return NotChanged(verdict.code, verdict.sentence)
        return _set(person, False)

    return make("unmake-administrator", person, by, write, at=at)


def _set(person: Person, is_administrator: bool) -> Made | None:
    # Django's own two words for it: both together open the admin, and neither is ever given alone
    if (person.is_superuser, person.is_staff) == (is_administrator, is_administrator):
        return None
    person.is_superuser = person.is_staff = is_administrator
    person.save(update_fields=["is_superuser", "is_staff"])
    return Made(Kind.ADMINISTRATOR, detail="given" if is_administrator else "taken")
