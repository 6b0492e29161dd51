"""The log: whole, in order, replayable, and refusing to be changed."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from engine import values
from runs import complete, ledger, operate, seal
from runs.models import Entry, Run, Step
from tests.runs import house
from workflows import append_only

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(people) -> Run:
    version = house.publish(house.playbook("steps", [house.task("a"), house.task("b"), house.task("c"), house.end()]))
    run = house.begin(version, people["ann"])
    for visit in (1, 2):
        complete.complete(Run.objects.get(pk=run.pk), visit, people["ben"], {})
    operate.cancel(run, people["olga"], "enough")
    return Run.objects.get(pk=run.pk)


def test_a_whole_log_holds(run, capsys):
    assert ledger.verify(run) is None
    call_command("verify_log")
    assert "1 runs verified" in capsys.readouterr().out
    assert list(run.entries.values_list("seq", flat=True)) == [1, 2, 3, 4]


def test_the_database_refuses_to_change_or_delete_an_entry(run):
    for act in (lambda: Entry.objects.update(actor="mia"), lambda: Entry.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    assert Entry.objects.filter(actor="mia").count() == 0
    assert Entry.objects.count() == 4


def of(run: Run, seq: int) -> Entry:
    return Entry.objects.get(run=run, seq=seq)


def restamp(run: Run) -> None:
    """What somebody would do who knows the chain: make every hash fit again."""
    previous, digest = "", json.loads(run.state)["definition"]
    for entry in run.entries.order_by("seq"):
        entry.hash = previous = ledger.digest(entry, previous, digest)
        entry.save()
    Run.objects.filter(pk=run.pk).update(head=previous)


def _actor(run):
    Entry.objects.filter(run=run, seq=2).update(actor="mia")
    return 2


def _event(run):
    entry = of(run, 3)
    entry.event = entry.event.replace('"ben"', '"ann"')
    entry.save()
    return 3


def _moves(run):
    Entry.objects.filter(run=run, seq=2).update(moves="[]")
    return 2


def _hash(run):
    Entry.objects.filter(run=run, seq=1).update(hash="0" * 64)
    return 1


def _deleted(run):
    Entry.objects.filter(run=run, seq=2)._raw_delete("default")
    return 2


def _tail(run):
    Entry.objects.filter(run=run, seq=4)._raw_delete("default")
    return 4


def _swapped(run):
    a, b = of(run, 2), of(run, 3)
    Entry.objects.filter(pk=a.pk).update(seq=99)
    Entry.objects.filter(pk=b.pk).update(seq=2)
    Entry.objects.filter(pk=a.pk).update(seq=3)
    return 2


def _inserted(run):
    last = of(run, 4)
    last.pk, last.seq = None, 5
    last.save(force_insert=True)
    return 5


def _state(run):
    Run.objects.filter(pk=run.pk).update(state=run.state.replace("cancelled", "completed"))
    return 4


def _restamped_moves(run):
    entry = of(run, 2)
    entry.moves = values.canonical(json.loads(entry.moves)[1:]).decode()
    entry.save()
    restamp(run)
    return 2


def _restamped_actor(run):
    entry = of(run, 3)
    entry.actor, entry.event = "mia", entry.event.replace('"actor":"ben"', '"actor":"mia"')
    entry.save()
    restamp(run)
    return 3


def _all_gone(run):
    run.entries.all()._raw_delete("default")
    return 1


TAMPERED = [
    _actor,
    _event,
    _moves,
    _hash,
    _deleted,
    _tail,
    _swapped,
    _inserted,
    _state,
    _restamped_moves,
    _restamped_actor,
    _all_gone,
]


@pytest.mark.parametrize("tamper", TAMPERED)
def test_tampering_is_found_at_its_first_place(run, tamper, capsys):
    with append_only.unsealed(seal.LOG):
        place = tamper(run)
    flaw = ledger.verify(Run.objects.get(pk=run.pk))
    assert flaw is not None
    assert (flaw.run, flaw.seq) == (str(run.pk), place)
    with pytest.raises(CommandError) as told:
        call_command("verify_log")
    assert told.value.returncode == 1
    assert f"entry {place}" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_flush_empties_the_database_and_seals_it_again():
    people = house.settle()
    version = house.publish(house.playbook("steps", [house.task("a"), house.end()]))
    house.begin(version, people["ann"])
    call_command("flush", interactive=False, verbosity=0)
    assert not Entry.objects.exists()
    people = house.settle()
    run = house.begin(house.publish(house.playbook("steps", [house.task("a"), house.end()])), people["ann"])
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Entry.objects.filter(run=run).update(actor="mia")
    assert Step.objects.get(run=run).status == "open"


def test_the_command_names_a_run_that_is_not_there(run):
    with pytest.raises(CommandError, match="no run 12345"):
        call_command("verify_log", "12345")


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("run_id", uuid.UUID(int=1)),
        ("seq", 7),
        ("at", datetime(2020, 1, 1, tzinfo=UTC)),
        ("kind", "vote"),
        ("actor", "mia"),
        ("on_behalf_of", "mia"),
        ("event", "{}"),
        ("moves", "[]"),
    ],
)
def test_the_hash_covers_every_column(run, column, other):
    entry, digest = of(run, 2), json.loads(run.state)["definition"]
    previous = of(run, 1).hash
    assert ledger.digest(entry, previous, digest) == entry.hash
    assert ledger.digest(entry, "ab" * 32, digest) != entry.hash
    assert ledger.digest(entry, previous, "another definition") != entry.hash
    setattr(entry, column, other)
    assert ledger.digest(entry, previous, digest) != entry.hash
