"""Every cell of a sample's rows: whether it stays as it is in a copy, or which of the copy's own it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from dashboards.seeding.samples import Sample
from dashboards.seeding.texts import times_in
from runs.models import Entry, Gate, Run, SearchText, Step, Work

#: `run`, `number`, `head`, `words`, `time`, `hash`, `text`, `lease`, or the table whose primary key it is.
Key = str | type[models.Model]


@dataclass(frozen=True)
class Stays:
    """The same in every copy, as the database takes it. 1 is not True here."""

    kind: type
    value: Any


@dataclass(frozen=True)
class Own:
    """The copy's own: the `nth` of its kind."""

    kind: Key
    nth: int


Cell = Stays | Own


def texts_of(sample: Sample) -> list[str]:
    """Return all texts of the sample's rows, each once."""
    return list(dict.fromkeys(value for value in _values(sample) if isinstance(value, str)))


def times_of(sample: Sample) -> list[datetime]:
    """Return all times of the sample, in columns and in texts, in order."""
    columns = {value for value in _values(sample) if isinstance(value, datetime)}
    return sorted(columns | times_in(texts_of(sample)))


def _values(sample: Sample) -> list[Any]:
    return [
        getattr(row, field.attname)
        for table, rows in sample.rows.items()
        for row in rows
        for field in table._meta.concrete_fields
    ]


def cells_of(
    sample: Sample,
    times: Sequence[datetime],
    texts: Sequence[str],
    keys: Mapping[type[models.Model], Mapping[str, int]],
) -> dict[type[models.Model], list[list[Cell]]]:
    """Return the cells by table, row and column; `keys` are those of people and units where copies will stand."""
    read = _Reading(sample, times, texts, keys)
    return {
        table: [
            [read.cell(table, nth, row, field) for field in table._meta.concrete_fields] for nth, row in enumerate(rows)
        ]
        for table, rows in sample.rows.items()
    }


class _Reading:
    def __init__(
        self,
        sample: Sample,
        times: Sequence[datetime],
        texts: Sequence[str],
        keys: Mapping[type[models.Model], Mapping[str, int]],
    ) -> None:
        self.known, self.keys = sample.known.names, keys
        self.runs = {run.pk: nth for nth, run in enumerate(sample.rows[Run])}
        self.numbers = {run.number: nth for nth, run in enumerate(sample.rows[Run])}
        self.steps = {step.pk: nth for nth, step in enumerate(sample.rows[Step])}
        self.times = {time: nth for nth, time in enumerate(times)}
        self.texts = {text: nth for nth, text in enumerate(texts)}

    def cell(self, table: type[models.Model], nth: int, row: models.Model, field: models.Field[Any, Any]) -> Cell:
        value = getattr(row, field.attname)
        target = field.related_model if field.is_relation else table if field.primary_key else None
        if value is None:
            return Stays(type(None), None)
        if table is SearchText:
            return Own("number" if field.primary_key else "words", self.numbers[row.pk])
        if target is Run:
            return Own("run", self.runs[value])
        if target in (Step, Gate):
            return Own(Step, self.steps[value])
        if field.is_relation:
            return Stays(int, self.keys[target][self.known[target][value]])
        if field.primary_key:
            return Own(table, nth)
        if (table, field.name) in ((Run, "number"), (Run, "head"), (Entry, "hash")):
            return Own(field.name, nth)
        if (table, field.name) == (Work, "lease_until"):
            return Own("lease", 0)
        if isinstance(value, datetime):
            return Own("time", self.times[value])
        if value in self.texts and isinstance(value, str):
            return Own("text", self.texts[value])
        return Stays(type(value), field.get_db_prep_save(value, connection))
