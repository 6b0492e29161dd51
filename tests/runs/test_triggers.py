"""Runs that begin by themselves: every time of a schedule once, what was missed as the playbook says, webhooks."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from engine.definition import Definition, FieldSpec, Schedule, Webhook
from engine.machine.commands import Refusal
from runs import definitions, trigger
from runs.models import Run, Trigger
from runs.outcomes import FieldErrors, is_accepted
from runs.trigger import fire_webhook, follow_and_fire
from runs.work.sweep import sweep
from tests.runs import house
from workflows import publish as publishing
from workflows.models import Part, Unit, Version

fork = multiprocessing.get_context("fork")

#: A Wednesday.
PUBLISHED = datetime(2026, 3, 4, 12, tzinfo=UTC)


def at(*moment: int):
    """Return a clock that stands at this moment of March 2026: day, hour, minute."""
    day, hour, minute = (*moment, 0, 0)[:3]
    return lambda: datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def stock(*schedules: Schedule, webhooks: tuple[Webhook, ...] = (), slug: str = "stock") -> Definition:
    return house.playbook(
        slug,
        [house.task("count"), house.end()],
        inputs=(FieldSpec("shop", "text"), FieldSpec("shelves", "integer", required=False)),
        schedules=schedules,
        webhooks=webhooks,
    )


def nightly(catch_up: str = "once", **given: object) -> Schedule:
    return Schedule("0 3 * * *", catch_up=catch_up, given=given or {"shop": "north"})


@pytest.fixture
def publish(people):
    def keep(definition: Definition) -> Version:
        Version.objects.filter(artifact__slug=definition.playbook, status="published").update(status="deprecated")
        return house.publish(definition, people["ann"], PUBLISHED)

    return keep


def starts() -> list[datetime]:
    """Return when the runs began, in order."""
    return [run.started_at for run in Run.objects.order_by("number")]


def test_every_time_starts_one_run_in_the_publishers_name(publish):
    publish(stock(nightly(shop="north", shelves="${now.getDayOfMonth() + 1}")))
    assert follow_and_fire(at(4, 13)) == 0
    assert follow_and_fire(at(5, 2, 59)) == 0
    assert follow_and_fire(at(5, 3)) == 1
    assert follow_and_fire(at(5, 3)) == 0
    assert follow_and_fire(at(6, 3, 1)) == 1
    first, second = Run.objects.order_by("number")
    assert first.started_by.username == "ann"
    assert definitions.state_of(first).inputs == {"shop": "north", "shelves": 5}
    assert definitions.state_of(second).inputs["shelves"] == 6
    row = Trigger.objects.get()
    assert (row.done_at, row.next_at) == (at(6, 3)(), at(7, 3)())
    assert row.last_run == second


def test_what_was_missed_is_made_up_for_once_each_or_never(publish):
    for catch_up in ("once", "each", "skip"):
        publish(stock(nightly(catch_up), slug=f"stock-{catch_up}"))
    assert follow_and_fire(at(9, 12)) == 6
    counts = {slug: Run.objects.filter(version__artifact__slug=slug).count() for slug in definitions_by_slug()}
    assert counts == {"stock-once": 1, "stock-each": 5, "stock-skip": 0}
    assert set(Trigger.objects.values_list("next_at", flat=True)) == {at(10, 3)()}
    assert follow_and_fire(at(9, 12)) == 0
    assert follow_and_fire(at(10, 3)) == 3, "on time it starts, whatever it does about what was missed"


def definitions_by_slug() -> list[str]:
    return list(Version.objects.values_list("artifact__slug", flat=True))


def test_a_new_version_takes_the_schedule_over_where_it_stands(publish):
    publish(stock(nightly()))
    follow_and_fire(at(5, 3))
    publish(dataclasses.replace(stock(nightly(shop="south")), summary="Another shop."))
    assert follow_and_fire(at(5, 4)) == 0
    assert follow_and_fire(at(6, 3)) == 1
    assert Trigger.objects.count() == 1
    newest = Run.objects.latest("number")
    assert newest.version.number == 2
    assert definitions.state_of(newest).inputs == {"shop": "south"}


def test_what_is_published_no_more_starts_nothing(publish):
    version = publish(stock(nightly()))
    follow_and_fire(at(5, 3))
    version.deprecate()
    version.save()
    assert follow_and_fire(at(6, 3)) == 0
    assert not Trigger.objects.exists()
    publish(dataclasses.replace(stock(), summary="By hand from now on."))
    assert follow_and_fire(at(7, 3)) == 0


def test_a_start_that_is_refused_is_noted_and_the_next_time_comes(publish, people):
    publish(stock(nightly(shop="${now.getFullYear() / 0}")))
    assert follow_and_fire(at(5, 3)) == 0
    row = Trigger.objects.get()
    assert row.failure.startswith("`shop` has no value: ")
    assert (row.failed_at, row.next_at) == (at(5, 3)(), at(6, 3)())
    publish(dataclasses.replace(stock(nightly(shelves="many")), summary="Wrong again."))
    follow_and_fire(at(6, 3))
    row.refresh_from_db()
    assert "shop: This must be filled in." in row.failure
    assert "shelves: " in row.failure
    publish(dataclasses.replace(stock(nightly()), summary="Right."))
    people["ann"].is_active = False
    people["ann"].save()
    follow_and_fire(at(7, 3))
    row.refresh_from_db()
    assert row.failure == "It begins in the name of Ann Archer, who published it: This account is not active."
    people["ann"].is_active = True
    people["ann"].save()
    assert follow_and_fire(at(8, 3)) == 1
    row.refresh_from_db()
    assert (row.failure, row.failed_at) == ("", None)


def test_what_the_installation_published_starts_in_nobodys_name(people):
    house.publish(stock(nightly()), None, PUBLISHED)
    assert follow_and_fire(at(5, 3)) == 0
    assert Trigger.objects.get().failure == trigger.NOBODY
    assert not Run.objects.exists()


def test_one_schedule_that_fails_stops_no_other(publish, monkeypatch):
    publish(stock(nightly(), slug="broken"))
    publish(stock(nightly(), slug="whole"))
    real = trigger.start.start

    def start(version, *rest, **more):
        if version.artifact.slug == "broken":
            raise ValueError("out of paper")
        return real(version, *rest, **more)

    monkeypatch.setattr(trigger.start, "start", start)
    assert follow_and_fire(at(5, 3)) == 1
    assert "ValueError" in Trigger.objects.get(artifact__slug="broken").failure


def test_two_schedules_alike_are_two(publish):
    publish(stock(nightly(shop="north"), nightly(shop="south")))
    assert follow_and_fire(at(5, 3)) == 2
    shops = {definitions.state_of(run).inputs["shop"] for run in Run.objects.all()}
    assert shops == {"north", "south"}


def test_the_clock_starts_what_is_due(people):
    house.publish(stock(Schedule("* * * * *", given={"shop": "north"})), people["ann"], PUBLISHED)
    assert sweep().started == 1, "one for all that was missed since"


def test_what_is_wrong_with_a_schedule_stops_nothing_else_of_the_clock(publish, people, monkeypatch):
    waiting = house.publish(house.playbook("waiting", [house.wait("rest", timedelta(seconds=1)), house.end()]))
    run = house.begin(waiting, people["ann"], clock=at(4, 13))
    monkeypatch.setattr(trigger, "follow", lambda clock: {}["no such"])
    swept = sweep()
    assert (swept.timers, swept.started) == (1, 0)
    assert house.now(run).status == "completed"


def test_the_clock_says_what_it_did_once(publish, monkeypatch):
    monkeypatch.setattr("runs.management.commands.clock.signal.signal", lambda *_: None)
    publish(stock(Schedule("* * * * *", given={"shop": "north"})))
    said = StringIO()
    call_command("clock", "--once", stdout=said)
    swept = (
        "0 timers fired, 1 runs started by a schedule, 0 let in, 0 flaws found, 0 uploads forgotten, 0 due to be told"
    )
    assert said.getvalue() == f"{swept}\n"


def test_a_quiet_half_second_asks_three_times(publish):
    publish(stock(nightly()))
    follow_and_fire(at(5, 3))
    with CaptureQueriesContext(connection) as captured:
        follow_and_fire(at(5, 4))
    assert len(captured) == 3


# ---- webhooks

CALLED = Webhook("delivered", given={"shop": "${payload.shop}", "shelves": "${payload.pallets * 4}"})


def test_a_webhook_starts_a_run_from_what_was_sent(publish):
    publish(stock(webhooks=(CALLED,)))
    (fired,) = fire_webhook("delivered", {"shop": "east", "pallets": 3}, "order 7")
    assert is_accepted(fired.answer)
    assert definitions.state_of(Run.objects.get()).inputs == {"shop": "east", "shelves": 12}
    (again,) = fire_webhook("delivered", {"shop": "east", "pallets": 3}, "order 7")
    assert is_accepted(again.answer)
    assert again.answer.repeated
    assert Run.objects.count() == 1
    (other,) = fire_webhook("delivered", {"shop": "east", "pallets": 3}, "order 8")
    assert is_accepted(other.answer)
    assert Run.objects.count() == 2
    assert follow_and_fire(at(9)) == 0, "a webhook is never due"


def test_what_was_sent_and_does_not_fit_is_noted(publish):
    publish(stock(webhooks=(CALLED,)))
    (fired,) = fire_webhook("delivered", {"shop": "east"})
    assert isinstance(fired.answer, Refusal)
    assert Trigger.objects.get().failure.startswith("`shelves` has no value: ")
    (fired,) = fire_webhook("delivered", {"shop": [], "pallets": 1})
    assert isinstance(fired.answer, FieldErrors)
    assert "shop" in Trigger.objects.get().failure
    assert not Run.objects.exists()
    fire_webhook("delivered", {"shop": "east", "pallets": 3})
    assert Trigger.objects.get().failure == ""


def test_nothing_listens_to_another_name(publish):
    publish(stock(webhooks=(CALLED,)))
    assert fire_webhook("deliverd", {}) == ()


def test_the_command_says_what_began(publish, tmp_path):
    publish(stock(webhooks=(CALLED,)))
    file = tmp_path / "payload.json"
    file.write_text(json.dumps({"shop": "east", "pallets": 3}))
    said = StringIO()
    call_command("trigger", "delivered", "--payload", str(file), "--key", "order 7", stdout=said)
    number = Run.objects.get().number
    assert said.getvalue() == f"stock: run {number} began in the name of Ann Archer.\n"
    said = StringIO()
    call_command("trigger", "delivered", "--payload", str(file), "--key", "order 7", stdout=said)
    assert said.getvalue() == f"stock: run {number} had begun already.\n"
    file.write_text("{}")
    with pytest.raises(CommandError, match="stock: `shelves` has no value"):
        call_command("trigger", "delivered", "--payload", str(file))
    file.write_text("{")
    with pytest.raises(CommandError, match="no JSON"):
        call_command("trigger", "delivered", "--payload", str(file))
    with pytest.raises(CommandError, match="No published playbook is triggered by `deliverd`"):
        call_command("trigger", "deliverd")


# ---- from the text

TEXT = """\
playbook: stock-count
title: Count the stock
kind: sop
owner: platform
concurrency: {key: "${inputs.shop}"}
triggers:
  - schedule: "0 9 * * MON"
    timezone: Europe/Amsterdam
    catch_up: each
    with: {shop: north, shelves: "${now.getDate()}"}
  - webhook: delivered
    with: {shop: "${payload.shop}", shelves: "${has(payload.shelves) ? payload.shelves : 1}"}
