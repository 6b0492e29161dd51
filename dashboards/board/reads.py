"""The statements of the board's rows, written out.

They are asked for every change that somebody watches, and the ORM takes longer to write one of them than the database
to answer it (docs/explanation/fast-lists.md). Each takes the keys of a page's runs, and nothing that anybody typed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, models

from engine.lifecycles import VISIT_OPEN, IncidentStatus, VisitStatus, WorkStatus
from runs.models import Run, Work
from workflows.models import Person, Unit, Version
from workflows.prepared import among, rows

_Row = TypeVar("_Row", bound=models.Model)
#: Kinds of step that take time: what progress counts.
WORKING = ("task", "gate", "action", "wait", "call")


def _quoted(values: Iterable[str]) -> str:
    """Write words of our own as a list."""
    return ", ".join(f"'{value}'" for value in values)


_OPEN = _quoted(sorted(status.value for status in VISIT_OPEN))
#: What may wait for somebody, in the words of the index `step_of_people`: SQLite knows it by them.
FOR_PEOPLE = f"step.kind IN ('gate', 'task') AND step.status IN ({_OPEN})"

#: What is read of a run, its version, its unit and a person; in the order in which a model has its columns.
RUN = ("id", "number", "version_id", "unit_id", "title", "status", "paused", "seq", "started_by_id", "started_at")
RUN += (
    "ended_at",
    "due_at",
    "changed_at",
    "incident_count",
    "waiting",
    "next_due_at",
    "lane",
    "stands_at",
    "parent_id",
)
MOMENTS = ("started_at", "ended_at", "due_at", "changed_at", "next_due_at")
VERSION = ("id", "artifact_id", "number", "title", "risk", "digest")
UNIT = ("id", "title")
NAMES = ("id", "username", "first_name", "last_name")


def _columns(table: str, names: Iterable[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


RUNS = f"""
SELECT {_columns("run", RUN)}, {_columns("version", VERSION)}, {_columns("unit", UNIT)}, {_columns("starter", NAMES)}
FROM runs_run run
    JOIN workflows_version version ON version.id = run.version_id
    JOIN workflows_unit unit ON unit.id = run.unit_id
    JOIN workflows_person starter ON starter.id = run.started_by_id
WHERE run.id {{runs}}
"""
VISITS = f"""
SELECT step.run_id, step.id, step.number, step.name, step.undoes, step.kind, step.title, step.opened_at,
    CASE step.kind WHEN 'gate' THEN (SELECT COUNT(*) FROM runs_vote vote WHERE vote.gate_id = step.id) ELSE 0 END,
    {_columns("claimer", NAMES)}
FROM runs_step step LEFT JOIN workflows_person claimer ON claimer.id = step.claimed_by_id
WHERE step.run_id {{runs}} AND step.status IN ({_OPEN})
ORDER BY step.number
"""
CANDIDATES = f"""
SELECT candidate.step_id, role.name, {_columns("person", NAMES)}
FROM runs_step step
    JOIN runs_candidate candidate ON candidate.step_id = step.id
    LEFT JOIN workflows_person person ON person.id = candidate.person_id
    LEFT JOIN auth_group role ON role.id = candidate.group_id
WHERE step.run_id {{runs}} AND {FOR_PEOPLE}
ORDER BY candidate.id
"""
INCIDENTS = f"""
SELECT incident.run_id, incident.code, incident.message, incident.opened_at, step.title
FROM runs_incident incident LEFT JOIN runs_step step ON step.id = incident.step_id
WHERE incident.run_id {{runs}} AND incident.status = '{IncidentStatus.OPEN.value}'
ORDER BY incident.opened_at, incident.id
"""
TIMES = f"""
SELECT run_id, visit, due_at FROM runs_work
WHERE run_id {{runs}} AND kind = '{Work.Kind.TIMER.value}' AND status = '{WorkStatus.READY.value}'
    AND name LIKE '%%:wait:%%'
"""
DONE = f"""
SELECT run_id, COUNT(DISTINCT name) FROM runs_step
WHERE run_id {{runs}} AND status = '{VisitStatus.COMPLETED.value}' AND kind IN ({_quoted(WORKING)})
    AND undoes IS NULL
