"""The engine watched from outside: probes, metrics, the page, and the lines of the log."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families as families

from dashboards.watching import collector, latest, probes
from dashboards.watching.figures import FIGURES
from runs.health import reading
from runs.models import Beat, Run
from tests.dashboards import office
from tests.runs import house
from tests.runs.conftest import provide as provide  # an action that tests may offer
from workflows.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DOCS = Path(__file__).parents[3] / "docs"
People = dict[str, Person]


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    latest.forget()


def heard(kind: str, ago: float = 0) -> None:
    at = timezone.now() - timedelta(seconds=ago)
    Beat.objects.create(kind=kind, host="h", started_at=at, beat_at=at)


def exposed() -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in families(Client().get("/metrics").content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_healthz_asks_nothing(django_assert_num_queries, settings) -> None:
    settings.ALLOWED_HOSTS = ["penstock.example"]
    settings.SECURE_SSL_REDIRECT = True
    with django_assert_num_queries(0):
        answer = Client().get("/healthz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert Client().post("/healthz").status_code == 405


def test_readyz_says_what_is_missing(monkeypatch) -> None:
    heard("clock", ago=61)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "missing": ["No clock has been heard within a minute: start `manage.py clock`."],
    }
    heard("clock")
    assert Client().get("/readyz").json() == {"ready": True, "missing": []}

    def away() -> None:
        raise OperationalError("password authentication failed for penstock@db")

    monkeypatch.setattr(probes, "database_clock", away)
    monkeypatch.setattr(probes.connection, "close", lambda: None)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["The database does not answer."])
    monkeypatch.setattr(probes, "_is_migrated", lambda: False)
    assert "manage.py migrate" in Client().get("/readyz").json()["missing"][0]


def test_metrics_are_for_the_token_or_for_this_machine(settings) -> None:
    assert Client().get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="10.1.2.3").get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 404, "by way of a proxy"
    settings.PENSTOCK_METRICS_TOKEN = "a-long-token"
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"authorization": "Bearer another"}).status_code == 404
    assert Client().get("/metrics", headers={"authorization": "Bearer ünl"}).status_code == 404
    told = Client(REMOTE_ADDR="10.1.2.3").get("/metrics", headers={"authorization": "Bearer a-long-token"})
    assert told.status_code == 200
    assert told.headers["Content-Type"].startswith("text/plain")


def test_metrics_say_what_is_there(people: People, run: Run) -> None:
    heard("clock", ago=5)
    Client().get("/sign-in/")
    found = exposed()
    assert found["penstock_database_up"] == {(): 1}
    assert 5 <= found["penstock_heard_seconds"][("kind", "clock"),] < 60
    assert found["penstock_processes"][("kind", "worker"),] == 0
    assert found["penstock_judgement"][("part", "workers"),] == 2
    assert sum(found["penstock_gates_open"].values()) == 0
    seen = [labels for labels in found["penstock_http_request_duration_seconds_count"] if ("view", "sign-in") in labels]
    assert seen
    assert "2xx" in {dict(labels)["status"] for labels in seen}, "in this process others may have been answered before"


def test_they_are_read_once_however_often_they_are_asked_for(monkeypatch, django_assert_num_queries) -> None:
    Client().get("/metrics")
    with django_assert_num_queries(0):
        Client().get("/metrics")


def test_without_its_database_it_says_that_and_answers(monkeypatch) -> None:
    def away() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(collector, "timed", away)
    found = exposed()
    assert found["penstock_database_up"] == {(): 0}
    assert "penstock_bells" not in found
    assert "penstock_live_connections" in found


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\bpenstock_[a-z_]+", expression))


def known() -> set[str]:
    histogram = "penstock_http_request_duration_seconds"
    of_process = {
        "penstock_live_connections",
        "penstock_database_up",
        "penstock_reading_seconds",
        "penstock_build_info",
    }
    return {
        *(figure.name for figure in FIGURES),
        *(f"{histogram}_{end}" for end in ("bucket", "count", "sum")),
        *of_process,
    }


def test_dashboard_and_alerts_ask_for_metrics_that_there_are() -> None:
    Client().get("/sign-in/")
    heard("clock")
    served = set(exposed()) | {figure.name for figure in FIGURES}
    assert known() <= served, "and the list of this test says what is served"
    dashboard = json.loads((DOCS / "grafana" / "penstock.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(asked) >= 15
    rules = yaml.safe_load((DOCS / "alerts" / "penstock.rules.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    for rule in alerts:
        assert rule["for"], rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning"}, rule["alert"]
        assert {"summary", "runbook_url"} <= set(rule["annotations"]), rule["alert"]
    used = set().union(*map(metrics_in, [*asked, *(rule["expr"] for rule in alerts)]))
    assert used <= known(), used - known()
    anchors = {rule["annotations"]["runbook_url"].split("#")[1] for rule in alerts}
    page = (DOCS / "how-to" / "watch-the-engine.md").read_text()
    headings = {
        re.sub(r"[^\w-]", "", line.lstrip("# ").lower().replace(" ", "-"))
        for line in page.splitlines()
        if line.startswith("#")
    }
    assert anchors <= headings, anchors - headings


def test_the_reference_lists_every_metric_with_what_it_says() -> None:
    text = (DOCS / "reference" / "metrics.md").read_text()
    for figure in FIGURES:
        labels = ", ".join(f"`{label}`" for label in figure.labels)
        assert f"| `{figure.name}` | {labels} | {figure.help} |" in text, figure.name
    assert metrics_in(text) <= known() | {"penstock_http_request_duration_seconds", "penstock_build"}


def test_the_page_is_for_those_who_keep_the_engine(people: People, django_assert_num_queries) -> None:
    for name, status in {"ann": 404, "mia": 404, "olga": 200, "audrey": 200}.items():
        reader = office.client(people[name])
        assert reader.get("/health/").status_code == status, name
        assert ('href="/health/"' in reader.get("/runs/").content.decode()) is (status == 200), name
    people["zoe"].is_superuser = True
    people["zoe"].save()
    assert office.client(people["zoe"]).get("/health/").status_code == 200
    assert Client().get("/health/").status_code == 302


def test_the_page_says_what_is_wrong_and_what_to_do(people: People) -> None:
    heard("clock", ago=190)
    heard("web")
    olga = office.client(people["olga"])
    page = olga.get("/health/").content.decode()
    assert "The clock has not been heard for 3 min: nothing that is due happens." in page
    assert "Something is wrong." in page
    assert "manage.py qcluster" in page
    part = olga.get("/health/", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="health"' in part


def test_the_board_warns_operators_where_nothing_moves(people: People) -> None:
    olga, ann = office.client(people["olga"]), office.client(people["ann"])
    assert "/health/banner/" in olga.get("/runs/").content.decode()
    assert "/health/banner/" not in ann.get("/runs/").content.decode()
    assert "No clock has been heard" in olga.get("/health/banner/").content.decode()
    assert ann.get("/health/banner/").status_code == 204
    heard("clock")
    heard("worker")
    latest.forget()
    assert "notice" not in olga.get("/health/banner/").content.decode()


@pytest.fixture
def lines(monkeypatch) -> io.StringIO:
    """What the handler of the settings writes, as JSON."""
    from dashboards import logs

    formatter = logs.configure("json", "INFO")["formatters"]["line"]
    made = formatter.pop("()")(**formatter)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(made)
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_lines_carry_request_run_step_and_actor(people: People, run: Run, lines: io.StringIO, provide) -> None:
    ann = office.client(people["ann"])
    answer = ann.get("/runs/", headers={"x-request-id": "abc-123"})
    assert answer.headers["X-Request-ID"] == "abc-123"
    made_up = ann.get("/runs/", headers={"x-request-id": 'x" evil\tline'}).headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", made_up)
    answer = ann.post(f"/runs/{run.number}/tasks/1/claim/", headers={"x-request-id": "claim-1"})
    provide(lambda *_: {})
    acting = house.acting(people)
    house.act()
    told = [json.loads(line) for line in lines.getvalue().splitlines() if line.startswith("{")]
    requests = {line["request_id"] for line in told if line["event"] == "request_finished"}
    assert {"abc-123", made_up, "claim-1"} <= requests
    (claimed,) = [line for line in told if line["event"] == "run_moved" and line["act"] == "claim"]
    assert (claimed["request_id"], claimed["actor"], claimed["step"]) == ("claim-1", "ann", 1)
    assert claimed["run"] == str(run.pk)
    (performed,) = [line for line in told if line["event"] == "action_performed"]
    assert (performed["run"], performed["step"], performed["actor"]) == (str(acting.pk), 1, "engine")
    assert performed["outcome"] == "ok"


def test_the_shared_reading_bounds_its_counts() -> None:
    assert reading.in_figures(reading.MOST + 1) == "1,000+"
