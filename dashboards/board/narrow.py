"""What the filters of the Runs page ask for: the stretches of the list, its scope, and what else must be true.

Conditions that an index knows become stretches (`Run.lane`, times) or the scope (versions, units); the rest is looked
at run by run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from dashboards.board.branches import Scope
from dashboards.board.filters import Filters
from dashboards.board.reads import FOR_PEOPLE
from dashboards.board.stretches import Stretch, along
from engine.lifecycles import RunStatus
from runs.models import Run
from workflows.models import Person, Unit, Version

ATTENTION, PAUSED, PEOPLE = Run.Lane.ATTENTION.value, Run.Lane.PAUSED.value, Run.Lane.PEOPLE.value
MACHINE, CALLED, ENDED = Run.Lane.MACHINE.value, Run.Lane.CALLED.value, Run.Lane.ENDED.value
#: The lanes of runs that are open, in the order in which they need somebody; a paused one stands still by intent.
OPEN_LANES = (ATTENTION, PEOPLE, MACHINE, CALLED, PAUSED)
#: In these lanes something can be due, and something can wait for a person, who can do nothing while the run is paused.
DUE_LANES = (ATTENTION, PEOPLE, MACHINE, CALLED)
WAITING_LANES = (ATTENTION, PEOPLE)
#: Written out, as the ORM takes longer over it than the database over all but the longest lists.
WAITING = f"""
EXISTS (
    SELECT 1 FROM runs_step step WHERE step.run_id = runs_run.id AND {FOR_PEOPLE} AND (
        step.claimed_by_id = %s OR step.claimed_by_id IS NULL AND EXISTS (
            SELECT 1 FROM runs_candidate candidate WHERE candidate.step_id = step.id AND (
                candidate.person_id = %s OR candidate.group_id IN (
                    SELECT mine.group_id FROM workflows_person_groups mine WHERE mine.person_id = %s
                )
            )
        )
    )
)
"""


@dataclass(frozen=True)
class Asked:
    """A list: its stretches one after the other, over a scope; `holds` is what else is true of each run of it."""

    stretches: tuple[Stretch, ...]
    scope: Scope
    holds: Q


def asked(filters: Filters, person: Person, now: datetime, today: datetime, found: Scope | None = None) -> Asked:
    """Read the filters as a list. `today` is the first instant of the reader's day. At most four statements.

    `found` is the scope, where it has been looked up.

    A run that another called is a part of that one: where it goes on by itself or has ended it is left out unless it
    is asked for.
    """
    holds, with_called = Q(), bool(filters.called) or filters.mine == "waiting"
    lanes = _lanes(filters.state, with_called)
    if not with_called and filters.state in ("done", "ended", "all"):
        holds &= Q(parent=None) | ~Q(lane=ENDED)
    since = None
    if filters.state == "done":
        holds &= Q(status=RunStatus.COMPLETED.value, ended_at__gte=today)
        since = today
    whose = Person.objects.filter(username=filters.person).first() if filters.person else person
    if filters.mine == "started":
        holds &= started_by(whose)
    elif filters.mine == "waiting":
        holds &= waiting_for(whose)
        waiting = (PAUSED,) if filters.state == "paused" else WAITING_LANES
        lanes = tuple(lane for lane in lanes if lane in waiting)
    return Asked(_stretches(filters, lanes, now, since), found or scope(filters), holds)


def _lanes(state: str, with_called: bool) -> tuple[str, ...]:
    return {
        "running": tuple(lane for lane in OPEN_LANES if with_called or lane != CALLED),
        "waiting": (PEOPLE,),
        "attention": (ATTENTION,),
        "overdue": DUE_LANES,
        "paused": (PAUSED,),
        "done": (ENDED,),
        "ended": (ENDED,),
        "all": (*OPEN_LANES, ENDED),
    }[state]


def _stretches(filters: Filters, lanes: tuple[str, ...], now: datetime, since: datetime | None) -> tuple[Stretch, ...]:
    due = tuple(lane for lane in lanes if lane in DUE_LANES)
    if filters.state == "overdue" or filters.overdue:
        return (along(*due, column="next_due_at", newest_first=False, until=now),)
    if filters.order == "due":
        others = tuple(lane for lane in lanes if lane not in DUE_LANES)
        dated = (along(*due, column="next_due_at", newest_first=False), along(*due, is_undated=True)) if due else ()
        return (*dated, along(*others, since=since)) if others else dated
    if filters.order == "change" or filters.state in ("ended", "all"):
        return (along(*lanes, since=since),)
    return (Stretch(tuple((lane,) for lane in lanes), since=since),)


def scope(filters: Filters) -> Scope:
    """Look up the versions and units that were asked for; a playbook, a version and a risk are all versions."""
    versions, units = None, None
    if filters.playbook or filters.risk:
        found = Version.objects.all()
        if filters.playbook:
            found = found.filter(artifact__slug=filters.playbook)
        if filters.playbook and filters.version:
            found = found.filter(number=filters.version)
        if filters.risk:
            found = found.filter(risk=filters.risk)
        versions = tuple(found.order_by("pk").values_list("pk", flat=True))
    if filters.unit:
        path = Unit.objects.filter(slug=filters.unit).values_list("path", flat=True).first()
        below = Unit.objects.filter(path__startswith=path) if path else Unit.objects.none()
        units = tuple(below.order_by("pk").values_list("pk", flat=True))
    return Scope(versions, units)


def started_by(person: Person) -> Q:
    """Say which runs this person started. The key stands in the statement, as that of a branch does."""
    return Q(RawSQL(f"(runs_run.started_by_id = {person.pk:d})", (), output_field=BooleanField()))


def waiting_for(person: Person) -> Q:
    """Say which runs have an open step that this person has claimed or may take."""
    return Q(RawSQL(WAITING, [person.pk] * 3, output_field=BooleanField()))
