"""The page of a run as of an entry of its log: what it shows, what it does not offer, what cannot be asked of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.course import moments, reading
from runs import claim, complete, operate, seal
from runs.models import Entry, Run
from tests.dashboards import office
from workflows import append_only
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]
PART = {"HX-Request": "true"}


def page(reader: Client, run: Run, query: str = "", **headers: str) -> str:
    answer = reader.get(f"/runs/{run.number}/{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def told(people: People, run: Run) -> Run:
    """Taken, paused and resumed, planned, rejected by mia, planned again and open at the board: ten entries."""
    claim.claim(run, 1, people["ann"])
    operate.pause(Run.objects.get(pk=run.pk), people["olga"], "grid exercise")
    operate.resume(Run.objects.get(pk=run.pk), people["olga"], "it is over")
    office.plan(run, people["ann"], "CHG-1")
    office.cast(run, people["mia"], "reject", "no way back")
    office.plan(run, people["ann"], "CHG-2")
    office.cast(run, people["mia"], "approve", "go")
    return Run.objects.get(pk=run.pk)


def seq_of(run: Run, kind: str) -> int:
    return Entry.objects.filter(run=run, kind=kind).order_by("seq").values_list("seq", flat=True)[0]


def test_every_part_is_as_it_was(people: People, told: Run) -> None:
    olga = office.client(people["olga"])
    html = page(olga, told, f"?seq={seq_of(told, 'claim')}")
    said = words(html)
    assert f"after event {seq_of(told, 'claim')}:" in said
    assert "Ann Archer took Write the plan." in said
    assert "Change board was asked" not in said
    assert "CHG-1" not in said
    assert "Is with Ann Archer." in said
    assert "no way back" not in said
    assert 'class="node is-current" href="/runs/' in html
    assert "2 events, each with the hash" in said
    assert re.search(r'<li[^>]* aria-current="true">.*?<small title="Event 2,', html, re.DOTALL)
    now = words(page(olga, told))
    assert "Change board was asked" in now
    assert "As it was on" not in now


def test_nothing_can_be_done_from_there(people: People, told: Run) -> None:
    olga = office.client(people["olga"])
    html = page(olga, told, "?seq=1")
    assert "Operate" not in html
    assert "Write to everybody" not in html
    assert "<textarea" not in html
    assert 'method="post"' not in html.split('<main id="main"')[1]
    assert "Nothing can be done from here." in html
    assert "Operate" in page(olga, told)


def test_a_pause_of_the_past_is_told_and_drawn(people: People, told: Run) -> None:
    olga = office.client(people["olga"])
    html = page(olga, told, f"?seq={seq_of(told, 'pause')}")
    assert "Olga Oak paused this run" in words(html)
    assert "grid exercise" in html
    assert "bar-paused" in page(olga, told)
    assert "bar-paused" not in page(olga, told, "?seq=1")
    assert "run paused" in page(olga, told), "and in words"


def test_one_goes_on_from_moment_to_moment(people: People, told: Run) -> None:
    ann = office.client(people["ann"])
    html = page(ann, told, "?seq=2")
    assert f'href="/runs/{told.number}/?seq=1"' in html
    assert f'href="/runs/{told.number}/?seq=3"' in html
    assert f'max="{told.seq}" value="2"' in html
    assert "Event before" not in page(ann, told, "?seq=1")
    last = page(ann, told, f"?seq={told.seq}")
    assert "Event after" not in last
    assert "Nothing has happened since." in last


def test_what_matters_is_marked_on_the_slider(people: People, told: Run) -> None:
    html = page(office.client(people["ann"]), told)
    assert set(re.findall(r'class="mark-(\w+)"', html)) == {"gate", "decided", "pause", "resume"}
    assert html.count('class="mark-gate"') == 2


def test_the_slider_costs_the_page_of_now_one_statement(people: People, told: Run, django_assert_num_queries) -> None:
    today = reading.fetch(people["olga"], told.number)
    with django_assert_num_queries(1):
        slider = moments.of(today)
    assert len(slider.marks) == 5
    assert [end is not None for _, end in slider.pauses] == [True]


def test_the_live_part_is_swapped_and_does_not_ask_again(people: People, told: Run) -> None:
    ann = office.client(people["ann"])
    part = page(ann, told, "?seq=3", **PART)
    assert "<html" not in part
    assert 'id="moments"' not in part, "the slider under the reader's hand stays"
    assert "every 60s" not in part
    now = page(ann, told, **PART)
    assert 'id="moments" hx-swap-oob="true"' in now
    assert "every 60s" in now


@pytest.mark.parametrize("asked", ["0", "-1", "999", "abc", "1.5", "٣", "99999999999999999999", "<script>"])
def test_what_is_no_event_is_said_and_the_page_is_as_of_now(people: People, told: Run, asked: str) -> None:
    html = page(office.client(people["olga"]), told, f"?seq={asked}")
    assert f"The events of this run are numbered from 1 to {told.seq}." in html
    assert "As it was on" not in html
    assert "Operate" in html
    assert "<script>" not in html.split('<main id="main"')[1].split("js/course.js")[0].replace("<script src", "")


def test_a_date_means_the_last_event_before_it(people: People, run: Run) -> None:
    ann = office.client(people["ann"])
    entry = Entry.objects.get(run=run, seq=1)
    later = timezone.localtime(entry.at)
    answer = ann.get(f"/runs/{run.number}/?at={later:%Y-%m-%dT%H:%M}")
    if later < timezone.localtime():
        assert (answer.status_code, answer["Location"]) == (302, f"/runs/{run.number}/?seq=1")
    before = f"{later - timedelta(days=3):%Y-%m-%dT%H:%M}"
    html = page(ann, run, f"?at={before}")
    assert "there was nothing of this run. What you see is its beginning." in html
    assert "after event 1:" in words(html)
    ahead = f"{later + timedelta(days=3):%Y-%m-%dT%H:%M}"
    assert "is still to come. What you see is the run as it is now." in page(ann, run, f"?at={ahead}")
    for nonsense in ("tomorrow", "2026-13-41T99:99", "2026", "%00"):
        assert "is no date with a time" in page(ann, run, f"?at={nonsense}"), nonsense


def test_the_past_of_a_run_is_nobody_elses(people: People, told: Run) -> None:
    otto = office.client(people["otto"])
    assert otto.get(f"/runs/{told.number}/?seq=1").status_code == 404
    assert otto.get(f"/runs/{told.number}/?at=2026-01-01T00:00").status_code == 404


def test_the_past_does_not_change(people: People, told: Run) -> None:
    ann = office.client(people["ann"])
    answer = ann.get(f"/runs/{told.number}/?seq=3", headers=PART)
    claimed = {**PART, "If-None-Match": answer["ETag"]}
    complete.complete(told, 1, people["ann"], {})
    office.cast(told, people["max"], "approve")
    assert ann.get(f"/runs/{told.number}/?seq=3", headers=claimed).status_code == 304
    other = office.client(people["olga"]).get(f"/runs/{told.number}/?seq=3", headers=claimed)
    assert other.status_code == 200, "another reader has a page of their own"
    newest = ann.get(f"/runs/{told.number}/?seq={Run.objects.get(pk=told.pk).seq}", headers=PART)
    claim.claim(told, office.at(told, "tell").number, people["ben"])
    again = ann.get(newest.request["PATH_INFO"] + "?" + newest.request["QUERY_STRING"], headers=PART)
    assert again["ETag"] != newest["ETag"], "the newest becomes the past"


def test_reading_the_past_changes_nothing_and_costs_the_same_wherever_one_is(people: People, told: Run) -> None:
    ann = office.client(people["ann"])
    ann.get(f"/runs/{told.number}/")
    counts = []
    for seq in (2, told.seq - 1):
        with CaptureQueriesContext(connection) as captured:
            page(ann, told, f"?seq={seq}", **PART)
        counts.append(len(captured))
        assert not [one for one in captured if not one["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE", "BEGIN"))]
    assert max(counts) <= 30
    assert abs(counts[0] - counts[1]) <= 4
    assert Entry.objects.filter(run=told).count() == told.seq


def test_a_log_that_was_tampered_with_is_said_and_the_page_is_as_of_now(people: People, told: Run) -> None:
    with append_only.unsealed(seal.LOG):
        Entry.objects.filter(run=told, seq=2)._raw_delete("default")
    html = page(office.client(people["olga"]), told, "?seq=4")
    assert "The log of this run does not lead there" in html
    assert "As it was on" not in html
    assert "As it was on" in page(office.client(people["olga"]), told, "?seq=1")


def test_secrets_stay_secret_and_what_people_wrote_is_escaped(people: People, run: Run) -> None:
    office.plan(run, people["ann"], text="<script>alert(1)</script>")
    office.cast(run, people["mia"], "reject", "<img src=x onerror=alert(1)>")
    html = page(office.client(people["zoe"]), run, f"?seq={Run.objects.get(pk=run.pk).seq}")
    assert "<script>alert" not in html
    assert "<img" not in html


def test_where_the_time_went(people: People, run: Run) -> None:
    at = timezone.now() - timedelta(hours=10)
    # the run began just now: its rows are moved, not its log
    run.steps.update(opened_at=at, claimed_at=at + timedelta(hours=4), claimed_by=people["ann"], status="active")
    Run.objects.filter(pk=run.pk).update(started_at=at)
    said = words(page(office.client(people["zoe"]), Run.objects.get(pk=run.pk)))
    assert re.search(r"Worked / waited 6 h( \d+ s)? / 4 h", said), said[:600]
    assert "As a table" in said
    assert re.search(r"Write the plan waited .*?4 h Write the plan in work now", said)
