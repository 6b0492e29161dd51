"""Who set which value of a run, when, and what it was before; and all its files in one place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dashboards.attachments import Held
from dashboards.course import data, doers
from dashboards.course.data import Data
from dashboards.course.reading import fetch
from runs import comment, complete, operate
from runs.models import Run
from runs.outcomes import is_accepted
from tests.dashboards import office
from tests.dashboards.test_secrets_on_pages import CANARY, start
from tests.runs import house
from tests.runs.uploads import upload
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


def told(run: Run, person: Person) -> Data:
    seen = fetch(person, run.number)
    return data.of(seen, Held(seen.run), doers.acts(seen.run, seen.state.seq))


def value(of: Data, title: str) -> data.Value:
    return next(value for block in of.blocks for value in block.values if value.row.title == title)


def page(reader: Person, run: Run) -> str:
    html = office.client(reader).get(f"/runs/{run.number}/").content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_value_handed_in_twice_and_put_right_knows_its_whole_history(people: People, run: Run) -> None:
    office.plan(run, people["ann"], "CHG-7", captain="mia")
    office.cast(run, people["mia"], "reject", "no way back")
    office.plan(run, people["ben"], "CHG-8")
    changes = {"steps.plan.change_ref": "CHG-9", "inputs.service": "depot"}
    assert is_accepted(operate.change(house.now(run), people["olga"], changes, "mistyped"))
    found = told(run, people["zoe"])
    ref = value(found, "Change number")
    assert ref.row.text == "CHG-9"
    assert [(one.did, one.by, one.text, one.was, one.reason) for one in ref.history] == [
        ("changed", "Olga Oak", "CHG-9", "CHG-8", "mistyped"),
        ("handed in", "Ben Baker", "CHG-8", "", ""),
        ("handed in", "Ann Archer", "CHG-7", "", ""),
    ]
    service = value(found, "Service")
    assert [(one.did, one.by, one.text) for one in service.history] == [
        ("changed", "Olga Oak", "depot"),
        ("given at the start", "Zoe Zell", "shop"),
    ]
    assert value(found, "Downtime").history == ()
    ticks = value(found, "Checklist")
    assert [(one.by, one.text) for one in ticks.history] == [("Ben Baker", item) for item in sorted(office.ITEMS)]
    words = page(people["zoe"], run)
    assert re.search(r"Changed by Olga Oak, today, \d\d:\d\d : mistyped \. It was CHG-8\.", words)
    assert "Write the plan Ben Baker, today" in words


def test_as_of_an_earlier_moment_a_value_is_what_it_was(people: People, run: Run) -> None:
    assert is_accepted(operate.change(house.now(run), people["olga"], {"inputs.service": "depot"}, "mistyped"))
    html = office.client(people["zoe"]).get(f"/runs/{run.number}/?seq=1").content.decode()
    section = html[html.index('id="data"') : html.index("</section>", html.index('id="data"'))]
    assert "shop" in section
    assert "depot" not in section
    assert "mistyped" not in section


def test_a_secret_never_stands_in_a_history(people: People) -> None:
    run = start(people)
    assert is_accepted(complete.complete(run, 1, people["ann"], {"pin": CANARY, "many": "2"}))
    answer = operate.change(house.now(run), people["olga"], {"inputs.token": CANARY + "2"}, "rotated again")
    assert is_accepted(answer), answer
    found = told(run, people["ann"])
    assert CANARY not in repr(found)
    assert value(found, "Token").row.text == "***"
    assert value(found, "Token").changed is not None
    assert CANARY not in office.client(people["ann"]).get(f"/runs/{run.number}/").content.decode()


def test_a_fixed_number_of_statements(people: People, run: Run, django_assert_num_queries: Any) -> None:
    office.plan(run, people["ann"], "CHG-7")
    office.cast(run, people["mia"], "reject", "again")
    office.plan(run, people["ben"], "CHG-8")
    seen = fetch(people["zoe"], run.number)
    acts = doers.acts(seen.run, seen.state.seq)
    with django_assert_num_queries(2):
        data.of(seen, Held(seen.run), acts)


def test_all_files_and_links_stand_in_one_place(people: People, run: Run, settings: Any, tmp_path: Path) -> None:
    settings.PENSTOCK_FILES = tmp_path / "files"
    ben = office.client(people["ben"])
    there = f"/runs/{run.number}/comments/"
    assert ben.post(there, {"text": "see", "visit": 1, "files": [upload("plan.pdf")]}).status_code == 302
    assert ben.post(there, {"text": "and", "link": "https://example.org/a"}).status_code == 302
    html = office.client(people["zoe"]).get(f"/runs/{run.number}/").content.decode()
    section = html[html.index('id="files"') : html.index("</section>", html.index('id="files"'))]
    words = " ".join(re.sub(r"<[^>]+>", " ", section).split())
    assert re.search(r"https://example.org/a a link, Ben Baker, today, \d\d:\d\d , in a comment, event \d+", words)
    assert re.search(r"plan.pdf \d+ bytes, Ben Baker, today, \d\d:\d\d , in a comment at Write the plan", words)
    assert re.search(r'title="SHA-256 [0-9a-f]{64}"', section)


def test_a_mention_is_a_chip_and_a_wrong_one_keeps_what_was_written(people: People, run: Run) -> None:
    zoe, there = office.client(people["zoe"]), f"/runs/{run.number}/comments/"
    answer = zoe.post(there, {"text": "Hello @Anne Archer <b>"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Nobody who can see this run is called @anne. Did you mean @Ann Archer?" in html
    assert "Hello @Anne Archer &lt;b&gt;" in html
    assert zoe.post(there, {"text": "Hello @Ann Archer <b>"}).status_code == 302
    html = office.client(people["ann"]).get(f"/runs/{run.number}/").content.decode()
    assert '<span class="mention mention--me" title="@ann">Ann Archer</span> &lt;b&gt;' in html


def test_who_can_be_mentioned_is_suggested_and_nobody_else(people: People, run: Run) -> None:
    zoe = office.client(people["zoe"])
    html = zoe.get(f"/runs/{run.number}/people/?q=m").content.decode()
    assert re.findall(r'data-name="([^"]+)"', html) == ["Max Mill", "Mia Moss", "Mo Marsh"]
    assert "data-name" not in zoe.get(f"/runs/{run.number}/people/?q=Otto").content.decode()
    assert "data-name" not in zoe.get(f"/runs/{run.number}/people/?q=zoe").content.decode(), "not oneself"
    assert zoe.post(f"/runs/{run.number}/people/").status_code == 405
    assert comment.comment(run, people["otto"], "hm").code == "not-visible"