GROUP BY run_id
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that is open; `votes` are those of its gate."""

    key: int
    number: int
    name: str
    undoes: int | None
    kind: str
    title: str
    opened_at: datetime
    votes: int
    claimed_by: Person | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who may take a visit: a group by its name, or a person."""

    group: str
    person: Person | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """An open incident; `where` is the title of its step."""

    code: str
    message: str
    opened_at: datetime
    where: str


class Reads:
    """Reads about these runs: one statement each, when it is asked for. A person is the same object each time."""

    def __init__(self, keys: Iterable[UUID]) -> None:
        # as the ORM prepares a key, but for asking it each time how the database keeps one
        is_native = connection.features.has_native_uuid_field
        self._keys: dict[UUID | str, UUID] = {key if is_native else key.hex: key for key in keys}
        self._people: dict[int, Person] = {}

    def runs(self) -> Mapping[UUID, Run]:
        """Return the runs with what a row says of their version, unit and starter, and nothing large."""
        found: dict[UUID, Run] = {}
        versions: dict[int, Version] = {}
        units: dict[int, Unit] = {}
        for row in self._ask(RUNS):
            values = dict(zip(RUN, row, strict=False))
            values |= {name: _time(values[name]) for name in MOMENTS}
            values |= {"id": self._keys[values["id"]], "paused": bool(values["paused"])}
            values |= {"waiting": bool(values["waiting"]), "parent_id": _key(values["parent_id"])}
            run = found[values["id"]] = _made(Run, values)
            if run.version_id not in versions:
                versions[run.version_id] = _made(Version, dict(zip(VERSION, row[len(RUN) :], strict=False)))
            if run.unit_id not in units:
                of_unit = dict(zip(UNIT, row[len(RUN) + len(VERSION) :], strict=False))
                units[run.unit_id] = _made(Unit, of_unit)
            run.version, run.unit = versions[run.version_id], units[run.unit_id]
            run.started_by = self._person(row[-len(NAMES) :])
        return found

    def visits(self) -> Mapping[UUID, list[Visit]]:
        """Return the visits that are open, in their order."""
        found = defaultdict(list)
        for run, *values, opened_at, votes, pk, username, first, last in self._ask(VISITS):
            claimed_by = self._person((pk, username, first, last)) if pk else None
            found[self._keys[run]].append(Visit(*values, _time(opened_at), votes, claimed_by))
        return found

    def asked(self) -> Mapping[int, list[Asked]]:
        """Return who may take each visit that is open, by its key."""
        found = defaultdict(list)
        for visit, group, *person in self._ask(CANDIDATES):
            found[visit].append(Asked(group or "", self._person(person) if person[0] else None))
        return found

    def troubles(self) -> Mapping[UUID, Trouble]:
        """Return the oldest open incident of each run."""
        found: dict[UUID, Trouble] = {}
        for run, code, message, opened_at, where in self._ask(INCIDENTS):
            found.setdefault(self._keys[run], Trouble(code, message, _time(opened_at), where or ""))
        return found

    def times(self) -> Mapping[tuple[UUID, int], datetime]:
        """Return when each open wait will be over, by run and number of the visit."""
        return {(self._keys[run], visit): _time(due_at) for run, visit, due_at in self._ask(TIMES)}

    def done(self) -> Mapping[UUID, int]:
        """Return how many steps that take time have been completed."""
        return {self._keys[run]: count for run, count in self._ask(DONE)}

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        if not self._keys:
            return []
        runs, keys = among(list(self._keys))
        return rows(statement.format(runs=runs), keys)

    def _person(self, values: Sequence[Any]) -> Person:
        if values[0] not in self._people:
            self._people[values[0]] = _made(Person, dict(zip(NAMES, values, strict=True)))
        return self._people[values[0]]


def _made(model: type[_Row], values: Mapping[str, Any]) -> _Row:
    """Make a row as the ORM would, of which only these columns were read."""
    return model.from_db(DEFAULT_DB_ALIAS, values, list(values.values()))


def _time(at: Any) -> Any:
    """SQLite gives a time of no zone, which is UTC."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _key(value: Any) -> UUID | None:
    return UUID(value) if isinstance(value, str) else value
