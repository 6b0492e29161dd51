"""A mould: one sample run (with those it called), taken apart into what stays and what is each copy's own.

A copy is the same course of events at another time, with other ids and words. What the machine decided does not change
with these, so its log is folded to its state as the sample's is; the hashes are made anew, each over its own entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from operator import itemgetter
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import connection, models

from dashboards.seeding.cells import Cell, Key, Stays, cells_of, texts_of, times_of
from dashboards.seeding.samples import TABLES, Sample
from dashboards.seeding.stories import SERVICE, WHAT
from dashboards.seeding.texts import Slots, Template, written
from engine import values
from engine.lifecycles import RUN_ENDED, WorkStatus
from runs import definitions, ledger
from runs.models import Entry, Gate, Run, SearchText, Work
from runs.words import folded

#: How far back what is over, and what is open, may have happened.
OVER, OPEN = timedelta(days=180), timedelta(days=45)
#: What is due by itself in a copy is due no sooner than this from now.
CALM = timedelta(hours=1)

Rows = dict[type[models.Model], list[tuple[Any, ...]]]
Keys = Mapping[type[models.Model], Mapping[str, int]]


@dataclass(frozen=True)
class Copy:
    """What one copy has of its own; `keys` are the primary keys of its rows by table."""

    run: UUID
    shift: timedelta
    words: tuple[str, str]
    numbers: Sequence[int]
    keys: Mapping[type[models.Model], Sequence[int]]
    lease_until: datetime


class Mould:
    """What copies of one sample are made from."""

    def __init__(self, sample: Sample, now: datetime, keys: Keys) -> None:
        runs: list[Run] = sample.rows[Run]
        self.kind, self.playbook = sample.kind, sample.playbook
        self.size = len(runs)
        self.is_open = runs[0].status not in RUN_ENDED
        self.began_at = runs[0].started_at
        self._callers = [_caller(run, runs) for run in runs[1:]]
        _hand_over(sample.rows[Work], now)
        self.earliest, self.latest = _room(sample, self.is_open, now)
        self._times = times_of(sample)
        own = (*(str(run.pk) for run in runs), *map(written, self._times), WHAT, SERVICE)
        shown = {gate.digest: _shown(gate, runs) for gate in sample.rows[Gate]}
        self._shown = [Slots(own).template(body) for body in shown.values()]
        slots = Slots((*own, *shown))
        self._entries = [_covered(entry, runs, slots) for entry in sample.rows[Entry]]
        marks = Slots([text.lower() for text in (WHAT, SERVICE)])
        self._words = [
            marks.template(text.words) for text in sorted(sample.rows[SearchText], key=lambda one: one.number)
        ]
        self._texts = {text: slots.template(text) for text in texts_of(sample)}
        self._texts = {text: template for text, template in self._texts.items() if template.places}
        #: How many rows of each table have a primary key of their own to be given.
        self.counts = {table: len(sample.rows[table]) for table in TABLES if table not in (Run, Gate, SearchText)}
        self._lay_out(cells_of(sample, self._times, list(self._texts), keys))

    def _lay_out(self, cells: Mapping[type[models.Model], Sequence[Sequence[Cell]]]) -> None:
        """Give every cell its place in the stock of a copy: first what stays, then its own, kind by kind."""
        flat = [cell for rows in cells.values() for row in rows for cell in row]
        same = {cell: place for place, cell in enumerate(dict.fromkeys(one for one in flat if isinstance(one, Stays)))}
        self._stays = [cell.value for cell in same]
        starts, at = {}, len(same)
        for kind, size in self._sizes().items():
            starts[kind], at = at, at + size

        def place(cell: Cell) -> int:
            return same[cell] if isinstance(cell, Stays) else starts[cell.kind] + cell.nth

        self._rows = {table: [itemgetter(*map(place, row)) for row in rows] for table, rows in cells.items()}

    def _sizes(self) -> dict[Key, int]:
        own: dict[Key, int] = {
            "run": self.size,
            "number": self.size,
            "head": self.size,
            "words": self.size,
            "time": len(self._times),
        }
        own |= {"hash": len(self._entries), "text": len(self._texts), "lease": 1}
        return own | self.counts

    def cast(self, copy: Copy) -> Rows:
        """Return the rows of a copy, as the database takes them, each in the order of its table's columns."""
        ids = [copy.run]
        for caller, visit, nth in self._callers:
            ids.append(_called(ids[caller], visit, nth))
        times = [time + copy.shift for time in self._times]
        moments = [*map(written, times)]
        slots = [*map(str, ids), *moments, *copy.words]
        slots += [sha256(body.fill(slots).encode()).hexdigest() for body in self._shown]
        is_native = _is_native()
        looked_for = [" ".join(folded(word)) for word in copy.words]
        heads, hashes = [""] * self.size, []
        for run, covered in self._entries:
            heads[run] = ledger.chained(heads[run], covered.fill(slots).encode())
            hashes.append(heads[run])
        stock = list(self._stays)
        stock += ids if is_native else [one.hex for one in ids]
        stock += copy.numbers
        stock += heads
        stock += [" ".join(dict.fromkeys(words.fill(looked_for).split())) for words in self._words]
        stock += times if is_native else [one.replace("T", " ") for one in moments]
        stock += hashes
        stock += [template.fill(slots) for template in self._texts.values()]
        stock.append(copy.lease_until if is_native else written(copy.lease_until).replace("T", " "))
        for table in self.counts:
            stock += copy.keys[table]
        return {table: [pick(stock) for pick in rows] for table, rows in self._rows.items()}


