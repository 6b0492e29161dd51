"""Who asks for a stream: the person of the session in the cookie, checked as Django checks every request.

The stream stands below Django's handler, so that an open one holds no request, no response and no middleware; what
these would have refused is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from workflows.models import Person


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in. `password` is what tells that it was changed meanwhile, which ends every other session.

    `time_zone` is the one in which their page was made: another one begins with their next page.
    """

    person: int
    time_zone: str
    session: str
    password: int


def is_our_host(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def visitor(cookies: str) -> tuple[Visitor, Person] | None:
    """Return who this is, or None where nobody may listen: signed out, deactivated, or with a password to replace."""
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    person = get_user(request)
    if not isinstance(person, Person) or not _may_listen(person.is_active, person.password_is_temporary):
        return None
    return Visitor(person.pk, person.time_zone, key, hash(person.password)), person


def left(visitors: Iterable[Visitor]) -> set[Visitor]:
    """Return those who are not signed in any more: signed out, run out, deactivated, a new password. Two queries."""
    here = set(visitors)
    sessions = set(
        Session.objects.filter(pk__in={one.session for one in here}, expire_date__gt=timezone.now()).values_list(
            "pk", flat=True
        )
    )
    columns = ("pk", "password", "is_active", "password_is_temporary")
    people = Person.objects.filter(pk__in={one.person for one in here}).values_list(*columns)
    passwords: Mapping[int, int] = {
        pk: hash(password) for pk, password, active, temporary in people if _may_listen(active, temporary)
    }
    return {one for one in here if one.session not in sessions or passwords.get(one.person) != one.password}


def _may_listen(is_active: bool, password_is_temporary: bool) -> bool:
    return is_active and not password_is_temporary


def give_back_connection() -> None:
    """Close what a thread of ours has opened; within a test's transaction it is the test's."""
    if not connection.in_atomic_block:
        connection.close()
