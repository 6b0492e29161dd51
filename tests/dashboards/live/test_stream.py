"""The stream: who is told what, in order, without a gap, and nobody of what they may not see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from dashboards.live import fan_out, listeners, stream, watcher
from runs import claim
from runs.models import Notice, Run
from tests.dashboards.live.browser import Stream, elsewhere
from tests.processes import until
from tests.runs import house
from workflows.models import Part, Person, Unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
People = dict[str, Person]


@pytest.fixture(autouse=True)
def watcher_rests() -> Iterator[None]:
    """The watching thread holds a connection to the database of the tests until nobody listens."""
    yield
    until(lambda: not watcher.watcher.is_watching, 5, lambda: "the watcher goes on for nobody")


def old(*runs: Run) -> None:
    """Let these runs have changed long ago: what was written a moment ago may be told once more."""
    Run.objects.filter(pk__in=[run.pk for run in runs]).update(changed_at=timezone.now() - timedelta(hours=1))


def test_a_change_is_told_to_those_who_may_see_it_and_want_to_hear_of_it(people: People, run: Run) -> None:
    other = house.begin(run.version, people["zoe"], service="other")
    old(run, other)

    async def scene() -> None:
        async with (
            Stream(people["ann"]) as any_run,
            Stream(people["ann"], f"run={run.pk}") as this,
            Stream(people["ann"], f"run={other.pk}&run=rubbish") as another,
            Stream(people["ann"], "bell=1") as bell,
            Stream(people["otto"], "board=1") as otto,
            Stream(people["mia"], "board=1") as board,
        ):
            await elsewhere(lambda: claim.claim(run, 1, people["ann"]))
            row = await board.next("row")
            assert (row.data["run"], row.data["number"]) == (str(run.pk), run.number)
            assert f'id="row-{run.number}"' in row.data["html"]
            assert "Ann Archer" in row.data["html"]
            await elsewhere(lambda: claim.claim(other, 1, people["ann"]))
            await another.until(lambda: str(other.pk) in another.runs)
            await any_run.until(lambda: any_run.runs == {str(run.pk), str(other.pk)})
            await board.until(lambda: board.runs == any_run.runs)
            assert this.runs == {str(run.pk)}
            assert another.runs == {str(other.pk)}
            assert bell.runs == otto.runs == set()
            assert str(run.pk) not in otto.text
            assert not any_run.named("row")

    asyncio.run(scene())


def test_every_part_hears_of_the_runs_it_sees_and_of_no_other(people: People, run: Run) -> None:
    """As the matrix of routes asks every page: each part in the unit, who is in a role, in another unit, or nobody."""
    unit, other = run.unit, Unit.objects.get(slug="elsewhere")
    everybody = {"engineer": people["ann"], "manager": people["mia"], "starter": people["zoe"]}
    for part in Part.Kind.values:
        everybody[part] = Person.objects.create(username=part)
        Part.objects.create(unit=unit, person=everybody[part], part=part)
    for name in ("stranger", "administrator"):
        everybody[name] = Person.objects.create(username=name, is_superuser=name == "administrator")
    for part in Part.Kind.values:
        Part.objects.create(unit=other, person=everybody["stranger"], part=part)
    old(run)

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            streams = {
                (name, query): await stack.enter_async_context(Stream(person, query))
                for name, person in everybody.items()
                for query in ("board=1", f"run={run.pk}")
            }
            await elsewhere(lambda: claim.claim(run, 1, people["ann"]))
            for name in ("engineer", "manager", "starter", "operator", "auditor"):
                for query in ("board=1", f"run={run.pk}"):
                    await streams[name, query].until(lambda one=streams[name, query]: str(run.pk) in one.runs)
            heard = {name for (name, _), one in streams.items() if str(run.pk) in one.text}
            assert heard == {"engineer", "manager", "starter", "operator", "auditor"}
            assert {one.status for one in streams.values()} == {200}

    asyncio.run(scene())


def test_each_sees_the_row_in_their_own_way(people: People, run: Run) -> None:
    Person.objects.filter(username="mia").update(time_zone="Asia/Tokyo")
    old(run)

    async def scene() -> dict[str, str]:
        readers = [Stream(people[who], "board=1") for who in ("ann", "mia", "max")]
        async with readers[0], readers[1], readers[2]:
            await elsewhere(lambda: claim.claim(run, 1, people["ann"]))
            return {one.person.username: (await one.next("row")).data["html"] for one in readers}

    rows = asyncio.run(scene())
    assert "<span>You</span>" in rows["ann"]
    assert "Ann Archer" in rows["mia"]
    assert "Ann Archer" in rows["max"]
    tokyo, utc = (timezone.localtime(run.started_at, Person(time_zone=zone).zone) for zone in ("Asia/Tokyo", "UTC"))
    assert f"{tokyo:%H:%M:%S}" in rows["mia"]
    assert f"{utc:%H:%M:%S}" in rows["max"]


def test_whoever_comes_back_is_told_what_was_missed(people: People, run: Run) -> None:
    """Cut for a minute while three hundred runs change: by the id of the last event, or by the page's own cursor."""
    version = house.publish(house.playbook("tasks", [house.task("a"), house.end()]))
    old(run)

    async def heard(query: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Stream:
        async with Stream(people["ann"], query, headers=headers) as page:
            await page.next("runs")
            return page

    async def scene() -> None:
        cursor = (await heard("")).named("runs")[0].id
        missed = await elsewhere(lambda: [str(one.pk) for one in house.begin_many(version, people["zoe"], 300)])
        a_minute_ago = timezone.now() - timedelta(seconds=60)
        await elsewhere(lambda: Run.objects.filter(pk__in=missed[:150]).update(changed_at=a_minute_ago))
        cursor_then = (a_minute_ago - timedelta(seconds=1)).isoformat()
        assert cursor > cursor_then
        assert (await heard("board=1", headers=((b"last-event-id", cursor_then.encode()),))).runs == set(missed)
        back = await heard("since=" + cursor_then.replace("+", "%2B"))
        assert back.runs == set(missed)
        assert (await heard("since=" + cursor.replace("+", "%2B"))).runs >= set(missed[150:])
        long_ago = await heard("since=2020-01-01T00:00:00Z")
        assert long_ago.named("runs")[0].data["more"] is True

    asyncio.run(scene())


def test_the_bell_rings_for_whom_a_notice_was_written(people: People, run: Run) -> None:
    def note() -> None:
        Notice.objects.create(person=people["mia"], kind=Notice.Kind.ASKED, title="New", at=timezone.now())

    async def scene() -> None:
        async with Stream(people["mia"], "bell=1") as mia, Stream(people["ann"]) as ann:
            await elsewhere(note)
            await mia.next("bell")
            assert not ann.named("bell")
        async with Stream(people["mia"], f"bell=1&since={timezone.now():%Y-%m-%dT%H:%M:%SZ}") as back:
            await back.next("bell")

    old(run)
    Notice.objects.all().delete()
    asyncio.run(scene())


def test_signing_out_and_being_deactivated_end_the_stream(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "CHECK_EVERY", 0.05)

    async def scene() -> None:
        async with Stream(people["ann"]) as ann, Stream(people["ben"]) as ben, Stream(people["mia"]) as mia:
            key = await elsewhere(lambda: Session.objects.latest("expire_date").pk)
            out = next(one for one in (ann, ben, mia) if one.cookie.endswith(key))
            await elsewhere(lambda: Session.objects.get(pk=key).delete())
            assert (await out.next("over")).data == {"why": "signed-out"}
            off = next(one for one in (ann, ben, mia) if one is not out)
            await elsewhere(lambda: Person.objects.filter(pk=off.person.pk).update(is_active=False))
            assert (await off.next("over")).data == {"why": "signed-out"}
            assert sum(bool(one.named("over")) for one in (ann, ben, mia)) == 2

    asyncio.run(scene())


def test_nobody_who_is_not_signed_in_gets_a_stream(people: People) -> None:
    async def status(person: Person) -> int:
        async with Stream(person) as refused:
            return refused.status

    gone = people["gus"]
    Person.objects.filter(username="mo").update(password_is_temporary=True)
    assert asyncio.run(status(gone)) == 403
    assert asyncio.run(status(people["mo"])) == 403


def test_the_oldest_stream_of_a_person_ends_where_there_are_too_many(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "EACH", 2)

    async def scene() -> None:
        first, second, other, third = (Stream(people[who]) for who in ("ann", "ann", "ben", "ann"))
        async with first, second, other, third:
            assert (await first.next("over")).data == {"why": "too-many"}
            await third.next("runs")
            assert not any(one.named("over") for one in (second, other))

    asyncio.run(scene())


def test_a_process_takes_so_many_and_no_more(people: People, settings) -> None:
    settings.PENSTOCK_LIVE_MOST = 1

    async def scene() -> None:
        async with Stream(people["ann"]), Stream(people["ben"]) as one_more:
            assert (one_more.status, one_more.answer["retry-after"], one_more.text) == (503, "30", "")

    asyncio.run(scene())


def test_a_slow_reader_is_told_to_ask_for_everything(people: People, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "WAITING_BYTES", 100)
    old(run)

    async def scene() -> None:
        async with Stream(people["ann"], "board=1") as slow, Stream(people["ben"]) as other:
            await slow.next("runs")
            slow.reads.clear()
            await elsewhere(lambda: claim.claim(run, 1, people["ann"]))
            await asyncio.sleep(0.2)
            slow.reads.set()
            assert (await slow.next("runs")).data["more"] is True
            assert other.status == 200

    asyncio.run(scene())


def test_headers_keep_alive_and_the_planned_end(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "ALIVE_EVERY", 0.02)
    monkeypatch.setattr(stream, "STREAM_FOR", 0.3)

    async def scene() -> None:
        async with Stream(people["ann"]) as page:
            await page.next("alive")
            await page.next("again")
            assert page.answer["cache-control"] == "no-store"
            assert page.answer["x-accel-buffering"] == "no"
            assert page.answer["content-type"] == "text/event-stream"
            assert "\n\n: alive\n" in page.text

    asyncio.run(scene())


def test_a_fault_ends_no_watching_and_hides_no_change(
    people: People, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that cannot be made: the pages are told to ask, and the next change is told as ever."""
    old(run)
    made, is_broken = fan_out.Rows, [False] * 50

    def rows(runs: object) -> object:
        if is_broken.pop():
            is_broken[:] = [False] * 50
            raise ValueError("cannot be made")
        return made(runs)

    monkeypatch.setattr(fan_out, "Rows", rows)
    monkeypatch.setattr(watcher, "AFTER_A_FAULT", 0.01)

    async def scene() -> None:
        async with Stream(people["mia"], "board=1") as board:
            await board.next("runs")
            is_broken.append(True)
            await elsewhere(lambda: claim.claim(run, 1, people["ann"]))
            await board.until(lambda: any(event.data.get("more") for event in board.named("runs")))
            await board.next("row")

    asyncio.run(scene())


def test_nobody_listening_nobody_watches(people: People) -> None:
    async def scene() -> None:
        async with Stream(people["ann"]):
            assert watcher.watcher.is_watching

    asyncio.run(scene())
    until(lambda: not watcher.watcher.is_watching, 3, lambda: "the watcher goes on for nobody")
