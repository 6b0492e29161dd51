"""The open steps of runs under way: which of them their people can no longer do or decide, as things stand today.

Looks without any lock, and again with the run locked where something has changed. A gate's roster stands in its log:
leavers may not vote, joiners do not enter, and the bar stays (semantics [roster]); so what would help depends on
whether the gate can be asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from engine.definition import Definition, GateSpec, TaskSpec
from engine.lifecycles import VisitStatus
from engine.machine import refusing, staffing
from engine.machine import state as states
from engine.machine.staffing import Today
from engine.machine.state import Asking, State, Visit, step_of
from runs import definitions, directory, doorbell, incidents
from runs.clock import database_clock
from runs.directory import Directory
from runs.models import Candidate, Run, Shortage, Step
from runs.staffing import presence, telling, words
from runs.staffing.presence import Presence
from workflows.writing import writing

#: The machine's own incident, which an operator's retry answers by asking the directory again.
ROSTER = "roster"

Looked = Sequence[tuple[Run, State]]
At = tuple[UUID, int]


@dataclass(frozen=True)
class Lack:
    """What is missing at one open step, and who would help."""

    says: str
    help: str = ""


def look(page: Looked) -> int:
    """Write what has changed about these runs; return how many of them it was."""
    now = database_clock()
    lacks = find(page, now)
    known = {
        (row.run_id, row.step.number): Lack(row.says, row.help)
        for row in _open([run for run, _ in page])
        if row.step is not None
    }
    changed = {run for (run, _), _ in lacks.items() ^ known.items()}
    changed |= {run.pk for run, state in page if run.incident_count < _to_count(run, state, lacks)}
    return sum(_put(run) for run in sorted(changed))


def _to_count(run: Run, state: State, lacks: Mapping[At, Lack]) -> int:
    """Count the run's incidents with those beside the log, of which `apply` knows nothing when it counts."""
    beside = sum((run.pk, visit.number) in lacks for visit in state.visits.values() if visit.incident is None)
    return beside and beside + sum(visit.incident is not None for visit in state.visits.values())


def find(page: Looked, now: datetime) -> dict[At, Lack]:
    """Return what these runs lack, by (run, visit). A fixed number of statements for any number of runs."""
    gates: list[tuple[Run, State, Definition, Visit]] = []
    tasks: list[tuple[Run, State, Definition, Visit]] = []
    for run, state in page:
        definition = definitions.by_digest(state.definition)
        for visit in state.visits.values():
            does = step_of(definition, visit).does
            if visit.status is VisitStatus.WAITING or (visit.incident and visit.incident.code not in _OURS):
                continue
            if isinstance(does, TaskSpec):
                tasks.append((run, state, definition, visit))
            elif isinstance(does, GateSpec) and visit.asking is not None and visit.asking.seats is not None:
                gates.append((run, state, definition, visit))
    found: dict[At, Lack] = {}
    if tasks:
        awaited = _awaited([run for run, *_ in tasks])
        for run, _, definition, visit in tasks:
            if (run.pk, visit.number) not in awaited:
                found[run.pk, visit.number] = _of_task(definition, visit)
    if gates:
        found |= _of_gates(gates, now)
    return found


#: Of a step with one of the machine's incidents only those are looked at that people can help.
_OURS = (ROSTER, "escalated")


def _awaited(runs: Sequence[Run]) -> set[At]:
    """Return the visits of these runs for which some active person is a candidate."""
    somebody = Q(person__is_active=True, person__is_service=False)
    somebody |= Q(group__user__is_active=True, group__user__is_service=False)
    rows = Candidate.objects.filter(somebody, step__run__in=runs, step__ended_at=None)
    return set(rows.values_list("step__run", "step__number").distinct())


def _of_task(definition: Definition, visit: Visit) -> Lack:
    names = [name for name in (visit.assigned, *visit.added) if name]
    roles = [words.role(name) for name in names if not name.startswith(directory.USER)]
    if visit.incident is not None and visit.incident.code == ROSTER:
        does = step_of(definition, visit).does
        assert isinstance(does, TaskSpec)
        return Lack(
            "Nobody could be picked for this step.",
            f"Once somebody is in {words.role(does.assign)}, an operator's retry picks anew.",
        )
    if not roles:
        return Lack("Nobody is there who may do this step.", "An operator can hand it to somebody else.")
    return Lack("Nobody is there who may do this step.", f"Whoever joins {words.listed(roles)} can do it at once.")


