"""Rules that hold for every page: nothing inline, GET changes nothing, somebody else's is 404, no view writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from runs.models import Run
from tests.dashboards import office
from workflows.models import Person

People = dict[str, Person]
ROOT = Path(__file__).resolve().parents[2]


def patterns(under: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every address of the product with its name, the administrator's own left out."""
    for entry in (under or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if not route.startswith("admin/"):
                yield from patterns(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.name or ""


#: Addresses that are the same for everybody, or that only ask about the reader.
NOBODYS = {"sign-in", "sign-out", "theme", "my-work", "live", "live-changes", "runs", "library", "metrics"}
NOBODYS |= {"my-password"}


def addresses(run: Run) -> list[str]:
    """Every address with the parts of this run and its playbook filled in."""
    found = []
    for route, name in patterns():
        if name in NOBODYS:
            found.append(f"/{route}")
            continue
        visits = [office.at(run, "board").number, 1] if "visit" in route else [1]
        for visit in visits:
            path = re.sub(r"<(?:int:)?(?:run|number)>", str(run.number), route)
            path = re.sub(r"<(?:int:)?visit>", str(visit), path)
            path = re.sub(r"<slug:\w+>", run.version.artifact.slug, path)
            path = re.sub(r"<int:\w+>", "1", path)
            path = re.sub(r"<uuid:\w+>", "00000000-0000-0000-0000-000000000001", path)
            path = re.sub(r"<str:\w+>", "ann", path)
            assert "<" not in path, f"say in this test what stands in {route}"
            found.append(f"/{path}")
    return found


@pytest.mark.django_db
def test_somebody_elses_run_is_404_like_none_at_all(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    otto = office.client(people["otto"])  # operates another unit
    of_a_run = [address for address in addresses(run) if f"/runs/{run.number}/" in address]
    assert len(of_a_run) > 6
    for address in of_a_run:
        for answer in (otto.get(address), otto.post(address, {"choice": "approve", "reason": "x"})):
            assert answer.status_code in {404, 405}, address
            assert b"shop" not in answer.content
        absent = address.replace(f"/{run.number}/", "/987654/", 1)
        assert otto.get(absent).status_code == otto.get(address).status_code
    assert office.client(people["olga"]).get(f"/runs/{run.number}/tasks/1/").status_code == 200


@pytest.mark.django_db
def test_whoever_is_not_signed_in_sees_the_form_and_nothing_else(people: People, run: Run, client: Client) -> None:
    office.plan(run, people["ann"])
    for address in addresses(run):
        answer = client.get(address)
        if address not in {"/sign-in/", "/sign-out/", "/theme/", "/decide/ann/"}:  # a link in a mail needs no session
            assert answer.status_code in {302, 403, 405}, address
            assert answer.status_code != 302 or answer["Location"].startswith("/sign-in/"), address
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_no_post_without_the_proof_of_origin(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    mia = Client(enforce_csrf_checks=True)
    mia.force_login(people["mia"])
    for address in addresses(run):
        answer = mia.post(address, {"choice": "approve"})
        assert answer.status_code in {403, 405}, address
        if answer.status_code == 403 and address != "/live/":
            assert "Please send it again" in answer.content.decode(), address


@pytest.mark.django_db
def test_a_get_changes_nothing_and_pages_hold_nothing_inline(people: People, run: Run) -> None:
    """Whoever follows the links, the scanners of mails too, writes nothing."""
    office.plan(run, people["ann"])
    mia = office.client(people["mia"])
    pages = 0
    for address in [*addresses(run), "/nowhere/"]:
        with CaptureQueriesContext(connection) as queries:
            answer = mia.get(address, headers={"User-Agent": "Outlook-Safelinks"})
        writes = [one["sql"] for one in queries if re.match(r"\s*(INSERT|UPDATE|DELETE|REPLACE)", one["sql"], re.I)]
        assert writes == [], address
        if not answer.get("Content-Type", "").startswith("text/html") or answer.streaming:
            continue
        pages += 1
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        html = answer.content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", html), address
        assert not re.search(r"\b(?:hx-on|hx-vals=.js:)", html), address
    assert pages >= 30


@pytest.mark.django_db
def test_what_is_not_there_is_told_in_words(people: People) -> None:
    answer = office.client(people["mia"]).get("/runs/999/")
    assert answer.status_code == 404
    assert "There is nothing here for you" in answer.content.decode()


@pytest.mark.django_db
def test_a_fault_of_ours_is_told_without_the_frame(client: Client, people: People) -> None:
    client.raise_request_exception = False
    client.force_login(people["mia"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboards.views.my_work.worklist.of", lambda person: 1 / 0)
        answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke" in answer.content.decode()
    assert "ZeroDivisionError" not in answer.content.decode()


WRITES = re.compile(r"\.(save|delete|create|bulk_create|bulk_update|update_or_create|get_or_create|update)\(")


@pytest.mark.parametrize("path", sorted((ROOT / "dashboards" / "views").glob("*.py")), ids=lambda path: path.stem)
def test_no_view_writes_a_model(path: Path) -> None:
    """Views fetch, ask, call a verb and render. `draft.save` is a verb of `runs`."""
    text = re.sub(r"\bdraft\.save\(", "(", path.read_text())
    assert not WRITES.search(text)
