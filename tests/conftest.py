"""What a session runs, on which database, and what it says about what it could not run.

On SQLite everything runs but the tests marked `postgres`; on PostgreSQL (TEST_DATABASE=postgres) these and whatever
else touches the database, of the pages only what asks it in words of its own (marked `both_databases`). `make test`
runs both; PENSTOCK_NIGHTLY=1 runs the other pages on PostgreSQL too, and what is marked `nightly`. What this machine
cannot run is skipped with its reason; where CI is set, a skip is a failure.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.databases import own_data
from tests.processes import NIGHTLY, ROOT, environment, python

ON_POSTGRES = os.environ.get("TEST_DATABASE", "sqlite") == "postgres" or bool(os.environ.get("TEST_DATABASE_URL"))
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
#: Where every page is asked: what a page does is the same on both databases, but for what it asks in words of its own.
PAGES = (ROOT / "tests" / "dashboards", ROOT / "tests" / "trust" / "test_reading_changes_nothing.py")
_left_for_postgres = 0


@pytest.fixture(scope="session")
def demo_data() -> Path:
    """A data folder with the demo in it, built once a session: copy it, never start anything on it."""
    folder = own_data() / "demo"
    with (own_data() / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            demo = environment(folder, PENSTOCK_DEMO="1", PENSTOCK_LOG="plain", DURABLE="0")
            subprocess.run(python("-m", "dashboards.up.prepare"), cwd=ROOT, env=demo, check=True)
            (folder / "built").touch()
    return folder


def pytest_report_header() -> str:
    return f"database: {connection.vendor}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    global _left_for_postgres
    if ON_POSTGRES:
        chosen = [item for item in items if _touches_database(item) and not item.get_closest_marker("own_server")]
        if not NIGHTLY:
            chosen = [item for item in chosen if not _is_of_pages(item) or _is_for_both(item)]
        if settings.DATABASE_MISSING:
            for item in chosen:
                item.add_marker(pytest.mark.skip(reason=settings.DATABASE_MISSING))
    else:
        chosen = [item for item in items if not item.get_closest_marker("postgres")]
        _left_for_postgres = len(items) - len(chosen)
        if hasattr(config, "workeroutput"):
            config.workeroutput["left_for_postgres"] = _left_for_postgres
    chosen = [item for item in chosen if NIGHTLY or not item.get_closest_marker("nightly")]
    kept = set(chosen)
    if left := [item for item in items if item not in kept]:
        config.hook.pytest_deselected(items=left)
    # The browser's last: Playwright leaves an event loop running in its process, where Django then refuses to ask
    # the database.
    items[:] = sorted(chosen, key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Of pytest-xdist: every worker collects the same tests, so any worker's count is the count."""
    global _left_for_postgres
    _left_for_postgres = getattr(node, "workeroutput", {}).get("left_for_postgres", _left_for_postgres)


def _is_of_pages(item: pytest.Item) -> bool:
    return any(place in (item.path, *item.path.parents) for place in PAGES)


def _is_for_both(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("both_databases") or item.get_closest_marker("postgres"))


def _touches_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("postgres")
    return bool(marked or fixtures & {"db", "transactional_db", "django_db_setup"})


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, and CI skips nothing: {report.longrepr[-1]}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _left_for_postgres:
        terminalreporter.write_line(
            f"{_left_for_postgres} tests need PostgreSQL and run in the other half: TEST_DATABASE=postgres"
        )