def _of_gates(gates: Sequence[tuple[Run, State, Definition, Visit]], now: datetime) -> dict[At, Lack]:
    members = directory.people_of(
        (definition, name) for _, _, definition, visit in gates for name in _approvers(definition, visit)
    )
    concerned = {name for *_, visit in gates for name in _concerned(_asking(visit))}
    there = presence.at(concerned, now)
    people = directory.look_up(concerned.union(there.delegates, *members.values()))
    found = {}
    for run, state, definition, visit in gates:
        joined = {
            name: set(members[definition.digest, name]) - _concerned(_asking(visit))
            for name in _approvers(definition, visit)
        }
        if (lack := _of_gate(definition, state, visit, people, there, joined)) is not None:
            found[run.pk, visit.number] = lack
    return found


def _of_gate(
    definition: Definition,
    state: State,
    visit: Visit,
    people: Directory,
    there: Presence,
    joined: Mapping[str, set[str]],
) -> Lack | None:
    spec, asking = step_of(definition, visit).does, _asking(visit)
    assert isinstance(spec, GateSpec)
    held = {name: people.roles(definition, name) for name in _concerned(asking) | there.delegates}
    barred = {
        name
        for name, roles in held.items()
        if refusing.excluded(definition, spec, state, name, roles, visit.number) is not None
    }
    today = Today(held, frozenset(barred), frozenset(there.until), there.handed(definition.playbook))
    lacking = staffing.unmet(spec, asking, today)
    is_roster = visit.incident is not None and visit.incident.code == ROSTER
    if not lacking:
        return Lack("People are enough again.", "An operator's retry lets the gate go on.") if is_roster else None
    left = [people.name(name) for name in staffing.waited_for(asking, today)]
    needed = words.slots(staffing.outstanding(spec, asking, today), people.name)
    only = f"only {words.listed(left)} may" if left else "nobody may"
    says = f"It still needs {needed}, and {only} vote now."
    helps = []
    returning = staffing.returning(spec, asking, today, there.in_order)
    if returning:
        helps.append(f"{words.back(returning, there.until, people.name)}.")
    left_since = [seat.person for seat in asking.seats or () if not _still(seat.person, held, barred, seat.roles)]
    if left_since and not returning:
        names = words.listed([people.name(name) for name in left_since])
        helps.append(f"{names} had been asked and may no longer vote; back in the role, they may again.")
    if is_roster:
        new = sorted({name for role in joined for name in joined[role]} - set(asking.barred))
        if new:
            names = words.listed([people.name(name) for name in new])
            helps.append(f"{names} joined since; an operator's retry asks them.")
        elif more := words.joining(staffing.joining(spec, asking, today)):
            helps.append(f"{more[0].upper()}{more[1:]}, whom an operator's retry then asks.")
    elif not returning:
        helps.append("Who joins now is not asked this time: the gate has to be asked anew.")
    return Lack(says, " ".join(helps))


def _still(person: str, held: Mapping[str, Sequence[str]], barred: set[str], roles: Sequence[str]) -> bool:
    return person not in barred and (not roles or any(role in held[person] for role in roles))


def _approvers(definition: Definition, visit: Visit) -> tuple[str, ...]:
    spec = step_of(definition, visit).does
    assert isinstance(spec, GateSpec)
    return spec.approvers


def _concerned(asking: Asking) -> set[str]:
    return {seat.person for seat in asking.seats or ()} | asking.concerned


def _asking(visit: Visit) -> Asking:
    assert visit.asking is not None
    return visit.asking


# ---- the rows


def _open(runs: Sequence[Run] | Sequence[UUID]) -> Sequence[Shortage]:
    return list(Shortage.objects.filter(run__in=runs, resolved_at=None).select_related("step"))


def _put(pk: UUID) -> int:
    """Look again with the run locked, and write; return 1 where something changed."""
    with writing():
        run = Run.objects.select_for_update(of=("self",)).select_related("unit", "version__artifact").get(pk=pk)
        if not run.is_open:
            return 0
        now, state = database_clock(), states.load(run.state)
        lacks = {visit: lack for (_, visit), lack in find([(run, state)], now).items()}
        known = {row.step.number: row for row in _open([pk]) if row.step is not None}
        steps = {step.number: step for step in Step.objects.filter(run=run, number__in=list(lacks))}
        gone = [row.pk for number, row in known.items() if number not in lacks]
        Shortage.objects.filter(pk__in=gone).update(resolved_at=now)
        for number, lack in lacks.items():
            if number in known:
                Shortage.objects.filter(pk=known[number].pk).update(says=lack.says, help=lack.help)
                continue
            step = steps[number]
            row = Shortage.objects.create(run=run, step=step, name=step.name, says=lack.says, help=lack.help, since=now)
            # of the machine's own incident the operators have been told
            telling.tell(row, run, step, is_known=state.visits[number].incident is not None)
        beside: dict[int | None, str] = {
            number: f"{lack.says} {lack.help}".strip()
            for number, lack in lacks.items()
            if state.visits[number].incident is None
        }
        incidents.put(run, incidents.NOBODY_ELIGIBLE, beside, "people are enough again")
        doorbell.after_commit([pk], due=False)
    return 1
