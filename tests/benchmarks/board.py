"""How fast the Runs board answers: its live part for several readers and filters, and while nothing has changed.

`RUNS` runs (20,000 where nothing is said) are made by `manage.py seed_load`; `BOARD_DATABASE=1` takes what is in the
database of the settings instead. A request goes through the whole of Django, middleware included, on one connection;
the network is left out.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.core.handlers.base import BaseHandler
from django.core.management import call_command
from django.db.models import Max
from django.http import HttpResponse
from django.test import Client, RequestFactory

from dashboards.board import lanes
from runs.models import Run
from tests.benchmarks.measures import Figure
from workflows.models import Person

RUNS = int(os.environ.get("RUNS") or 20_000)
TIMES = int(os.environ.get("TIMES") or 200)
Ask = Callable[[], HttpResponse]


def watching_the_board() -> Iterator[Figure]:
    """Fill the database, then give each figure as it is there."""
    call_command("seed_load", runs=RUNS, yes=True, verbosity=0)
    yield from figures(RUNS)


def figures(count: int) -> Iterator[Figure]:
    """Measure what is in the database, said to hold so many runs."""
    import dashboards.asgi  # noqa: F401 (what is loaded is put aside, as in the process that serves)

    overseer, named = Person.objects.get(username="deniz"), Person.objects.get(username="aiko")
    newest = Run.objects.aggregate(newest=Max("changed_at"))["newest"]
    # a hundred days back in the list of all that has ended
    deep = lanes._token([0, 0, (newest - timedelta(days=100)).isoformat(), "0" * 32])
    pages = (
        ("who sees all", overseer, ""),
        ("who is named by a role", named, ""),
        ("who sees few", _with_few(), "?state=all"),
        ("waiting for people", overseer, "?state=waiting"),
        ("overdue", overseer, "?state=overdue"),
        ("due next", named, "?order=due"),
        ("ended", overseer, "?state=ended"),
        ("100 days back", overseer, f"?state=ended&after={deep}"),
        ("one playbook, all", overseer, "?playbook=seeded-order&state=all"),
        ("started by one person", overseer, "?mine=started&person=ines&state=all"),
        ("waiting for one person", overseer, "?mine=waiting&person=marit"),
        ("words", overseer, "?q=change&state=all"),
    )
    for says, person, address in pages:
        p50, p99 = percentiles(asking(person, f"/runs/{address}"))
        yield Figure(f"board of {count:,}, {says}: p50", p50, "ms")
        yield Figure(f"board of {count:,}, {says}: p99", p99, "ms", "under 40")
    etag = asking(overseer, "/runs/")()["ETag"]
    unchanged = asking(overseer, "/runs/", etag)
    yield Figure(f"board of {count:,}, unchanged (304): p50", percentiles(unchanged)[0], "ms", "under 2")


def asking(person: Person, address: str, etag: str = "") -> Ask:
    """Return what asks for the live part as a browser does, signed in as this person."""
    browser = Client()
    browser.force_login(person)
    requests = RequestFactory(headers={"HX-Request": "true"} | ({"If-None-Match": etag} if etag else {}))
    requests.cookies = browser.cookies
    handler = BaseHandler()
    handler.load_middleware()
    return lambda: handler.get_response(requests.get(address, SERVER_NAME="localhost"))


def percentiles(ask: Ask) -> tuple[float, float]:
    """Ask again and again; return the median and the 99th percentile of the milliseconds it took."""
    taken = []
    for number in range(TIMES + 5):
        began = time.perf_counter()
        answer = ask()
        if number >= 5:  # the first ones read templates and definitions
            taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code in (200, 304), answer.status_code
    return statistics.median(taken), sorted(taken)[int(len(taken) * 0.99)]


def _with_few() -> Person:
    """Somebody whom no playbook names, who has started three runs and was asked in none."""
    person, _ = Person.objects.get_or_create(username="somebody-with-few", defaults={"first_name": "Kim"})
    for run in Run.objects.order_by("-number")[:3]:
        Run.objects.filter(pk=run.pk).update(started_by=person)
    return person