inputs:
  shop: {type: text}
  shelves: {type: integer}
steps:
  - id: count
    task: {assign: starter}
"""


def test_what_an_author_writes_and_publishes_begins_by_itself(people):
    unit = Unit.objects.get(slug="platform")
    Part.objects.create(unit=unit, person=people["ann"], part=Part.Kind.AUTHOR)
    version = publishing.publish(TEXT, unit, people["ann"], at=PUBLISHED)
    assert isinstance(version, Version), version
    assert follow_and_fire(at(16, 12)) == 2
    first, second = Run.objects.order_by("number")
    assert (first.status, second.status) == ("running", "queued")
    assert [definitions.state_of(run).inputs["shelves"] for run in (first, second)] == [9, 16]
    (fired,) = fire_webhook("delivered", {"shop": "south"})
    assert is_accepted(fired.answer)
    assert definitions.state_of(Run.objects.latest("number")).inputs == {"shop": "south", "shelves": 1}
    by_hand = publishing.publish(TEXT[: TEXT.index("triggers")] + TEXT[TEXT.index("inputs:") :], unit, people["ann"])
    assert isinstance(by_hand, Version)
    assert follow_and_fire(at(23, 12)) == 0
    assert fire_webhook("delivered", {"shop": "south"}) == ()


# ---- two clocks


def _tick(barrier, answers, count: int) -> None:
    connections.close_all()
    said = []
    for number in range(count):
        barrier.wait()
        try:
            said.append(follow_and_fire(lambda day=number: PUBLISHED + timedelta(days=day)))
        except Exception as fault:
            said.append(f"{type(fault).__name__}: {fault}")
    connections.close_all()
    answers.put(said)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_clocks_start_each_time_once():
    people = house.settle()
    house.publish(stock(nightly("each"), nightly("once", shop="south")), people["ann"], PUBLISHED)
    clocks, days = 4, 15
    barrier, answers = fork.Barrier(clocks, timeout=60), fork.SimpleQueue()
    connections.close_all()
    children = [fork.Process(target=_tick, args=(barrier, answers, days)) for _ in range(clocks)]
    for child in children:
        child.start()
    told = [answers.get() for _ in children]
    for child in children:
        child.join(timeout=60)
    assert all(isinstance(count, int) for said in told for count in said), told
    assert Run.objects.count() == 2 * (days - 1)
    assert len(set(Run.objects.values_list("start_key", flat=True))) == 2 * (days - 1)
    assert sum(1 for said in told if sum(said)) >= 2, f"not much of a race: {told}"
    assert not Trigger.objects.exclude(failure="").exists()
