"""The world that the matrix of routes and parts is asked in, and one request of it, undone afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from dashboards.watching.probes import PROBES
from runs import definitions, tick
from runs.models import Absence, Beat, BulkAct, Delegation, Run, Step
from tests.dashboards import governed, office
from tests.runs import house
from workflows.directory.imports import doing
from workflows.directory.imports.table import read
from workflows.models import Part, Person, Unit

#: Each part, held in the platform by one person who is nothing else.
PARTS = frozenset({"viewer", "member", "author", "operator", "process_owner", "auditor"})
#: Who is named by a role of the playbook, without a part; who has every part in another unit; who gives parts.
NAMED = frozenset({"engineer", "manager"})
STRANGER, ADMINISTRATOR = frozenset({"stranger"}), frozenset({"administrator"})
EVERYBODY = PARTS | NAMED | STRANGER | ADMINISTRATOR
NOBODY: frozenset[str] = frozenset()
#: Who may break the glass, being an operator too; who has that part alone, which gives nothing; and who has both, and
#: is excluded from the gate, having written the plan. They are asked where a run is taken past a gate.
BREAKER = frozenset({"breaker"})
AT_THE_GLASS = BREAKER | {"glass", "barred"}
#: Who sees the runs of the world: those whom a role names, who oversees the unit, and the member, who started them.
SEE_RUNS = NAMED | {"operator", "auditor", "member"}

#: Tables in which a refusal, or a session, leaves its line.
LOGS = ("runs_refused", "workflows_directoryentry", "workflows_governanceentry", "workflows_untold", "django_session")
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|INSERT OR IGNORE INTO|REPLACE INTO)\s+"?(\w+)"?', re.I)


@dataclass(frozen=True)
class Door:
    """Who finds a route by GET, and for whom a POST of this form changes something. `is_open`: without signing in too.

    `at` is what its address takes; `{}` in a text of the form is filled from the world.
    """

    sees: frozenset[str]
    does: frozenset[str] = NOBODY
    form: Mapping[str, object] = field(default_factory=dict)
    at: Mapping[str, object] = field(default_factory=dict)
    query: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    written: frozenset[str]
    is_logged: bool

    @property
    def asks_to_sign_in(self) -> bool:
        return self.status == 302 and self.location.startswith("/sign-in/")


@dataclass(frozen=True)
class World:
    """A run with a task open and one with a gate, both started by the member, and what `governed` makes besides.

    `known` is what addresses name.
    """

    people: Mapping[str, Person]
    browsers: Mapping[str, Client]
    known: dict[str, object]


def build() -> World:
    definitions.by_digest.cache_clear()
    cache.clear()
    there = house.settle()
    platform, elsewhere = (Unit.objects.get(slug=slug) for slug in ("platform", "elsewhere"))
    people = {"engineer": there["ben"], "manager": there["mia"], "barred": there["ann"]}
    for name in ("breaker", "glass"):
        people[name] = Person.objects.create(username=name)
    for name, part in [("breaker", Part.Kind.OPERATOR), ("barred", Part.Kind.OPERATOR)]:
        Part.objects.create(unit=platform, person=people[name], part=part)
    for name in sorted(AT_THE_GLASS):
        Part.objects.create(unit=platform, person=people[name], part=Part.Kind.BREAK_GLASS)
    for name in sorted(PARTS | STRANGER | ADMINISTRATOR):
        people[name] = Person.objects.create(username=name.replace("_", "-"), first_name=name.title())
    for name in PARTS:
        Part.objects.create(unit=platform, person=people[name], part=name)
    for part in Part.Kind.values:
        Part.objects.create(unit=elsewhere, person=people["stranger"], part=part)
    Person.objects.filter(pk=people["administrator"].pk).update(is_superuser=True, is_staff=True)
    version = house.publish(office.board())
    run = house.begin(version, people["member"], service="shop")
    asked = house.begin(version, people["member"], service="till")
    digest = office.plan(asked, there["ann"]).asking.digest
    run, asked = Run.objects.get(pk=run.pk), Run.objects.get(pk=asked.pk)
    now, day = run.started_at, timedelta(days=1)
    away = Absence.objects.create(
        person=there["ben"], starts_at=now, ends_at=now + day, made_by=there["ben"], made_at=now
    )
    lent = Delegation.objects.create(
        person=there["mia"], to=there["max"], starts_at=now, ends_at=now + day, made_by=there["mia"], made_at=now
    )
    view = people["member"].saved_views.create(name="Mine", query="state=all", created_at=now, changed_at=now)
    known = {
        "run": run.number, "seq": run.seq, "asked": asked.number, "digest": digest, "view": view.pk, "away": away.pk,
        "lent": lent.pk, "day": (now + 2 * day).date(), "later": (now + 3 * day).date(),
    }  # fmt: skip
    for item in office.ITEMS:
        tick.tick(Step.objects.get(run=run, number=1), item, there["ben"], True)
    everybody = {name: Person.objects.get(pk=person.pk) for name, person in people.items()}
    browsers = {name: office.client(person) for name, person in everybody.items()}
    Person.objects.filter(username="ann").update(email="ann@example.org")
    Person.objects.create(username="chief", is_superuser=True, is_staff=True)
    known["seen"] = doing.look(read(b"username\neve"), everybody["administrator"]).digest
    order = {"act": "resume", "target": f"{asked.number}:2@{asked.seq}", "reason": "To look at it", "key": "k"}
    browsers["operator"].post("/runs/bulk/", order)
    known["bulk"] = BulkAct.objects.get().pk
    known |= governed.build(everybody, platform, version, now)
    Beat.objects.create(kind=Beat.Kind.CLOCK, started_at=now, beat_at=now)
    browsers[""] = Client()
    for browser in browsers.values():
        browser.defaults["REMOTE_ADDR"] = "10.1.2.3"  # from this machine /metrics is read without a token
    return World(everybody, browsers, known)


def routes(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Every route of the product but the administrator's own: its name and its address as written. And the probes."""
    if patterns is None:
        yield from ((path, path.removeprefix("/")) for path in PROBES)
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if not isinstance(pattern, URLResolver):
            yield str(pattern.name or before + str(pattern.pattern)), before + str(pattern.pattern)
        elif str(pattern.pattern) != "admin/":
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))


