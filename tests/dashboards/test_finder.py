"""Find anything: what is found and what may be done there, for whom, at what cost; the page and its fragment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboards.finder.pages import PAGES
from runs.models import Run
from runs.providers import PROVIDERS
from runs.providers.errors import ActionError
from tests.dashboards import office
from tests.runs import house
from workflows.models import Part, Person, Unit, Version
from workflows.publish import publish

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

People = dict[str, Person]
ROOT = Path(__file__).resolve().parents[2]


def ask(person: Person, text: str, fragment: bool = True) -> str:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/runs/"} if fragment else {}
    answer = office.client(person).get("/find/", {"q": text}, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def options(html: str) -> list[tuple[str, str]]:
    """Where each option leads, and what it says first."""
    found = re.findall(
        r'role="option"[^>]*?(?:href="([^"]*)")?>(?:(?!</a>|</button>).)*?found__title">([^<]*)', html, re.S
    )
    return [(address, title.strip()) for address, title in found]


def test_a_run_is_found_by_number_id_and_words_with_what_one_may_do_there(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    gate = office.at(run, "board").number
    for text in (str(run.number), f"#{run.number}", str(run.pk), "ship sho", "SHOP"):
        assert options(ask(people["mia"], text))[:2] == [
            (f"/runs/{run.number}/", "Ship shop"),
            (f"/runs/{run.number}/gates/{gate}/", "Vote: Change board"),
        ], text
    html = ask(people["ann"], "shop")
    assert "Change board" in html
    assert "Vote:" not in html


def test_an_operator_is_offered_the_retry_and_nobody_else(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(parameters, key, seconds):
        raise ActionError("no", permanent=True)

    monkeypatch.setitem(PROVIDERS, "test.act", fail)
    run = house.acting(people)
    house.act()
    assert house.now(run).incident_count == 1
    assert (f"/runs/{run.number}/visits/1/retry/", "Retry: Act") in options(ask(people["olga"], str(run.number)))
    html = ask(people["ann"], str(run.number))
    assert f'href="/runs/{run.number}/"' in html
    assert "Retry" not in html


def test_what_is_not_ones_own_is_not_found_however_it_is_asked_for(people: People, run: Run) -> None:
    for text in (str(run.number), str(run.pk), "shop", "ship"):
        html = ask(people["otto"], text)  # operates another unit
        assert f"/runs/{run.number}/" not in html
        assert "Ship shop" not in html
    assert "Nothing found for “xyzzy”" in ask(people["otto"], "xyzzy")
    assert Client().get("/find/?q=shop").status_code == 302
    people["otto"].is_active = False
    people["otto"].save()
    assert office.client(people["otto"]).get("/find/?q=shop").status_code == 302


def test_playbooks_are_found_with_their_start_for_whom_may_start_them(people: People, run: Run) -> None:
    start = ("/library/board/start/", "Start Board")
    found = options(ask(people["ann"], "boa"))
    assert found[found.index(("/library/board/", "Board")) + 1] == start
    assert start not in options(ask(people["otto"], "board"))


def test_what_starts_no_runs_is_found_without_a_start(people: People, run: Run) -> None:
    text = "policy: seen\ntitle: Everything is seen\nunit: platform\nrequire: [{every: gate, has: [due]}]\n"
    unit = Unit.objects.get(slug="platform")
    assert isinstance(publish(text, unit, None), Version)
    Part.objects.create(unit=unit, person=people["max"], part=Part.Kind.VIEWER)
    html = ask(people["max"], "seen")
    assert options(html) == [("/library/seen/", "Everything is seen")], html


def test_people_are_found_by_those_who_may_read_their_pages(people: People) -> None:
    assert ("/person/mia/", "Mia Moss") in options(ask(people["audrey"], "mia mo"))
    assert "Mia Moss" not in ask(people["ann"], "mia")


@pytest.mark.parametrize("name", ["ann", "audrey", "olga", "otto", "root"])
def test_every_page_that_is_offered_opens(people: People, name: str) -> None:
    if name == "root":
        people[name] = Person.objects.create_superuser("root", password="a long one for root")
    found = set()
    for page in PAGES:
        html = ask(people[name], page.title)
        if (reverse(page.name), page.title) in options(html):
            found.add(page.name)
    assert {"my-work", "runs", "library", "absence"} <= found
    assert ("people" in found) is (name in ("audrey", "root"))
    assert ("gates" in found) is (name in ("audrey", "olga", "otto"))
    browser = office.client(people[name])
    for page in found:
        assert browser.get(reverse(page)).status_code == 200, page


def test_pages_are_found_by_other_words_than_their_titles(people: People) -> None:
    for text in ("holiday", "VACATION", "delegat", "away"):
        assert ("/absence/", "Absence and delegations") in options(ask(people["ann"], text)), text
    assert options(ask(people["ann"], "metrics"))[0] == ("/metrics/", "Metrics")  # named: before anything else


def test_acts_are_posted_and_lead_back(people: People) -> None:
    html = ask(people["ann"], "dark")
    assert 'action="/theme/"' in html
    assert 'value="http://testserver/runs/"' in html
    assert "Switch single-letter keys off" in ask(people["ann"], "shortcuts")
    ann = office.client(people["ann"])
    assert 'data-letters="off"' not in ann.get("/find/").content.decode()
    assert ann.post("/letters/", {"letters": "off", "next": "/runs/"})["Location"] == "/runs/"
    html = ann.get("/find/?q=single+letter").content.decode()
    assert 'data-letters="off"' in html
    assert "Switch single-letter keys on" in html
    assert ann.post("/letters/", {"letters": "on"}, headers={"HX-Request": "true"}).status_code == 204
    assert 'data-letters="off"' not in ann.get("/find/").content.decode()
    ann.post("/letters/", {"letters": "sideways"})
    assert ann.cookies["letters"].value == "on"


def test_all_notices_are_marked_where_there_are_any(people: People, run: Run) -> None:
    assert "Mark all" not in ask(people["mia"], "mark all")
    office.plan(run, people["ann"])
    html = ask(people["mia"], "mark all")
    newest = re.search(r'name="newest" value="(\d+)"', html)
    assert newest is not None
    office.client(people["mia"]).post("/notices/read/", {"newest": newest[1]})
    assert "Mark all" not in ask(people["mia"], "mark all")


def test_before_anything_is_typed_there_is_what_waits_and_what_one_started(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    assert options(ask(people["mia"], ""))[0] == (f"/runs/{run.number}/", "Ship shop")
    assert options(ask(people["zoe"], ""))[0] == (f"/runs/{run.number}/", "Ship shop")  # she started it
    assert options(ask(people["otto"], ""))[0][1] == "My work"


def test_the_page_holds_the_same_without_javascript(people: People, run: Run) -> None:
    html = ask(people["zoe"], "ship", fragment=False)
    assert f'href="/runs/{run.number}/"' in html
    assert 'value="ship"' in html
    nothing = ask(people["zoe"], "<b>x</b> \0" + "y" * 200, fragment=False)
    assert "<b>x" not in nothing
    assert "Nothing found" in nothing


def test_the_number_of_statements_does_not_grow_with_what_is_found(people: People) -> None:
    Part.objects.create(unit=Unit.objects.get(slug="company"), person=people["mia"], part=Part.Kind.AUDITOR)
    version = house.publish(office.board())
    mia = office.client(people["mia"])

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert b"Ship" in mia.get("/find/?q=ship", headers={"HX-Request": "true"}).content
        return len(queries)

    office.plan(house.begin(version, people["zoe"], service="one"), people["ann"])
    house.publish(house.playbook("ship", [house.task("pick"), house.end()]))
    statements()
    few = statements()
    for nth in range(9):
        office.plan(house.begin(version, people["zoe"], service=f"more {nth}"), people["ann"])
        house.publish(house.playbook(f"ship-{nth}", [house.task("pick"), house.end()]))
    statements()  # definitions are read once a process
    assert statements() == few
    assert few < 40


def test_the_keys_in_the_docs_are_those_of_the_page(people: People) -> None:
    page = (ROOT / "docs" / "how-to" / "find-anything.md").read_text()
    told = dict(re.findall(r"^\| `([^`]+)` \| (.+?) \|", page, re.M))
    root = Person.objects.create_superuser("root", password="a long one for root")
    Part.objects.create(unit=Unit.objects.get(slug="company"), person=root, part=Part.Kind.AUDITOR)
    html = office.client(root).get("/find/").content.decode()
    drawn = dict(re.findall(r'data-go="(\w)" data-key-name="([^"]+)"', html))
    assert {keys[2:]: words for keys, words in told.items() if keys.startswith("g ")} == drawn
    assert {one.key: one.title for one in PAGES if one.key} == drawn
    script = (ROOT / "dashboards" / "static" / "js" / "page.js").read_text()
    for keys, words in re.findall(r'\["(\?|Esc|[a-z])", "([^"]+)"\]', script):
        assert told[keys] == words
    assert told["Ctrl K"] == "Find a run, playbook, person or page"
    focused = {
        (letter, re.sub(r"“.*?”", "…", words))
        for path in (ROOT / "templates").rglob("*.html")
        for letter, words in re.findall(r'data-focus="(\w)" data-focus-name="([^"]+)"', path.read_text())
    }
    assert {letter for letter, _ in focused} <= set(told)
