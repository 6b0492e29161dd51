"""Answer “why not me?” and “who could?” for every act on a run, and for the start of a version.

Takes whom an act concerns from the run, its definition and the directory, and the verdict of each from the guard, whose
sentences are written for whoever asks: what stands beside a name is what that person would read. The directory is asked
a fixed number of times, however many people there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from django.utils import timezone

from engine.definition import Definition, GateSpec, TaskSpec
from engine.machine.state import State
from runs import definitions, delegations, directory, guard
from runs.guard import Act, Verdict
from runs.models import Run, Step
from workflows.eligible import STARTERS
from workflows.models import Part, Person, Version

ACTS: tuple[Act, ...] = get_args(Act)
#: Acts on one visit; all others but `start` are on the run as a whole.
OF_VISIT: frozenset[Act] = frozenset(
    {"claim", "release", "complete", "vote", "withdraw", "delegate", "retry", "skip", "complete-for", "reassign"}
)
_AT_GATES = frozenset({"vote", "withdraw", "delegate"})
_AT_TASKS = frozenset({"claim", "release", "complete"})


@dataclass(frozen=True, slots=True)
class Could:
    """One person and the guard's verdict on them, in the words that they would read."""

    person: Person
    verdict: Verdict


def why(person: Person, act: Act, run: Run, visit: int | None = None, to: str = "") -> Verdict:
    """Say whether this person may do it now, and why not."""
    return guard.may(person, act, run, visit, to=to)


def who_could(
    run: Run, act: Act, visit: int | None = None, to: str = "", asked: Iterable[Person] = ()
) -> tuple[Could, ...]:
    """Say of everybody whom an act on this run concerns, and of whoever else is asked about, whether they may do it."""
    if act == "see":
        return _who_see(run, asked)
    state, definition = definitions.state_of(run), definitions.of(run)
    names = _concerned(run, act, visit, state, definition).union(person.username for person in asked)
    verdicts = guard.may_each(sorted(names), act, run, visit, to)
    return _told(verdicts)


def who_could_start(version: Version, asked: Iterable[Person] = ()) -> tuple[Could, ...]:
    """Say who may start runs of this version."""
    names = {person.username for person in asked}
    if not version.is_document:
        definition = definitions.of_version(version)
        parts = Part.objects.filter(part__in=STARTERS, unit__path__in=version.artifact.unit.paths)
        names |= set(parts.values_list("person__username", flat=True))
        names = names.union(*directory.people_of((definition, role) for role in definition.roles).values())
    return _told(guard.may_start_each(sorted(names), version))


def _concerned(run: Run, act: Act, visit: int | None, state: State, definition: Definition) -> set[str]:
    """Whom the playbook, the gate or the unit names for this act."""
    if act in _AT_GATES:
        return _of_gate(run, visit, state, definition)
    found: set[str] = set()
    if act in _AT_TASKS:
        found |= _of_task(run, visit, state, definition)
    if act not in _AT_TASKS or act == "release":
        found |= _operators(run)
    return found


def _of_gate(run: Run, visit: int | None, state: State, definition: Definition) -> set[str]:
    spec = _spec(run, visit, state, definition)
    if not isinstance(spec, GateSpec):
        return set()
    found = set().union(*directory.people_of((definition, name) for name in spec.approvers).values())
    there = state.visits.get(visit or 0)
    if there is not None and there.asking is not None:
        found |= {seat.person for seat in there.asking.seats or ()} | set(there.asking.barred) | there.asking.concerned
    handed = delegations.of(found, timezone.now(), definition.playbook)
    return found | set(handed.values_list("to__username", flat=True))


def _of_task(run: Run, visit: int | None, state: State, definition: Definition) -> set[str]:
    spec = _spec(run, visit, state, definition)
    if not isinstance(spec, TaskSpec):
        return set()
    there = state.visits.get(visit or 0)
    names = [name for name in (there.assigned, *there.added) if name] if there is not None else [spec.assign]
    found = set().union(*directory.people_of((definition, name) for name in names).values())
    return found | ({there.claimed_by} if there is not None and there.claimed_by else set())


def _spec(run: Run, visit: int | None, state: State, definition: Definition) -> object:
    """What this visit does, also where it is over."""
    there = state.visits.get(visit or 0)
    name = there.step if there else Step.objects.filter(run=run, number=visit).values_list("name", flat=True).first()
    return definition.steps[name].does if name in definition.steps else None


def _operators(run: Run) -> set[str]:
    kinds = [Part.Kind.OPERATOR, Part.Kind.BREAK_GLASS]
    parts = Part.objects.filter(part__in=kinds, unit__path__in=run.unit.paths, person__is_active=True)
    return set(parts.values_list("person__username", flat=True))


def _who_see(run: Run, asked: Iterable[Person]) -> tuple[Could, ...]:
    """Ask the one list of whose runs are whose, from the other end: of each of the people whom it may name."""
    overseers = Part.objects.filter(
        part__in=[Part.Kind.OPERATOR, Part.Kind.AUDITOR], unit__path__in=run.unit.paths, person__is_active=True
    )
    version = run.version
    seeing = Person.objects.filter(is_active=True).filter(
        pk__in=[
            run.started_by_id,
            *overseers.values_list("person", flat=True),
            *version.role_people.values_list("pk", flat=True),
            *Person.objects.filter(groups__in=version.role_groups.all()).values_list("pk", flat=True),
            *Step.objects.filter(run=run, candidates__person__isnull=False).values_list(
                "candidates__person", flat=True
            ),
        ]
    )
    sees = {person.username: person for person in seeing.order_by("first_name", "last_name", "username")}
    others = [Could(person, guard.NOT_VISIBLE) for person in asked if person.username not in sees]
    return (*(Could(person, guard.YES) for person in sees.values()), *others)


def _told(verdicts: dict[str, Verdict]) -> tuple[Could, ...]:
    """Those who may first, each by name."""
    people = Person.objects.filter(username__in=verdicts)
    found = [Could(person, verdicts[person.username]) for person in people]
    return tuple(sorted(found, key=lambda could: (not could.verdict.allowed, str(could.person))))
