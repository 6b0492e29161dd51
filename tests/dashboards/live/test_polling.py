"""The same news for pages whose stream is blocked: by polling, with 304 while nothing has changed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from runs import claim
from runs.models import Notice, Run
from tests.dashboards import office
from workflows.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
People = dict[str, Person]


def test_polling_gives_what_changed_and_304_while_nothing_does(people: People, run: Run) -> None:
    ann = office.client(people["ann"])
    start = ann.get("/live/changes/").json()
    assert start["runs"] == []
    first = ann.get("/live/changes/", {"since": start["cursor"]})
    again = ann.get("/live/changes/", {"since": start["cursor"]}, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    claim.claim(run, 1, people["ann"])
    news = ann.get("/live/changes/", {"since": start["cursor"]}, headers={"If-None-Match": first["ETag"]})
    assert news.json()["runs"] == [str(run.pk)]
    assert news.json()["rows"] == []


def test_the_board_is_given_its_rows_and_a_page_of_a_run_that_run_alone(people: People, run: Run) -> None:
    ann = office.client(people["ann"])
    since = ann.get("/live/changes/").json()["cursor"]
    claim.claim(run, 1, people["ann"])
    board = ann.get("/live/changes/", {"since": since, "board": "1"}).json()
    assert [row["number"] for row in board["rows"]] == [run.number]
    assert "You" in board["rows"][0]["html"]
    assert ann.get("/live/changes/", {"since": since, "run": str(run.pk)}).json()["runs"] == [str(run.pk)]
    assert ann.get("/live/changes/", {"since": since, "run": "0" * 32}).json()["runs"] == []
    assert ann.get("/live/changes/", {"since": since, "bell": "1"}).json()["runs"] == []


def test_the_bell_is_told_by_polling_too(people: People, run: Run) -> None:
    mia = office.client(people["mia"])
    since = mia.get("/live/changes/").json()["cursor"]
    Notice.objects.filter(person=people["mia"]).delete()
    before = mia.get("/live/changes/", {"since": since, "bell": "1"})
    assert before.json()["bell"] is False
    Notice.objects.create(person=people["mia"], kind=Notice.Kind.ASKED, title="New", at=timezone.now())
    after = mia.get("/live/changes/", {"since": since, "bell": "1"}, headers={"If-None-Match": before["ETag"]})
    assert after.json()["bell"] is True


def test_polling_tells_nobody_of_somebody_elses_run(people: People, run: Run) -> None:
    otto = office.client(people["otto"])
    cursor = otto.get("/live/changes/").json()["cursor"]
    claim.claim(run, 1, people["ann"])
    for asked in ({}, {"board": "1"}, {"run": str(run.pk)}):
        assert str(run.pk) not in otto.get("/live/changes/", {"since": cursor} | asked).content.decode()


@pytest.mark.parametrize("since", ["rubbish", "2026-01-01", "2026-01-01T00:00:00", "9" * 300, "2026-99-99T00:00:00Z"])
def test_a_cursor_that_is_none_means_from_now_on(people: People, run: Run, since: str) -> None:
    answer = office.client(people["ann"]).get("/live/changes/", {"since": since})
    assert answer.status_code == 200
    assert answer.json()["runs"] == []


def test_whoever_was_signed_out_is_told_so(client) -> None:
    assert client.get("/live/changes/").status_code == 403
    assert client.get("/live/").status_code == 403


def test_a_server_that_cannot_stream_says_so(people: People) -> None:
    assert office.client(people["ann"]).get("/live/").status_code == 204


def test_polling_takes_the_same_few_statements(people: People, run: Run, django_assert_num_queries) -> None:
    ann = office.client(people["ann"])
    since = ann.get("/live/changes/").json()["cursor"]
    clock = connection.vendor == "postgresql"
    with django_assert_num_queries(6 + clock):  # session, person, parts, runs, ticks, the newest notice
        ann.get("/live/changes/", {"since": since})
