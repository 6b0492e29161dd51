"""The whole product under its supervisor: it starts, survives a killed part, keeps its data, ends without a trace."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases import own_data, start_postgres
from tests.processes import Program, environment, free_port, marked, python, until

pytestmark = [pytest.mark.own_server, pytest.mark.xdist_group("up")]
READY_SECONDS = 120

Up = Callable[..., Program]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """up(PENSTOCK_DEMO="1", …) starts Penstock on data of its own; `mark` finds its processes."""
    mark = f"PENSTOCK_TEST_MARK={tmp_path}"
    started: list[Program] = []

    def begin(**more: str) -> Program:
        more = {"PORT": str(free_port()), "PENSTOCK_DEMO": "0"} | dict([mark.split("=", 1)]) | more
        program = Program(python("-m", "dashboards.up"), environment(tmp_path / "data", **more))
        program.mark = mark
        started.append(program)
        return program

    yield begin
    for program in started:
        program.kill()
    until(lambda: not marked(mark), 8, lambda: f"left behind: {marked(mark)}")


def link(program: Program) -> str:
    program.wait_for("Penstock is up", READY_SECONDS)
    links = re.findall(r"http://\S+", program.text)
    assert len(links) == 1, program.text
    return links[0].replace("localhost", "127.0.0.1")


def status(address: str) -> int:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return int(answer.status)


def parts(program: Program) -> dict[str, list[int]]:
    """The processes of each part, by its command; a part's first one is the leader of its group."""
    words = {"web": "uvicorn", "workers": "qcluster", "clock": "manage.py clock"}
    living = marked(program.mark)
    return {
        name: sorted(
            (pid for pid, command in living.items() if word in command), key=lambda pid: os.getpgid(pid) != pid
        )
        for name, word in words.items()
    }


def test_a_start_on_what_is_there_keeps_it_and_ends_within_five_seconds_though_streams_are_open(
    up: Up, tmp_path: Path, demo_data: Path
) -> None:
    shutil.copytree(demo_data, tmp_path / "data")
    database = tmp_path / "data" / "penstock.sqlite3"
    people, runs = counted = count(database)
    assert people >= 8
    assert runs > 0
    program = up(PENSTOCK_DEMO="1")
    address = link(program)
    assert "Bringing the database up to date" not in program.text
    assert all(parts(program).values()), marked(program.mark)
    browser = signed_in(address)
    streams = [browser.open(address + "live/", timeout=10) for _ in range(3)]
    assert {stream.headers["Content-Type"] for stream in streams} == {"text/event-stream"}
    code, seconds = program.end(signal.SIGINT)
    assert code == 0, program.text
    assert seconds < 5
    assert marked(program.mark) == {}
    assert count(database) == counted
    assert "Stopped. The data is kept." in program.text
    assert "Traceback" not in program.text, program.text
    assert "error" not in program.text, program.text


def signed_in(address: str) -> urllib.request.OpenerDirector:
    """A browser, as far as it takes to sign in as the first of the demo's people."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = browser.open(address + "sign-in/", timeout=10).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    person = re.search(r'name="as" value="([^"]+)"', page)
    assert token, page
    assert person, page
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "as": person[1]}).encode()
    answer = browser.open(address + "sign-in/", form, timeout=10)
    assert "/sign-in/" not in answer.url
    return browser


def count(database: Path) -> tuple[int, int]:
    with sqlite3.connect(database) as connection:
        people = connection.execute("SELECT count(*) FROM workflows_person").fetchone()[0]
        runs = connection.execute("SELECT count(*) FROM runs_run").fetchone()[0]
    return people, runs


def test_from_nothing_without_the_demo_through_killed_parts_to_a_killed_supervisor(up: Up, tmp_path: Path) -> None:
    program = up()
    address = link(program)
    assert status(address + "sign-in/") == 200
    assert count(tmp_path / "data" / "penstock.sqlite3") == (0, 0)
    assert "Bringing the database up to date" in program.text
    assert "manage.py createsuperuser" in program.text

    before = parts(program)
    for name, pids in before.items():
        os.kill(pids[0], signal.SIGKILL)
        program.wait_for(f"{name} was killed by SIGKILL. It starts again in 1 s.")
    for name, pids in before.items():
        until(lambda name=name: bool(parts(program)[name]), 15, lambda: program.text)
        assert not set(pids) & set(marked(program.mark)), f"orphans of {name}"
    until(lambda: answers(address), 15, lambda: program.text)

    program.end(signal.SIGKILL)
    until(lambda: not marked(program.mark), 6, lambda: f"left behind: {marked(program.mark)}")


def answers(address: str) -> bool:
    try:
        return status(address + "sign-in/") == 200
    except OSError:
        return False


def test_a_taken_port_is_said_before_anything_starts(up: Up, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        program = up(PORT=str(port))
        assert program.process.wait(10) == 1
    until(lambda: bool(program.lines), 1, lambda: "nothing was said")
    assert program.lines == [f"Port {port} is taken by another program. Choose another one: PORT={port + 1} make up"]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT=eighty is not a port"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not an address of a database"),
        (
            {"DATABASE_URL": "postgres://u:hush@127.0.0.1:1/db"},
            "The database cannot be reached: PostgreSQL, 127.0.0.1:1",
        ),
        ({"DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3"}, "The database cannot be reached: SQLite, /nowhere/at"),
    ],
)
def test_what_cannot_start_says_why_in_a_sentence(up: Up, more: dict[str, str], sentence: str) -> None:
    program = up(**more)
    assert program.process.wait(30) == 1
    until(lambda: sentence in program.text, 1, lambda: program.text)
    assert "Traceback" not in program.text
    assert "hush" not in program.text


@pytest.mark.nightly
def test_it_runs_on_postgresql(up: Up) -> None:
    program = up(DATABASE_URL=start_postgres(own_data() / "up"))
    assert status(link(program) + "sign-in/") == 200
    assert "Database: PostgreSQL" in program.text
    code, seconds = program.end()
    assert (code, seconds < 5) == (0, True), program.text
