"""What the environment makes of the settings, asked of a process that starts with it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import processes
from tests.processes import ROOT, python

PRODUCTION = {"PENSTOCK_ENV": "production", "PENSTOCK_HOSTS": "penstock.example"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return processes.environment(tmp_path / "data")


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def value(expression: str, environment: dict[str, str]) -> object:
    """What an expression over the settings says in a process of that environment."""
    code = f"from dashboards import settings as s; import json; print(json.dumps({expression}))"
    said = run(python("-c", code), environment)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def test_production_passes_djangos_own_inspection(environment: dict[str, str]) -> None:
    checked = run(python("manage.py", "check", "--deploy", "--fail-level", "INFO"), environment | PRODUCTION)
    assert checked.returncode == 0, checked.stderr
    assert "no issues (0 silenced)" in checked.stdout


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (PRODUCTION | {"PENSTOCK_DEMO": "1"}, "PENSTOCK_DEMO=1 is refused with PENSTOCK_ENV=production"),
        ({"PENSTOCK_ENV": "production"}, "needs PENSTOCK_HOSTS"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not an address of a database"),
        ({"DATABASE_URL": "mysql://u:p@host/db"}, "it runs on SQLite and PostgreSQL"),
    ],
)
def test_an_environment_that_cannot_be_is_refused_in_words(
    environment: dict[str, str], more: dict[str, str], sentence: str
) -> None:
    refused = run(python("-c", "import dashboards.settings"), environment | more)
    assert refused.returncode == 1
    assert sentence in refused.stderr.splitlines()[-1]


def test_unless_asked_there_is_no_demo_and_no_debug_page(environment: dict[str, str]) -> None:
    assert value("[s.DEMO, s.DEBUG]", environment) == [False, False]
    assert value("s.DEMO", environment | {"PENSTOCK_DEMO": "1"}) is True


def test_the_key_is_kept_outside_the_repository(environment: dict[str, str], tmp_path: Path) -> None:
    key = value("s.SECRET_KEY", environment)
    assert [path.read_text() for path in tmp_path.glob("state/penstock/*/secret-key")] == [key]
    assert value("s.SECRET_KEY", environment) == key


def test_sqlite_is_as_durable_as_promised_unless_told_otherwise(environment: dict[str, str]) -> None:
    options = "s.DATABASES['default']['OPTIONS']"
    kept = value(options, environment)
    assert isinstance(kept, dict)
    assert kept["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in kept["init_command"]
    assert "synchronous=FULL" in kept["init_command"]
    assert "synchronous=NORMAL" in str(value(options, environment | {"DURABLE": "0"}))


def test_on_postgresql_only_the_web_process_keeps_a_pool(environment: dict[str, str]) -> None:
    environment["DATABASE_URL"] = "postgres://u:p@db.example/penstock"
    options = "s.DATABASES['default']['OPTIONS']"
    assert "pool" not in value(options, environment)
    assert "pool" in value(options, environment | {"PENSTOCK_POOL": "1"})


def test_an_event_is_one_line_of_json_whatever_people_typed(environment: dict[str, str]) -> None:
    code = """
import django, structlog
django.setup()
structlog.contextvars.bind_contextvars(run="4127", step="3", request_id="r1", user_id="mara")
structlog.get_logger("runs.vote").info("voted", comment="fine\\r\\n{\\"event\\": \\"forged\\"}")
"""
    said = run(python("-c", code), environment | {"DJANGO_SETTINGS_MODULE": "dashboards.settings"})
    (line,) = said.stderr.splitlines()
    event = json.loads(line)
    assert event.items() >= {"event": "voted", "level": "info", "logger": "runs.vote"}.items()
    assert event.items() >= {"run": "4127", "step": "3", "request_id": "r1", "actor": "mara"}.items()


def test_on_a_terminal_an_event_is_plain_and_a_traceback_shows_no_values(environment: dict[str, str]) -> None:
    code = """
import django, structlog
django.setup()
secret = "hunter2" * 2
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("runs.vote").exception("failed", run=4127)
"""
    environment |= {"DJANGO_SETTINGS_MODULE": "dashboards.settings", "PENSTOCK_LOG": "plain"}
    said = run(python("-c", code), environment).stderr
    assert "failed run=4127" in said.splitlines()[0]
    assert "ZeroDivisionError" in said
    assert "hunter2hunter2" not in said
    assert "\x1b" not in said
