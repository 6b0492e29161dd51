"""GET changes nothing, and what is somebody else's is not there: every address of the product, opened by everybody.

The addresses are those of the product's own list, so a new page is opened here by itself. One that takes something new
in its path needs a value for it in `PATHS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from runs import decision_links
from runs.models import Refused, Run, Step
from tests.runs import house
from tests.trust import world
from tests.trust.world import People
from workflows.models import Person

pytestmark = pytest.mark.django_db
#: Where a `next` or a sign-in lives: a session may begin or end there.
SESSIONS = {"django_session"}
WORDS = {
    "choice": "approve",
    "digest": "0" * 64,
    "reason": "x",
    "to": "ship",
    "act": "cancel",
    "key": "k",
    "act_on": "1",
}


def addresses(patterns: list[Any] | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the product that is not the administrator's, as it is written in its list."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) != "admin/":
                yield from addresses(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield before + str(pattern.pattern), pattern


ADDRESSES = dict(addresses())


@pytest.fixture
def run(people: People) -> Run:
    """At its board, and a second one whose plan is open, so that every kind of page has something."""
    return world.asked(people)


def paths(run: Run) -> Iterator[str]:
    """Every address with what there is of this run; each part that an address may take stands here."""
    link = decision_links.make(
        Step.objects.select_related("run").get(run=run, number=2), Person.objects.get(username="mia")
    )
    known: dict[str, list[object]] = {
        "run": [run.number],
        "number": [run.number],
        "visit": [1, 2],
        "slug": ["trusted"],
        "name": ["office-hours", "plan"],
        "token": [link],
        "username": ["mia"],
        "pk": [1, "00000000-0000-0000-0000-000000000000"],
        "channel": [1],
        "step": ["board"],
        "a": [1],
        "b": [1],
    }
    for written in ADDRESSES:
        names = re.findall(r"<(?:\w+:)?(\w+)>", written)
        assert set(names) <= set(known), f"{written} takes something that this test has no value for"
        for nth in range(max([len(known[name]) for name in names], default=1)):
            yield "/" + re.sub(
                r"<(?:\w+:)?(\w+)>", lambda found, nth=nth: str(known[found[1]][nth % len(known[found[1]])]), written
            )


def rows() -> dict[str, int]:
    counts = {model._meta.db_table: model._default_manager.count() for model in apps.get_models()}
    return {table: count for table, count in counts.items() if table not in SESSIONS}


@pytest.mark.parametrize(
    "username", ["mia", "boss", "", *(pytest.param(name, marks=pytest.mark.nightly) for name in ("zoe", "olga", "dee"))]
)
def test_opening_every_address_writes_nothing(people: People, run: Run, username: str) -> None:
    browser = Client(raise_request_exception=False)
    if username:
        browser.force_login(people[username])
    found = list(paths(run))
    opened, before, states = 0, rows(), list(Run.objects.values_list("pk", "seq", "state"))
    with CaptureQueriesContext(connection) as asked:
        for path in found:
            if path.startswith("/live"):  # a stream without end, and its news
                continue
            for method in ("get", "head"):
                answer = getattr(browser, method)(path, WORDS)
                assert answer.status_code < 500, (path, answer.status_code)
                opened += answer.status_code == 200
    written = [one["sql"] for one in asked if re.match(r"\s*(INSERT|UPDATE|DELETE)", one["sql"])]
    assert [sql for sql in written if not any(table in sql for table in SESSIONS)] == []
    assert rows() == before
    assert list(Run.objects.values_list("pk", "seq", "state")) == states
    assert opened > (12 if username else 1), "the pages were there to be opened"
    assert Session.objects.count() <= 1


@pytest.mark.parametrize("username", [pytest.param("dee", marks=pytest.mark.nightly), "otto"])
def test_every_address_of_a_run_that_is_somebody_elses_is_not_there(people: People, run: Run, username: str) -> None:
    """For reading and for acting, the same answer as for a run that does not exist; acts stand in the security log."""
    browser = Client()
    browser.force_login(people[username])
    seq, tried = run.seq, 0
    for path in paths(run):
        if not path.startswith(f"/runs/{run.number}/"):
            continue
        for method in ("get", "head", "post"):
            answer = getattr(browser, method)(path, WORDS)
            if answer.status_code == 405:
                continue
            nowhere = getattr(browser, method)(path.replace(f"/{run.number}/", "/99999/", 1), WORDS)
            assert answer.status_code == nowhere.status_code == 404, (method, path, answer.status_code)
            if method == "post":
                tried += 1
    assert house.now(run).seq == seq
    assert tried > 15
    refused = Refused.objects.filter(person=username, code="not-visible", run=run)
    assert refused.count() == tried, "each of them, and none of those about a run that does not exist"
    assert not Refused.objects.exclude(person=username).exists()


@pytest.mark.parametrize("kind", ["Run", "Entry", "Vote", "Gate", "Step", "Refused", "Receipt", "Incident", "Work"])
def test_the_administrators_pages_have_no_act(people: People, run: Run, kind: str) -> None:
    """A superuser looks at a run, its votes and its log there; to add, change or delete is refused."""
    browser = Client()
    browser.force_login(people["boss"])
    world.approve(run, people["mia"])
    Refused.objects.create(at=run.changed_at, person="x", act="vote", code="excluded", sentence="No.")
    model = apps.get_model("runs", kind)
    listed = f"/admin/runs/{kind.lower()}/"
    assert browser.get(listed).status_code == 200
    before = rows()
    assert browser.post(f"{listed}add/", {}).status_code == 403
    for row in model._default_manager.all()[:2]:
        assert browser.get(f"{listed}{row.pk}/change/").status_code == 200
        assert browser.post(f"{listed}{row.pk}/change/", {"choice": "reject", "status": "completed"}).status_code == 403
        assert browser.post(f"{listed}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = [row.pk for row in model._default_manager.all()[:2]]
    browser.post(listed, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert rows() | {"django_admin_log": 0} == before | {"django_admin_log": 0}
