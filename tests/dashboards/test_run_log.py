"""The log asked for what one looks for: by whom, what, where, in which words; as a page, a part of one and a sheet."""

from __future__ import annotations

import csv
import io
import re
from typing import get_args

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.course import log, logbook, narrowing
from dashboards.course.narrowing import Narrowing
from dashboards.course.reading import fetch
from engine.machine import events
from runs import claim, comment, operate
from runs.models import Run
from runs.outcomes import is_accepted
from tests.dashboards import office
from tests.runs import house
from workflows.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
People = dict[str, Person]
PART = {"HX-Request": "true"}


@pytest.fixture
def told(people: People, run: Run) -> Run:
    """A run in which something of everything happened."""
    claim.claim(run, 1, people["ann"])
    assert is_accepted(comment.comment(run, people["ben"], "Is the key rotated?", 1))
    office.plan(run, people["ann"], "CHG-7")
    office.cast(run, people["mia"], "approve", "The key is fine")
    assert is_accepted(operate.pause(house.now(run), people["olga"], "Grid exercise"))
    return house.now(run)


def lines(reader: Client, run: Run, query: str, page: str = "log/") -> list[str]:
    """The sentences of the log that are shown, newest first."""
    html = reader.get(f"/runs/{run.number}/{page}{query}").content.decode()
    section = html[html.index('id="log-section"') : html.index("</section>", html.index('id="log-section"'))]
    found = re.findall(r"</time><span>(.*?)</span><small", section, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_every_kind_of_event_is_in_a_group() -> None:
    known = {kind for _, group in narrowing.WHAT.values() for kind in group}
    assert known == {one.__dataclass_fields__["kind"].default for one in get_args(events.Event)}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?who=olga", ["Olga Oak paused the run. Grid exercise"]),
        ("?what=comments", ["Ben Baker commented at Write the plan. Is the key rotated?"]),
        ("?what=decisions", ["Mia Moss approved Change board. The key is fine"]),
        (
            "?q=KEY",
            ["Mia Moss approved Change board. The key is fine", "Ben Baker commented at Write the plan. Is the key"],
        ),
        ("?q=key&who=mia", ["Mia Moss approved Change board. The key is fine"]),
        ("?step=board&who=mia", ["Mia Moss approved Change board. The key is fine"]),
        ("?step=plan&what=comments", ["Ben Baker commented at Write the plan."]),
        ("?step=board&what=comments", []),
        ("?who=engine", ["Max Mill, Mia Moss and Mo Marsh may vote"]),
    ],
)
def test_filters_combine_on_both_pages(people: People, told: Run, query: str, shown: list[str]) -> None:
    zoe = office.client(people["zoe"])
    for page in ("log/", ""):
        found = lines(zoe, told, query, page)
        assert len(found) == len(shown)
        assert all(line.startswith(words) for line, words in zip(found, shown, strict=True)), found


def test_where_nothing_fits_there_is_a_way_back(people: People, told: Run) -> None:
    html = office.client(people["zoe"]).get(f"/runs/{told.number}/log/?q=unheard+of").content.decode()
    assert "Nothing in this log fits." in " ".join(html.split())
    assert f'href="/runs/{told.number}/log/?#log"' in html


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?who=otto", "Nobody called “otto” has acted in this run"),
        ("?what=gossip", "The log knows no kind “gossip”"),
        ("?step=nowhere", "No step “nowhere” was visited in this run"),
        ("?before=x", "“x” is no place in the log"),
        ("?seq=-1", "“-1” is no event of this run"),
        ("?q=" + "a" * 300, "Only the first 100 characters were looked for."),
    ],
)
def test_what_cannot_be_parsed_is_said_and_the_rest_holds(people: People, told: Run, query: str, says: str) -> None:
    answer = office.client(people["zoe"]).get(f"/runs/{told.number}/log/{query}")
    assert answer.status_code == 200
    assert says in answer.content.decode()


def test_htmx_gets_the_section_alone_and_the_address_of_the_page_it_stands_on(people: People, told: Run) -> None:
    zoe, there = office.client(people["zoe"]), f"/runs/{told.number}/log/?who=olga"
    on_run = zoe.get(there, headers={**PART, "HX-Current-URL": f"http://testserver/runs/{told.number}/"})
    assert b"<html" not in on_run.content
    assert on_run["HX-Replace-Url"] == f"/runs/{told.number}/?who=olga"
    assert f'action="/runs/{told.number}/#log"' in on_run.content.decode()
    assert zoe.get(there, headers=PART)["HX-Replace-Url"] == there
    by_itself = zoe.get(there, headers={**PART, "HX-Trigger": "log-news"})
    assert "HX-Replace-Url" not in by_itself
    assert f'hx-trigger="run-{told.pk} from:body' in by_itself.content.decode()


def test_the_sheet_holds_what_was_asked_for(people: People, told: Run) -> None:
    text = office.client(people["zoe"]).get(f"/runs/{told.number}/log.csv?who=mia").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[3] for row in rows[1:]] == ["mia"]
    whole = office.client(people["zoe"]).get(f"/runs/{told.number}/log.csv").content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(whole)))) == told.seq + 1


def test_only_so_many_entries_are_opened_and_it_is_said_how_far(people: People, run: Run) -> None:
    assert is_accepted(comment.comment(run, people["ben"], "The needle"))
    for _ in range(10):
        claim.claim(run, 1, people["ann"])
        claim.release(run, 1, people["ann"])
    seen = fetch(people["ann"], run.number)
    asked = Narrowing(text="needle")
    near = log.read(seen.run, seen.definition, logbook.titles(seen), asked, looked=8)
    assert near.days == ()
    assert near.looked_to is not None
    assert near.before == seen.run.seq - 7
    far = log.read(seen.run, seen.definition, logbook.titles(seen), Narrowing(text="needle", before=near.before))
    assert [line.entry.kind for day in far.days for line in day.lines] == ["comment"]
    assert (far.looked_to, far.before) == (None, 0)


@pytest.mark.parametrize("username", ["otto", "gus"])
def test_somebody_elses_log_does_not_exist(people: People, told: Run, username: str) -> None:
    person = people[username]
    Person.objects.filter(pk=person.pk).update(is_active=True)
    person.groups.clear()
    reader = office.client(Person.objects.get(pk=person.pk))
    for page in ("log/", "log.csv", "people/?q=a"):
        assert reader.get(f"/runs/{told.number}/{page}").status_code == 404


def test_the_statements_do_not_grow_with_the_log(people: People, run: Run) -> None:
    reader = office.client(people["olga"])

    def count(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            reader.get(f"/runs/{run.number}/log/{query}")
        return len(captured)

    queries = ("", "?who=ann&what=work", "?q=nothing&step=plan")
    claim.claim(run, 1, people["ann"])
    claim.release(run, 1, people["ann"])
    few = [count(query) for query in queries]
    for _ in range(8):
        claim.claim(run, 1, people["ann"])
        claim.release(run, 1, people["ann"])
    assert [count(query) for query in queries] == few
    assert max(few) <= 22


def test_people_are_told_by_what_they_did(people: People, told: Run) -> None:
    html = office.client(people["zoe"]).get(f"/runs/{told.number}/").content.decode()
    section = html[html.index("Who did what") : html.index("Engineer</h3>")]
    words = " ".join(re.sub(r"<[^>]+>", " ", section).split())
    assert "You started it" in words
    assert "Ann Archer handed in Write the plan" in words
    assert "Mia Moss approved Change board" in words
    assert "Ben Baker commented" in words
    assert "Olga Oak paused it" in words
