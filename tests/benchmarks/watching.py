"""How soon a change is seen by a hundred watchers, and what a thousand idle ones cost: real processes, real sockets.

The product's own web process serves a database of the demo with thousands of runs more. Watchers are plain sockets,
signed in as different people, each interested in the board; another process changes runs. A change is seen when the
row as it is after the change has arrived. All moments are of the one clock that the processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.db import connection

from tests.benchmarks.measures import Figure
from tests.processes import ROOT, Program, environment, free_port, python, until

RUNS = int(os.environ.get("BENCH_RUNS", "10000"))
WATCHERS, RATE, SECONDS = 100, 5, 20
IDLE = 1000
NAME_SHOWN = b"Ines Okafor"


@dataclass(frozen=True)
class Product:
    """A web process, and the environment that further ones of the same product need."""

    port: int
    web: Program
    given: dict[str, str]

    def said(self, *arguments: str) -> str:
        done = subprocess.run(
            python("-m", *arguments), cwd=ROOT, env=self.given, capture_output=True, text=True, check=True
        )
        return done.stdout

    def memory(self) -> int:
        """Bytes of the web process that are its own."""
        pages = int(Path(f"/proc/{self.web.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def processor(self) -> float:
        """Seconds of processor time that it has taken."""
        fields = Path(f"/proc/{self.web.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Watcher(asyncio.Protocol):
    """One page's stream. What comes is kept as it comes, with its moment, and read afterwards."""

    cookie: str
    came: list[tuple[float, bytes]] = field(default_factory=list)
    is_open: bool = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        request = f"GET /live/?board=1 HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookie}\r\n\r\n"
        transport.write(request.encode())

    def data_received(self, data: bytes) -> None:
        self.is_open = self.is_open or b"event: runs" in data
        self.came.append((time.monotonic(), data))

    def rows(self) -> list[tuple[float, str, bool]]:
        """Every row that came: when all of it was there, of which run, and whether it names who took the task."""
        text, found = b"", []
        for at, data in self.came:
            text += data
            *whole, text = text.split(b"\n\n")
            for event in whole:
                if b"event: row\n" in event:
                    run = event.split(b'"run": "', 1)[1][:36].decode()
                    found.append((at, run, NAME_SHOWN in event))
        return found


