"""What happens in the product while it is watched, as a script with the product's settings.

`people N` makes so many people with a session each and prints their cookies. `change RATE SECONDS` lets engineers take
tasks and give them back at that rate, through the real verbs, and prints a line for each: run, whether it was taken,
and the moments before the verb was called and after it had committed (of the clock that all processes here share).
"""

from __future__ import annotations

import json
import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboards.settings")

import django

django.setup()

from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import Q

from dashboards.sessions import SessionStore
from runs import claim
from runs.models import Step
from runs.outcomes import is_accepted
from workflows.models import Part, Person, Unit

ZONES = ("Europe/Amsterdam", "Asia/Tokyo", "America/New_York")
TAKER = "ines"
RUNS = 60


def people(count: int) -> None:
    """Engineers in three zones, every fifth an operator of everything."""
    engineers, root = Group.objects.get(name="engineers"), Unit.objects.get(parent=None)
    for number in range(count):
        person, made = Person.objects.get_or_create(
            username=f"watcher-{number}", defaults={"time_zone": ZONES[number % 3]}
        )
        if made:
            engineers.user_set.add(person)
            if number % 5 == 0:
                Part.objects.create(unit=root, person=person, part=Part.Kind.OPERATOR)
        session = SessionStore()
        session["_auth_user_id"] = str(person.pk)
        session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
        session["_auth_user_hash"] = person.get_session_auth_hash()
        session.create()
        print(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")


def change(rate: float, seconds: float) -> None:
    taker = Person.objects.get(username=TAKER)
    open_tasks = Step.objects.filter(kind="task", status__in=["open", "active"], run__parent=None, run__lane="people")
    of_engineers = open_tasks.filter(Q(claimed_by=None) | Q(claimed_by=taker), candidates__group__name="engineers")
    # as different runs as there are, so that two changes of one lie far apart
    steps = list(of_engineers.select_related("run").order_by("-run__changed_at")[:RUNS])
    taken = {step.pk for step in steps if step.claimed_by_id}
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        step = steps[number % len(steps)]
        is_taken = step.pk not in taken
        before = time.monotonic()
        answer = (claim.claim if is_taken else claim.release)(step.run, step.number, taker)
        after = time.monotonic()
        if is_accepted(answer):
            taken ^= {step.pk}
            print(json.dumps([str(step.run_id), is_taken, before, after]), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "people":
        people(int(sys.argv[2]))
    else:
        change(float(sys.argv[2]), float(sys.argv[3]))
