"""Acts on many runs: kept once, answered line by line, gone on with after a crash, and never done twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.machine.commands import Refusal
from runs import bulk_acts, ledger, operate, overtaking
from runs.bulk_acts import Target, performing
from runs.models import BulkAct, Entry, Refused, Run
from runs.outcomes import FieldErrors
from runs.work import ring
from runs.work.sweep import sweep
from tests.runs import house
from workflows.models import Part, Person, Version

pytestmark = pytest.mark.django_db
People = dict[str, Person]


def order(person: Person, act: str, runs: Sequence[Run], key: str = "k", to: str = "", visit: int = 0) -> BulkAct:
    """Order it with what is seen of the runs now."""
    targets = [Target(run.number, visit, run.seq) for run in runs]
    kept = bulk_acts.order(person, act, to, targets, "The shop is closed", key)
    assert isinstance(kept, BulkAct), kept
    return kept


def answered(bulk: BulkAct) -> dict[str, int]:
    statuses = list(bulk.lines.values_list("status", flat=True))
    return {status: statuses.count(status) for status in set(statuses)}


@pytest.fixture
def many(people: People) -> list[Run]:
    """So many that they take three transactions."""
    return house.begin_many(
        house.publish(house.playbook("many", [house.task("plan"), house.end()])), people["ann"], 120
    )


def test_of_three_hundred_runs_forty_refuse_and_the_others_are_done(people: People) -> None:
    version = house.publish(house.playbook("many", [house.task("plan"), house.end()]))
    runs = house.begin_many(version, people["ann"], 300)
    first = order(people["olga"], "pause", runs[:40], "first")
    assert bulk_acts.perform(first) == 40
    bulk = order(people["olga"], "pause", [house.now(run) for run in runs[:40]] + runs[40:], "all")
    assert bulk_acts.perform(bulk) == 300
    assert answered(bulk) == {"done": 260, "refused": 40}
    assert set(bulk.lines.filter(status="refused").values_list("code", "sentence")) == {
        ("paused", "This run is paused already.")
    }
    assert Entry.objects.filter(kind="pause").count() == 300
    assert all(line.seq == 2 for line in bulk.lines.filter(status="done"))
    bulk.refresh_from_db()
    assert not bulk.is_under_way
    assert not bulk_acts.is_due()
    assert ledger.verify(house.now(runs[-1])) is None


def test_sent_twice_it_is_one_act_and_its_reason_stands_in_each_log(people: People, many: list[Run]) -> None:
    bulk = order(people["olga"], "pause", many)
    assert order(people["olga"], "pause", many) == bulk
    assert bulk_acts.perform_until_idle() == len(many)
    assert order(people["olga"], "pause", many) == bulk
    assert bulk_acts.perform_until_idle() == 0
    assert {entry.event.count("The shop is closed") for entry in Entry.objects.filter(kind="pause")} == {1}


def test_who_dies_between_an_event_and_its_line_leaves_it_to_the_next(
    people: People, many: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was applied is found by its key; the next one waits only for the lease to end."""
    bulk = order(people["olga"], "pause", many)
    keep, batches = performing._keep, []

    def die(*args: object) -> bool:
        batches.append(1)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return keep(*args)

    monkeypatch.setattr(performing, "_keep", die)
    with pytest.raises(KeyboardInterrupt):
        bulk_acts.perform(bulk)
    assert answered(bulk) == {"done": 50, "waiting": 70}
    assert Entry.objects.filter(kind="pause").count() == 100
    assert bulk_acts.perform_until_idle() == 0, "the lease still holds"
    BulkAct.objects.update(lease_until=bulk.made_at)
    assert bulk_acts.is_due()
    assert bulk_acts.perform_until_idle() == 70
    assert answered(bulk) == {"done": 120}
    assert Entry.objects.filter(kind="pause").count() == 120


def test_who_has_lost_the_lease_stops_and_overwrites_nothing(people: People, many: list[Run]) -> None:
    bulk = order(people["olga"], "pause", many)
    held = performing._claim(bulk.pk, performing.database_clock)
    assert held is not None
    BulkAct.objects.filter(pk=bulk.pk).update(token=held.token + 1)
    assert performing.batch(held) is None
    lines = list(bulk.lines.filter(status="done"))
    assert len(lines) == 50
    performing._keep(held, people["olga"], lines, [Refusal("not-open")] * 50, performing.database_clock)
    assert answered(bulk) == {"done": 50, "waiting": 70}