@contextmanager
def product() -> Iterator[Product]:
    """The demo with many runs more, on a database of its own of the kind that is measured."""
    folder = Path(tempfile.mkdtemp(prefix="pst-watch-"))
    given = environment(
        folder / "data", PENSTOCK_DEMO="1", PENSTOCK_LOG_LEVEL="WARNING", PENSTOCK_LOG="plain", DURABLE="1"
    )
    if connection.vendor == "postgresql":
        given["DATABASE_URL"] = _database_of_its_own()
    port = free_port()
    subprocess.run(python("-m", "dashboards.up.prepare"), cwd=ROOT, env=given, check=True, capture_output=True)
    seeding = python("manage.py", "seed_load", "--runs", str(RUNS), "-v", "0")
    subprocess.run(seeding, cwd=ROOT, env=given, check=True, capture_output=True)
    _many_files()
    served = ["uvicorn", "dashboards.asgi:application", "--port", str(port), "--log-level", "warning"]
    web = Program(python("-m", *served, "--no-access-log", "--lifespan", "off"), given)
    try:
        until(lambda: _answers(port), 60, lambda: web.text)
        yield Product(port, web, given)
    finally:
        web.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _database_of_its_own() -> str:
    """A new database beside the one of the tests, on the same server."""
    known = connection.get_connection_params() | {"context": None}
    with psycopg.connect(**known, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS watching WITH (FORCE)")
        server.execute("CREATE DATABASE watching")
    return os.environ["TEST_DATABASE_URL"].rsplit("/", 1)[0] + "/watching"


def _many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _answers(port: int) -> bool:
    try:
        asyncio.run(_touch(port))
        return True
    except OSError:
        return False


async def _touch(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def _load(port: int, cookies: Sequence[str]) -> None:
    """Load the page that the streams belong to, as every browser has done that listens."""
    for cookie in cookies:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = ("GET /runs/?state=all HTTP/1.1", "Host: localhost", f"Cookie: {cookie}", "Connection: close")
        writer.write("\r\n".join([*lines, "", ""]).encode())
        assert b" 200 " in (await reader.read()).split(b"\r\n", 1)[0]
        writer.close()


async def _open(port: int, cookies: Sequence[str]) -> list[Watcher]:
    """Open a stream for each cookie; return when every one of them has said that it is live."""
    watchers = [Watcher(cookie) for cookie in cookies]
    for watcher in watchers:
        await asyncio.get_running_loop().create_connection(lambda one=watcher: one, "127.0.0.1", port)
    async with asyncio.timeout(120):
        while not all(watcher.is_open for watcher in watchers):
            await asyncio.sleep(0.05)
    return watchers


def _close(watchers: Sequence[Watcher]) -> None:
    for watcher in watchers:
        watcher.transport.close()


async def _seen(served: Product, cookies: Sequence[str], rate: float) -> tuple[list[float], list[float], int]:
    """Return the seconds from before the verb, and from after the commit, for each change at each watcher; and how
    many of them never came."""
    watchers = await _open(served.port, cookies)
    await asyncio.sleep(1)
    acting = await asyncio.create_subprocess_exec(
        *python("-m", "tests.benchmarks.acting", "change", str(rate), str(SECONDS)),
        cwd=ROOT, env=served.given, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await acting.communicate()
    await asyncio.sleep(2)
    changes = [json.loads(line) for line in out.splitlines()]
    _close(watchers)
    before, after, missing = [], [], 0
    for watcher in watchers:
        by_run: dict[str, list[tuple[float, bool]]] = {}
        for at, run, named in watcher.rows():
            by_run.setdefault(run, []).append((at, named))
        for run, is_taken, called, committed in changes:
            later = [(at, named) for at, named in by_run.get(run, ()) if at > called]
            # one that was overtaken by the next change of its run is seen with that one
            at = next((at for at, named in later if named is is_taken), later[0][0] if later else None)
            if at is None:
                missing += 1
            else:
                before.append(at - called)
                after.append(max(0.0, at - committed))
    return before, after, missing


async def _idle(served: Product, cookies: Sequence[str]) -> tuple[float, float]:
    """Return the bytes of one idle stream among a thousand, and the share of a processor that they take together."""
    empty = served.memory()
    watchers = await _open(served.port, (list(cookies) * (IDLE // len(cookies) + 1))[:IDLE])
    await asyncio.sleep(3)
    each, began, taken = (served.memory() - empty) / IDLE, time.monotonic(), served.processor()
    await asyncio.sleep(10)
    share = (served.processor() - taken) / (time.monotonic() - began)
    _close(watchers)
    return each, share


def watching() -> Iterator[Figure]:
    """How soon a change is seen, and what watching costs."""
    with product() as served:
        cookies = served.said("tests.benchmarks.acting", "people", str(WATCHERS)).split()
        asyncio.run(_load(served.port, cookies[:3]))
        for rate in (RATE, 4 * RATE):
            before, after, missing = asyncio.run(_seen(served, cookies, rate))
            name = f"seen by {WATCHERS} watchers, {rate} changes a second"
            for words, times in (("after the commit", after), ("from the click", before)):
                cuts = statistics.quantiles(times, n=100)
                promise = ("50", "200") if rate == RATE else ("", "")
                yield Figure(f"{name}: p50 {words}", cuts[49] * 1000, "ms", promise[0] and f"at most {promise[0]}")
                yield Figure(f"{name}: p99 {words}", cuts[98] * 1000, "ms", promise[1] and f"at most {promise[1]}")
            yield Figure(f"{name}: never came", missing, "", "0")
        each, share = asyncio.run(_idle(served, cookies))
        yield Figure(f"{IDLE} idle watchers: each", each, "bytes", "at most 65,536")
        yield Figure(f"{IDLE} idle watchers: processor", share * 100, "% of one")
        yield Figure("load of the machine meanwhile", os.getloadavg()[0] * 100, "% of one processor")
