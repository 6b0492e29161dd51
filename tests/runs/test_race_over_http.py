"""The race of `test_race` through the front door: two web processes, real sessions, two workers (guarantees T7, T15).

The web processes are the product's own (`uvicorn dashboards.asgi`), on this test's database. The workers deliver the
time-out that the clock's sweep would: the same event, through the same writer.
"""

from __future__ import annotations

import html
import http.client
import math
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client

from runs import definitions, ledger
from runs.models import Entry, Gate, Run
from runs.outcomes import is_accepted
from tests.processes import Program, free_port, python, until
from tests.runs import house
from tests.runs.linear import SOMEBODY, Operation, anomalies
from tests.runs.test_race import NIGHTLY, WINNERS, decided_by, fork, gates, time_out
from tests.trust.entrances import TOKEN
from workflows.models import Person

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.slow]
GATES = int(os.environ.get("PENSTOCK_RACE_GATES_HTTP", "1000" if NIGHTLY else "20"))
READ = {
    "with the vote of Mia Moss": "mia",
    "with the vote of Mo Marsh": "mo",
    "with the vote of Max Mill": "max",
    "A rule of the playbook closed it": "rule",
    "without a decision": "cancel",
}


@pytest.fixture
def webs(transactional_db: None) -> Iterator[list[int]]:
    """The ports of two web processes on the database of this test."""
    there = connection.settings_dict
    address = f"postgres://{there['USER']}@{quote(there['HOST'], safe='')}/{there['NAME']}"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_URL": address,
        "PENSTOCK_LOG_LEVEL": "WARNING",
    }
    ports, programs = [free_port() for _ in range(2)], []
    for port in ports:
        command = ["-m", "uvicorn", "dashboards.asgi:application", "--port", str(port), "--lifespan", "off"]
        programs.append(Program(python(*command, "--log-level", "warning", "--no-access-log"), environment))
    try:
        for port, program in zip(ports, programs, strict=True):
            until(lambda port=port: _answers(port), 60, lambda program=program: program.text)
        yield ports
    finally:
        for program in programs:
            program.kill()


def _answers(port: int) -> bool:
    try:
        return _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=30), "GET", "/sign-in/", {})[0] == 200
    except OSError:
        return False


def _ask(line: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], form=None):
    body = urlencode(form) if form else None
    line.request(
        method, path, body, headers | {"Content-Type": "application/x-www-form-urlencoded"} if form else headers
    )
    answer = line.getresponse()
    return answer.status, answer.read().decode()


@dataclass(frozen=True)
class Actor:
    """One person with a session at a web process. `act` is what is sent, `client` who that is in a history."""

    client: str
    act: str
    port: int
    cookies: str
    token: str

    def send(self, line: http.client.HTTPConnection, run: Run, digest: str) -> tuple[int, str]:
        page, form = f"/runs/{run.number}/gates/1/", {"choice": self.act, "digest": digest, "comment": "as I said"}
        if self.act == "cancel":
            page, form = f"/runs/{run.number}/cancel/", {"reason": "too late"}
        headers = {"Cookie": self.cookies, "X-CSRFToken": self.token}
        return _ask(line, "POST", page, headers, form)

    def look(self, line: http.client.HTTPConnection, run: Run) -> tuple[int, str]:
        return _ask(line, "GET", f"/runs/{run.number}/gates/1/", {"Cookie": self.cookies})


def actor(username: str, act: str, port: int) -> Actor:
    browser = Client()
    browser.force_login(Person.objects.get(username=username))
    browser.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
    cookies = "; ".join(f"{name}={one.value}" for name, one in browser.cookies.items())
    client = "cancel" if act == "cancel" else username
    return Actor(client, act, port, cookies, TOKEN)


def test_through_two_web_processes_each_gate_is_decided_once(webs: list[int]) -> None:
    runs = gates(GATES)
    acting = [("mia", "approve", 0), ("mo", "approve", 1), ("max", "reject", 0), ("olga", "cancel", 1)]
    actors = [actor(username, act, webs[web]) for username, act, web in acting]
    digests = {run.pk: definitions.state_of(run).visits[1].asking.digest for run in runs}
    barrier, answers = fork.Barrier(len(actors) + 2, timeout=120), fork.SimpleQueue()
    way = fork.Value("d", 0.2)
    connections.close_all()
    children = [fork.Process(target=_send_all, args=(one, runs, digests, barrier, answers, way)) for one in actors]
    children += [fork.Process(target=_time_all_out, args=(runs, digests, barrier, answers, way)) for _ in range(2)]
    for child in children:
        child.start()
    told = [answers.get() for _ in children]
    for child in children:
        child.join(timeout=30)
    history = [one for operations, _ in told for one in operations]
    codes = Counter(code for _, statuses in told for code in statuses)
    winners = Counter(one.saw for one in history if one.came == "ok" and one.kind != "look")
    print(f"{GATES} gates over HTTP, {len(history)} operations, answers {dict(codes)}, decided by {dict(winners)}")
    assert set(codes) == {200, 302, 409}, codes
    assert anomalies(history) == []
    assert sum(winners.values()) == GATES
    assert len(winners) >= 2, f"not much of a race: {winners}"
    for run in runs:
        fresh = house.now(run)
        assert ledger.verify(fresh) is None
        kinds = Counter(Entry.objects.filter(run=run).values_list("kind", flat=True))
        assert sum(kinds[kind] for kind in ("vote", "timer", "cancel")) == 1, kinds
        losers = [one for one in history if one.gate == run.number and one.came == "fail" and one.kind == "vote"]
        assert {one.saw for one in losers} <= {decided_by(run)}, "a vote that lost is told who won"
    assert not Gate.objects.filter(status="open").exists()


def _send_all(one: Actor, runs, digests, barrier, answers, way) -> None:
    line = http.client.HTTPConnection("127.0.0.1", one.port, timeout=120)
    operations, codes = [], []
    kind = "cancel" if one.act == "cancel" else "vote"
    for run in runs:
        barrier.wait()
        began = time.monotonic()
        status, said = one.send(line, run, digests[run.pk])
        codes.append(status)
        came = "ok" if status == 302 else "fail" if status == 409 else "unknown"
        saw = one.client if came == "ok" else _named(said, WINNERS | READ, SOMEBODY)
        way.value += (time.monotonic() - began - way.value) / 10
        ended = math.inf if came == "unknown" else time.monotonic()
        operations.append(Operation(run.number, one.client, kind, began, ended, came, saw))
        began = time.monotonic()
        status, said = one.look(line, run)
        codes.append(status)
        operations.append(
            Operation(run.number, one.client, "look", began, time.monotonic(), "ok", _named(said, READ, ""))
        )
    answers.put((operations, codes))


def _named(page: str, words: dict[str, str], otherwise: str) -> str:
    read = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
    return next((client for said, client in words.items() if said in read), otherwise)


def _time_all_out(runs, digests, barrier, answers, way) -> None:
    """What a worker of the clock does with a time-out that is due. `way`: how long requests take, in seconds."""
    operations = []
    for run in runs:
        run = Run.objects.select_related("unit").get(pk=run.pk)
        barrier.wait()
        time.sleep(random.uniform(0, 1.5 * way.value))  # a request has a longer way to the gate than a worker
        began = time.monotonic()
        outcome = time_out(run, digests[run.pk])
        came, saw = ("ok", "rule") if is_accepted(outcome) else ("fail", SOMEBODY)
        operations.append(Operation(run.number, "rule", "fire", began, time.monotonic(), came, saw))
    connections.close_all()
    answers.put((operations, []))
