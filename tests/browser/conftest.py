"""A real Penstock for the browser: web, workers and clock on a free port, with the demo on a database of its own.

`server` is shared by the browser tests of one worker of pytest-xdist; they are two groups, for two workers. Without
Chromium the tests are skipped (Debian and Ubuntu: apt-get install chromium).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.processes import Program, environment, free_port, python

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# As root there is no sandbox to be had; the rest stops the browser's own traffic.
FLAGS = (
    ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    + ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
    + (["--no-sandbox"] if os.geteuid() == 0 else [])
)

#: Modules in which people decide, from a start to an end; together they take as long as all others.
DECISIONS = ("test_approval", "test_from_notice_to_decision", "test_the_main_job")
SignedIn = Callable[..., Page]

# Two servers, two browsers and the rest of the suite share two cores: what comes may come late.
expect.set_options(timeout=15_000)


@dataclass(frozen=True)
class Server:
    url: str
    data: Path
    program: Program


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.own_server)
            group = "decisions" if item.path.stem in DECISIONS else "pages"
            item.add_marker(pytest.mark.xdist_group(f"browser-{group}"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, demo_data: Path) -> Iterator[Server]:
    """What `make up` starts, with the demo's people and runs."""
    data, port = tmp_path_factory.mktemp("penstock") / "data", free_port()
    shutil.copytree(demo_data, data)
    program = Program(python("-m", "dashboards.up"), environment(data, PORT=str(port), PENSTOCK_DEMO="1"))
    try:
        program.wait_for("Penstock is up", 120)
        yield Server(f"http://127.0.0.1:{port}", data, program)
    finally:
        if program.process.poll() is None:
            program.end()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    return {"executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    """Pages go to addresses relative to the server: page.goto("/runs/")."""
    return server.url


@pytest.fixture
def context(context: BrowserContext) -> Iterator[BrowserContext]:
    """A browser whose pages may break no rule of the content security policy and raise no error in a script."""
    faults: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    context.on("console", heard)
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    yield context
    assert not faults, "\n".join(faults)


@pytest.fixture
def signed_in(browser: Browser, context: BrowserContext, base_url: str) -> Iterator[SignedIn]:
    """signed_in("mara") gives a page of that person; with page=…, that page changes hands. A person, a browser."""
    others: list[BrowserContext] = []

    def sign_in(username: str, page: Page | None = None) -> Page:
        if page is None:
            others.append(browser.new_context(base_url=base_url))
            page = others[-1].new_page()
        page.context.clear_cookies()
        page.goto("/sign-in/")
        page.locator(f'button[name="as"][value="{username}"]').click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    yield sign_in
    for other in others:
        other.close()