def _is_native() -> bool:
    """Tell whether the database's driver takes ids and times as they are; SQLite's takes texts."""
    return connection.vendor == "postgresql"


def _hand_over(work: Sequence[Work], now: datetime) -> None:
    """Let what is due be in a worker's hand; when its lease ends is each copy's own."""
    for row in work:
        if row.status == WorkStatus.READY and row.due_at <= now:
            row.status, row.token, row.claims, row.lease_until = WorkStatus.LEASED.value, 1, 1, now


def _room(sample: Sample, is_open: bool, now: datetime) -> tuple[timedelta, timedelta]:
    """Return between which shifts of time a copy says nothing of what comes after now, and nothing is due yet."""
    last = max(entry.at for entry in sample.rows[Entry])
    due = [row.due_at for row in sample.rows[Work] if row.status == WorkStatus.READY]
    latest = now - last - timedelta(seconds=1)
    earliest = max([-(OPEN if is_open else OVER), *(now + CALM - one for one in due)])
    return min(earliest, latest), latest


def _covered(entry: Entry, runs: Sequence[Run], slots: Slots) -> tuple[int, Template]:
    """Return which run's entry it is, and what its hash covers."""
    nth, run = next((nth, run) for nth, run in enumerate(runs) if run.pk == entry.run_id)
    return nth, slots.template(ledger.covered(entry, definitions.state_of(run).definition).decode())


def _shown(gate: Gate, runs: Sequence[Run]) -> str:
    """Return what the gate's digest is made of (semantics [digest]); seeded gates show inputs alone."""
    state = definitions.state_of(next(run for run in runs if run.pk == gate.step.run_id))
    definition = definitions.by_digest(state.definition)
    names = definition.steps[gate.step.name].does.show
    inputs = {f"inputs.{name}": value for name, value in state.inputs.items()}
    body = {
        "ask": gate.question,
        "definition": state.definition,
        "shown": {name: inputs[name] for name in names},
        "visits": {},
    }
    if values.digest(body) != gate.digest:
        raise ValueError(f"The gate {gate.step.name} of {definition.playbook} shows more than inputs.")
    return values.canonical(body).decode()


def _caller(run: Run, runs: Sequence[Run]) -> tuple[int, int, int]:
    """Return who called this run: which of the runs, at which visit, for the how manieth time there."""
    caller = next(nth for nth, one in enumerate(runs) if one.pk == run.parent_id)
    visit = run.parent_visit
    assert visit is not None, "a called run says where"
    return caller, visit, next(nth for nth in range(10) if _called(runs[caller].pk, visit, nth) == run.pk)


def _called(caller: UUID, visit: int, nth: int) -> UUID:
    """Return the id of a called run, as `engine.machine.calls` makes it."""
    return uuid5(NAMESPACE_URL, f"penstock:{caller}:{visit}:{nth}")
