"""A run as it was after one entry of its log: the log folded to there, through the definition it was pinned to then.

Takes the entries up to that one; leaves the run, its visits and its incidents as the tables held them then, made by the
functions that make the tables (`runs.rows`, `runs.records`) and never saved. Nothing is read of today's rows but what
stands beside the log: the names of people, and incidents that are not the machine's (`runs.incidents`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Q

from engine.definition import Definition
from engine.lifecycles import Choice, IncidentStatus, VisitStatus
from engine.machine import events
from engine.machine.commands import Advance, Move
from engine.machine.state import State, Visit
from runs import definitions, records, rows
from runs.incidents import NOBODY_ELIGIBLE, STUCK
from runs.models import Incident, Run, Step
from runs.rows import Facts
from runs.story import Story
from workflows.models import Person, Version

Pause = tuple[datetime, datetime | None]
"""From when to when a run stood still; None: it still did."""


class Broken(RuntimeError):
    """The log does not give what the machine accepts: `verify_log` says where."""


@dataclass(frozen=True)
class Past:
    """`incidents` are all there had been, the resolved ones too, and `pauses` likewise; `run` and `steps` are rows that
    are not saved. `run.seq` is the entry after which this was so, `run.changed_at` its time."""

    run: Run
    definition: Definition
    state: State
    steps: tuple[Step, ...]
    incidents: tuple[Incident, ...]
    pauses: tuple[Pause, ...]


@dataclass(slots=True)
class _Trouble:
    visit: int | None
    code: str
    message: str
    opened_at: datetime
    resolved_at: datetime | None = None
    how: str = ""


@dataclass
class _Fold:
    """What is known after the entries so far."""

    definition: Definition
    state: State | None = None
    head: str = ""
    visits: dict[int, Visit] = field(default_factory=dict)
    known: dict[int, Definition] = field(default_factory=dict)
    facts: dict[int, Facts] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)
    troubles: list[_Trouble] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)

    def take(self, event: str, head: str) -> None:
        at = self.state.seq if self.state else 0
        try:
            step = definitions.take(self.definition, self.state, events.from_json(json.loads(event)))
        except (ValueError, KeyError) as error:
            raise Broken(f"the entry after {at} cannot be read") from error
        if not isinstance(step, Advance):
            raise Broken(f"the machine refuses the entry after {at}: {step.code}")
        self.state, self.head = step.state, head
        if step.state.definition != self.definition.digest:
            self.definition = definitions.by_digest(step.state.definition)
        now = step.state.at
        told = rows.by_visit((now, move) for move in step.moves)
        for move in step.moves:
            self._follow(move, now)
        for visit in step.touched:
            number = visit.number
            self.visits[number], self.known[number] = visit, self.definition
            self.facts[number] = rows.follow(self.facts.get(number, Facts()), visit, told.get(number, ()))
            if visit.ended_at is not None:
                self._resolve(number, visit.ended_at, "overtaken")

    def _follow(self, move: Move, at: datetime) -> None:
        if move.kind == "incident":
            if self._open(move.visit) is None:
                self.troubles.append(_Trouble(move.visit, move.data["code"], move.data.get("message", ""), at))
        elif move.kind == "resolved":
            self._resolve(move.visit, at, str(move.data.get("how", ""))[:300])
        elif move.kind == "undone":
            self.undone.add(move.data["of"])
        elif move.kind == "paused":
            self.pauses.append((at, None))
        elif move.kind == "resumed" and self.pauses:
            self.pauses[-1] = (self.pauses[-1][0], at)

    def _open(self, visit: int | None) -> _Trouble | None:
        return next((one for one in reversed(self.troubles) if one.visit == visit and one.resolved_at is None), None)

    def _resolve(self, visit: int | None, at: datetime, how: str) -> None:
        trouble = self._open(visit)
        if trouble is not None:
            trouble.resolved_at, trouble.how = at, how

    def people(self) -> set[str]:
        """Everybody who stands in a row."""
        named = {name for one in self.visits.values() for name in (one.claimed_by, one.claimed_for, one.by) if name}
        return named | {one.picked for one in self.facts.values() if one.picked}


def after(run: Run, seq: int) -> Past:
    """Return the run as it was after this entry, which must be one of its log. Three statements, whatever it holds."""
    fold = _Fold(definitions.by_digest(definitions.first_of(run)))
    entries = run.entries.filter(seq__lte=seq).order_by("seq").values_list("event", "hash")
    for event, head in entries.iterator(chunk_size=1000):
        fold.take(event, head)
    if fold.state is None or fold.state.seq != seq:
        raise Broken("an entry is missing")
    people = {person.username: person for person in Person.objects.filter(username__in=fold.people())}
    steps = _steps(run, fold, people)
    incidents = (*_incidents(run, fold.troubles, steps), *_beside(run, fold.state.at, steps))
    incidents = tuple(sorted(incidents, key=lambda one: one.opened_at))
    then = _run(run, fold, sum(one.status == IncidentStatus.OPEN for one in incidents))
    return Past(then, fold.definition, fold.state, tuple(steps.values()), incidents, tuple(fold.pauses))


def _run(run: Run, fold: _Fold, incident_count: int) -> Run:
    story = Story(run, fold.definition, run.unit.path, before=None, state=fold.state, head=fold.head)
    columns = records.as_columns(story) | {"incident_count": incident_count}
    same = ("pk", "number", "unit", "started_by", "start_key", "parent_id", "parent_visit")
    version = run.version
    if version.digest != fold.definition.digest:
        of_then = Version.objects.filter(artifact=version.artifact_id, digest=fold.definition.digest)
        version = of_then.order_by("-number").first() or version
    return Run(version=version, **{name: getattr(run, name) for name in same}, **columns)


def _steps(run: Run, fold: _Fold, people: Mapping[str, Person]) -> dict[int, Step]:
    keys = {name: person.pk for name, person in people.items()}
    made = {}
    for number, visit in sorted(fold.visits.items()):
        if number in fold.undone:
            visit = replace(visit, status=VisitStatus.UNDONE)
        row = rows.step(run.pk, fold.known[number], visit, fold.facts[number], keys)
        row.claimed_by, row.ended_by = people.get(visit.claimed_by or ""), people.get(visit.by or "")
        row.claimed_for = people.get(visit.claimed_for or "")
        row.approvals = 0
        if visit.asking is not None:
            rows.gate(None, visit, visit.asking).step = row
            row.approvals = sum(vote.choice is Choice.APPROVE for vote in visit.asking.votes)
        made[number] = row
    return made


def _incidents(run: Run, troubles: Iterable[_Trouble], steps: Mapping[int, Step]) -> Iterable[Incident]:
    for one in troubles:
        status = IncidentStatus.OPEN if one.resolved_at is None else IncidentStatus.RESOLVED
        yield Incident(
            run=run,
            step=steps.get(one.visit or 0),
            code=one.code,
            message=one.message,
            status=status.value,
            opened_at=one.opened_at,
            resolved_at=one.resolved_at,
            resolution=one.how,
        )


def _beside(run: Run, at: datetime, steps: Mapping[int, Step]) -> Iterable[Incident]:
    """Incidents that the log does not know, as they stood at this time."""
    found = run.incidents.filter(Q(code__in=(STUCK, NOBODY_ELIGIBLE)), opened_at__lte=at).select_related("step")
    for one in found:
        is_over = one.resolved_at is not None and one.resolved_at <= at
        yield Incident(
            run=run,
            step=steps.get(one.step.number) if one.step else None,
            code=one.code,
            message=one.message,
            status=(IncidentStatus.RESOLVED if is_over else IncidentStatus.OPEN).value,
            opened_at=one.opened_at,
            resolved_at=one.resolved_at if is_over else None,
            resolution=one.resolution if is_over else "",
        )
