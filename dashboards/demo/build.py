"""Build the demo, once: the organisation, the library as of a month ago, and everything that has happened since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import connection

from dashboards.demo import adaptations, away, organisation, past, plans, present, reviewed, rules, staged
from dashboards.demo.organisation import AUDITOR, PEOPLE
from dashboards.demo.stage import Stage
from runs import doorbell
from runs.clock import database_clock
from runs.models import Run
from runs.notices import governance, reading
from workflows import shipped
from workflows.models import Person


class NotHere(Exception):
    """The demo may not be built in this installation; the message says why and what to do."""


def build() -> bool:
    """Build the demo and return True; return False where it stands already. Raises `NotHere`."""
    if not settings.DEMO:
        raise NotHere("The demo is switched off: set PENSTOCK_DEMO=1, never where real work is done.")
    if Person.objects.filter(username=AUDITOR.username, email=organisation.address(AUDITOR)).exists():
        return False
    _only_here_alone()
    now = database_clock()
    with in_a_hurry(), doorbell.quiet():
        began = now - timedelta(days=past.DAYS + 1)
        organisation.found(began)
        owner = Person.objects.get(username=organisation.PROCESS_OWNER)
        for loaded in shipped.load(owner, at=began):
            if loaded.version is None:
                raise NotHere(f"The library is broken: {loaded.id} is not published.")
        rules.keep(began, now)
        adaptations.publish_them(owner, began, now)
        Stage(now).play([*past.stories(now), *present.stories(now)])
        away.say(now)
        plans.keep(now, began)
        reviewed.ask(now)
        staged.begin(now)
        while governance.tell():
            pass
        reading.past(now - timedelta(hours=12))
        organisation.employ(AUDITOR, began)
        organisation.give_passwords()
    return True


def _only_here_alone() -> None:
    """Raise `NotHere` where somebody has worked already, or where a demo was interrupted half way."""
    ours = {colleague.username for colleague in PEOPLE}
    if not ours >= set(Person.objects.values_list("username", flat=True)):
        raise NotHere(
            "There are people here that are not the demo's. Start without PENSTOCK_DEMO, or on another database."
        )
    if Run.objects.exists():
        raise NotHere("The demo was interrupted while it was being built. Empty the database and start again.")


@contextmanager
def in_a_hurry() -> Iterator[None]:
    """Do not wait for the disk at each of a thousand commits: a demo that a power cut spoils is built again."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")
            usual = cursor.fetchone()[0]
            hurry, calm = "PRAGMA synchronous=OFF", f"PRAGMA synchronous={usual}"
        else:
            hurry, calm = "SET synchronous_commit=off", "RESET synchronous_commit"
        cursor.execute(hurry)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(calm)