def test_whose_account_is_closed_midway_does_nothing_more(people: People, many: list[Run]) -> None:
    bulk = order(people["olga"], "pause", many)
    held = performing._claim(bulk.pk, performing.database_clock)
    assert held is not None
    assert performing.batch(held) == 50
    people["olga"].is_active = False
    people["olga"].save()
    assert performing.batch(held) == 50
    people["olga"].is_active = True
    people["olga"].save()
    Part.objects.filter(person=people["olga"], part=Part.Kind.OPERATOR).delete()
    assert performing.batch(held) == 20
    codes = list(bulk.lines.order_by("pk").values_list("code", flat=True))
    assert codes == [""] * 50 + ["not-active"] * 50 + ["not-visible"] * 20
    assert Refused.objects.filter(person="olga", act="pause").count() == 70


def test_what_another_operator_did_since_is_read_first(people: People, change: Version) -> None:
    Part.objects.create(unit=change.artifact.unit, person=people["mo"], part=Part.Kind.OPERATOR)
    runs = [house.begin(change, people["ann"], service=str(nth)) for nth in range(3)]
    bulk = order(people["olga"], "cancel", runs)
    operate.change(runs[0], people["mo"], {"inputs.service": "x"}, "It was wrong")
    operate.pause(runs[1], people["olga"], "my own act is no surprise")
    bulk_acts.perform(bulk)
    refused = bulk.lines.get(status="refused")
    assert (refused.run, refused.code) == (runs[0], overtaking.CODE)
    assert refused.sentence.startswith("Mo Marsh was faster: Mo Marsh changed the data of this run at ")
    assert answered(bulk) == {"done": 2, "refused": 1}


def test_an_act_at_another_step_overtakes_nobody(people: People) -> None:
    version = house.publish(house.playbook("two", [house.action("one", "debug.nothing"), house.end()]))
    Part.objects.create(unit=version.artifact.unit, person=people["mo"], part=Part.Kind.OPERATOR)
    run = house.begin(version, people["ann"])
    assert overtaking.refused([], [], {}) == {}
    operate.pause(run, people["mo"], "wait")
    entry = Entry.objects.get(run=run, kind="pause")
    assert overtaking.concerns(entry, 7, "olga")
    assert not overtaking.concerns(entry, 7, "mo")
    entry.event = entry.event.replace('"kind"', '"visit":3,"kind"')
    assert not overtaking.concerns(entry, 7, "olga")
    assert overtaking.concerns(entry, 3, "olga")
    assert overtaking.concerns(entry, None, "olga")


def test_a_batch_costs_the_same_however_many_runs_it_holds(people: People, many: list[Run]) -> None:
    def queries(runs: list[Run], key: str) -> int:
        held = performing._claim(order(people["olga"], "pause", runs, key).pk, performing.database_clock)
        assert held is not None
        with CaptureQueriesContext(connection) as found:
            assert performing.batch(held) == len(runs)
        return len(found)

    assert queries(many[:5], "few") == queries(many[5:55], "more")


def test_the_clock_finds_it_and_a_worker_does_it(people: People, many: list[Run]) -> None:
    bulk = order(people["olga"], "pause", many[:60])
    assert sweep().rang
    ring()
    assert answered(bulk) == {"done": 60}


def test_without_a_reason_a_target_or_a_place_nothing_is_kept(people: People, many: list[Run]) -> None:
    olga, target = people["olga"], [Target(many[0].number, 0, 1)]
    assert bulk_acts.order(olga, "pause", "", target, " ", "k") == FieldErrors(
        reason="Say why: whoever reads the log later will want to know."
    )
    assert isinstance(bulk_acts.order(olga, "jump", "", target, "go", "k"), FieldErrors)
    assert bulk_acts.order(people["otto"], "pause", "", target, "mine", "k") == bulk_acts.GONE
    assert bulk_acts.order(olga, "pause", "", [Target(10**6, 0, 1)], "none", "k") == bulk_acts.GONE
    assert BulkAct.objects.count() == 0
    assert list(Refused.objects.values_list("person", "code")) == [("otto", "not-visible")]