def address(written: str, at: Mapping[str, object], known: Mapping[str, object]) -> str:
    def filled(found: re.Match[str]) -> str:
        return str(known.get(str(at[found[1]]), at[found[1]]))

    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", filled, written)


def ask(world: World, who: str, method: str, path: str, form: Mapping[str, object]) -> Answer:
    """Make one request and undo whatever it did, signing out too; say what was written besides logs."""
    given = {name: value.format(**world.known) if isinstance(value, str) else value for name, value in form.items()}
    browser = world.browsers[who]
    saved, cookies = transaction.savepoint(), {name: one.value for name, one in browser.cookies.items()}
    try:
        with noting() as tables:
            answer = browser.post(path, given) if method == "post" else browser.get(path)
    finally:
        transaction.savepoint_rollback(saved)
        browser.cookies.clear()
        for name, value in cookies.items():
            browser.cookies[name] = value
    return Answer(
        answer.status_code, answer.headers.get("Location", ""), frozenset(tables - set(LOGS)), is_logged(tables)
    )


def is_logged(tables: set[str]) -> bool:
    """Say whether what was written, if it is what people govern, has its entry in the log of governance or of people.

    What a person keeps for themself has none.
    """
    governed = {table for table in tables if table.startswith("workflows_")} - set(LOGS)
    return not governed or bool(tables & {"workflows_directoryentry", "workflows_governanceentry"})


@contextmanager
def noting() -> Iterator[set[str]]:
    """Collect the tables that are written in this."""
    tables: set[str] = set()

    def noted(execute: Callable[..., object], sql: str, *more: object) -> object:
        if found := _WRITES.match(sql):
            tables.add(found[1])
        return execute(sql, *more)

    with connection.execute_wrapper(noted):
        yield tables
