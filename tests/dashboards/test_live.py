"""Live news: ids of changed runs, to whom may see them, by stream and by polling."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import AsyncClient

from dashboards import live
from runs import claim
from runs.models import Run
from tests.dashboards import office
from tests.processes import until
from tests.runs import house
from workflows.models import Person

People = dict[str, Person]


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_polling_tells_nobody_of_somebody_elses_run(people: People, run: Run) -> None:
    otto = office.client(people["otto"])
    cursor = otto.get("/live/changes/").json()["cursor"]
    claim.claim(run, 1, people["ann"])
    assert otto.get("/live/changes/", {"since": cursor}).json()["runs"] == []


@pytest.mark.django_db
@pytest.mark.parametrize("since", ["rubbish", "2026-01-01", "2026-01-01T00:00:00", "9" * 300])
def test_a_cursor_that_is_none_means_from_now_on(people: People, run: Run, since: str) -> None:
    answer = office.client(people["ann"]).get("/live/changes/", {"since": since})
    assert answer.status_code == 200
    assert answer.json()["runs"] == []


@pytest.mark.django_db
def test_a_server_that_cannot_stream_says_so(people: People) -> None:
    assert office.client(people["ann"]).get("/live/").status_code == 204


@pytest.fixture(autouse=True)
def watcher_rests() -> Iterator[None]:
    """The watching thread holds a connection to the database of the tests until nobody listens."""
    yield
    until(lambda: live.watcher._thread is None, 5, lambda: "the watcher goes on for nobody")


async def listen(person: Person, since: str = "") -> tuple[AsyncGenerator[str], AsyncIterator[dict[str, Any]]]:
    """Open a stream; give what is to be closed, and the data of its events of runs."""
    browser = AsyncClient()
    await browser.aforce_login(person)
    answer = await browser.get("/live/", {"since": since} if since else {})
    assert answer["Content-Type"] == "text/event-stream"

    async def said() -> AsyncIterator[dict[str, Any]]:
        async for part in answer.streaming_content:
            text = part.decode()
            if "event: runs" in text:
                yield json.loads(text.split("data: ", 1)[1])

    return answer._iterator, said()


def in_a_thread(act: Callable[[], object]) -> None:
    def do() -> None:
        try:
            act()
        finally:
            connection.close()

    threading.Thread(target=do).start()


@pytest.mark.django_db(transaction=True)
def test_the_stream_tells_those_who_may_see_within_two_seconds(people: People, run: Run) -> None:
    async def scene() -> None:
        mine, ann = await listen(people["ann"])
        others, otto = await listen(people["otto"])
        assert (await anext(ann))["runs"] == []
        assert (await anext(otto))["runs"] == []
        # what has just been written may be told once more: it may have been committed after the page was made
        await asyncio.sleep(0.5)
        in_a_thread(lambda: claim.claim(run, 1, people["ann"]))

        async def until_told() -> None:
            async for news in ann:
                if str(run.pk) in news["runs"] and await Run.objects.filter(pk=run.pk, seq=2).aexists():
                    return

        await asyncio.wait_for(until_told(), 2)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(otto), 0.5)
        await mine.aclose()
        await others.aclose()

    asyncio.run(scene())


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_back_is_told_what_was_missed(people: People, run: Run) -> None:
    since = office.client(people["ann"]).get("/live/changes/").json()["cursor"]
    missed = house.begin(run.version, people["zoe"], service="missed")

    async def scene() -> dict[str, Any]:
        answer, said = await listen(people["ann"], since)
        news = await anext(said)
        await answer.aclose()
        return news

    assert str(missed.pk) in asyncio.run(scene())["runs"]


@pytest.mark.django_db(transaction=True)
def test_nobody_listening_nobody_watches(people: People) -> None:
    async def scene() -> None:
        answer, said = await listen(people["ann"])
        await anext(said)
        assert live.watcher._thread is not None
        await answer.aclose()

    asyncio.run(scene())
    until(lambda: live.watcher._thread is None, 3, lambda: "the watcher goes on for nobody")
