"""A database full of made-up runs: their logs verify, they stand everywhere on the board, nothing is due at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from dashboards.demo import organisation, rules
from dashboards.seeding import shelf
from dashboards.seeding.filling import fill, prepare
from dashboards.seeding.moulds import Mould
from runs import definitions, ledger, search, words
from runs.models import Entry, Letter, Notice, Run, SearchText, Work
from workflows.models import Person, Unit, Version
from workflows.publish import publish

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

COUNT = 200


def filled(moulds: list[Mould], now: datetime) -> list[Run]:
    before = Run.objects.count()
    assert list(fill(moulds, COUNT, 0.2, 1, now))[-1] == COUNT
    return list(Run.objects.order_by("number")[before:])


def test_many_runs_stand_everywhere_and_every_one_of_them_verifies() -> None:
    definitions.by_digest.cache_clear()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # samples are played elsewhere while the test's own transaction is idle
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    now = timezone.now()
    moulds = prepare(COUNT, 1, now)
    runs = filled(moulds, now)
    assert len(runs) == COUNT
    assert list(ledger.verify_all(runs)) == []
    assert {run.lane for run in runs} == set(Run.Lane.values)
    assert {run.status for run in runs} == {
        "running",
        "rolling_back",
        "completed",
        "failed",
        "cancelled",
        "rolled_back",
    }
    assert abs(sum(run.is_open for run in runs) - COUNT * 0.2) <= 1
    assert [run.number for run in runs] == sorted(run.number for run in runs)
    assert len({run.title for run in runs}) > COUNT / 4
    assert max(run.changed_at for run in runs) <= now, "nothing lies ahead"
    # nobody is rung, told or written to, and what is due by itself is due later
    assert not Notice.objects.exists()
    assert not Letter.objects.exists()
    work = Work.objects.filter(status="ready")
    assert work.filter(kind="timer").exists()
    assert min(work.values_list("due_at", flat=True)) > now + timedelta(minutes=30)
    leases = Work.objects.filter(status="leased").values_list("lease_until", flat=True)
    assert leases
    assert min(leases) > now + timedelta(minutes=30)
    assert Work.objects.exclude(status__in=["ready", "leased"]).count() == 0
    # found by their words, as if each had been started here
    there = dict(SearchText.objects.values_list("number", "words"))
    for run in runs:
        assert there[run.number] == words.of_run(definitions.of(run), definitions.state_of(run)), run.title
    assert runs[0] in Run.objects.filter(number__in=search.numbers(runs[0].title))

    # what was there stays, and the same seed gives the same runs again
    again = filled(moulds, now)
    assert [_alike(run) for run in again] == [_alike(run) for run in runs]
    assert list(ledger.verify_all(again[::10])) == []
    assert Entry.objects.filter(run=runs[0]).count() == runs[0].seq


def _alike(run: Run) -> tuple[object, ...]:
    return run.title, run.status, run.lane, run.seq, run.stands_at


def governed(*policies: str) -> None:
    began = timezone.now() - timedelta(days=1)
    organisation.found(began)
    owner = Person.objects.get(username=rules.PROCESS_OWNER)
    for text in policies:
        assert isinstance(publish(text, Unit.objects.get(slug=organisation.ROOT), owner, at=began), Version)


def test_its_playbooks_keep_the_policies_of_the_demo() -> None:
    governed(rules.NOT_UNSEEN, rules.FOUR_EYES)
    assert len(list(shelf.stock(timezone.now()))) == len(shelf.TEXTS)


def test_policies_that_they_do_not_keep_are_told_and_nothing_is_made_up() -> None:
    governed(rules.NOT_UNSEEN.replace("{every: task, has: [due]}", "{every: gate, has: [escalate]}"))
    with pytest.raises(shelf.NotStocked, match="“Nothing of high risk waits unseen” does not hold"):
        prepare(COUNT, 1, timezone.now())
    assert not Run.objects.exists()


def test_it_makes_nothing_up_where_work_is_done(settings: object) -> None:
    Person.objects.create(username="somebody")
    with pytest.raises(CommandError, match="1 people here who are not the demo's"):
        call_command("seed_load", runs=10, stdout=StringIO())
    with pytest.raises(CommandError, match="--runs as a whole number"):
        call_command("seed_load", runs=0, yes=True)
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="PENSTOCK_ENV=production"):
        call_command("seed_load", runs=10, yes=True)
    assert not Run.objects.exists()
