"""Steps, gates, votes, candidates and incidents: tables for the pages, made from what the machine said.

Takes the visits that an event touched and the moves that followed, leaves rows. Everything here can be
made again from the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.contrib.auth.models import Group
from django.db.models import Q

from engine.lifecycles import VISIT_ENDED, IncidentStatus, VisitStatus
from engine.machine.commands import Move
from engine.machine.state import Visit
from runs import directory
from runs.bulk import set_update
from runs.models import Candidate, Gate, Incident, Step, Vote
from runs.rows import Facts, by_visit, follow
from runs.rows import gate as gate_row
from runs.rows import step as step_row
from runs.story import Story
from workflows.models import Person

#: Moves after which somebody more may be asked.
_ASKING = frozenset({"opened", "roster", "added", "asked", "picked", "delegated"})
#: Moves after which nobody is asked but those whom the visit names now.
_TAKING = frozenset({"picked", "reassigned", "undelegated", "carried"})

At = tuple[UUID, int]


@dataclass(frozen=True)
class Names:
    """The primary keys of all people and groups that the batch speaks of, by name."""

    people: dict[str, int]
    groups: dict[str, int]


def names(stories: Sequence[Story]) -> Names:
    """Look up everybody who will stand in a row: two statements."""
    people: set[str] = set()
    groups: set[str] = set()
    for story in stories:
        if story.state is not None:
            people.add(story.state.started_by)
        for visit in story.touched.values():
            people |= {name for name in (visit.by, visit.claimed_by, visit.claimed_for) if name}
            if visit.asking:
                people |= set(visit.asking.spoke)
            named_people, named_groups = _candidates(story, visit)
            people |= named_people
            groups |= named_groups
        for _, move in moves(story):
            people |= {move.data["person"]} if "person" in move.data else set(move.data.get("people", ()))
    return Names(
        people=dict(Person.objects.filter(username__in=people).values_list("username", "pk")) if people else {},
        groups=dict(Group.objects.filter(name__in=groups).values_list("name", "pk")) if groups else {},
    )


def moves(story: Story) -> Iterator[tuple[datetime, Move]]:
    """All moves of the batch's events in this run, each with the time of its event."""
    for happening in story.happened:
        for move in happening.moves:
            yield happening.entry.at, move


def _candidates(story: Story, visit: Visit) -> tuple[set[str], set[str]]:
    """Return the people and the groups an open visit waits for."""
    if visit.asking is not None:
        delegates = {one.to for one in visit.asking.delegations}
        return {seat.person for seat in visit.asking.seats or ()} | delegates, set()
    people: set[str] = set()
    groups: set[str] = set()
    for name in filter(None, (visit.assigned, *visit.added)):
        in_groups, users = directory.meaning(story.definition, name)
        groups.update(in_groups)
        people.update(users)
    return people, groups


def write(stories: Sequence[Story], known: Names) -> dict[At, int]:
    """Write them all; return the keys of the steps' rows."""
    steps = _write_steps(stories, known)
    _write_gates(stories, steps)
    _write_candidates(stories, steps, known)
    _write_votes(stories, steps, known)
    _write_incidents(stories, steps)
    return steps


_STEP = (
    *("name", "scope", "title"),
    "status",
    *("claimed_at", "claimed_by", "claimed_for"),
    "ended_at",
    "due_at",
    "overdue",
    "reminded_at",
    "ended_by",
    "picked",
    "outcome",
    "attempt",
)


def _write_steps(stories: Sequence[Story], known: Names) -> dict[At, int]:
    """Write a row for each touched visit; return the rows' keys."""
    numbers = {number for story in stories for number in story.touched}
    if not numbers:
        return {}
    runs = [story.run.pk for story in stories if story.touched]
    old = {(step.run_id, step.number): step for step in Step.objects.filter(run__in=runs, number__in=numbers)}
    rows = []
    for story in stories:
        told = by_visit(moves(story))
        for visit in story.touched.values():
            before = old.get((story.run.pk, visit.number))
            facts = _facts(before) if before else Facts()
            facts = follow(facts, visit, told.get(visit.number, ()))
            row = step_row(story.run.pk, story.definition, visit, facts, known.people)
            if row.picked_id is None and before is not None:
                row.picked_id = before.picked_id
            rows.append(row)
    Step.objects.bulk_create(rows, update_conflicts=True, unique_fields=["run", "number"], update_fields=_STEP)
    undone = [
        (story.run.pk, move.data["of"], VisitStatus.UNDONE.value)
        for story in stories
        for _, move in moves(story)
        if move.kind == "undone"
    ]
    set_update(Step, ("run", "number"), ("status",), undone)
    return {(row.run_id, row.number): row.pk for row in rows}


def _facts(row: Step) -> Facts:
    """What a row has kept so far, but for who was picked, whose key it has already."""
    return Facts(row.opened_at, row.claimed_at, row.reminded_at, None, row.attempt)


def _write_gates(stories: Sequence[Story], steps: dict[At, int]) -> None:
    rows = [
        gate_row(steps[story.run.pk, visit.number], visit, visit.asking)
        for story in stories
        for visit in story.touched.values()
        if visit.asking is not None
    ]
    if rows:
        fields = ["question", "digest", "status", "decided_by", "decided_at"]
        Gate.objects.bulk_create(rows, update_conflicts=True, unique_fields=["step"], update_fields=fields)


def _write_candidates(stories: Sequence[Story], steps: dict[At, int], known: Names) -> None:
    rows = []
    taken = {
        steps[story.run.pk, move.visit]
        for story in stories
        for _, move in moves(story)
        if move.kind in _TAKING and move.visit is not None
    }
    if taken:
        Candidate.objects.filter(step__in=taken).delete()
    for story in stories:
        asked = {move.visit for _, move in moves(story) if move.kind in _ASKING | _TAKING}
        for visit in story.touched.values():
            if visit.number not in asked:
                continue
            of = {"step_id": steps[story.run.pk, visit.number], "version_id": story.run.version_id}
            people, groups = _candidates(story, visit)
            rows += [Candidate(**of, person_id=known.people[name]) for name in sorted(people) if name in known.people]
            rows += [Candidate(**of, group_id=known.groups[name]) for name in sorted(groups) if name in known.groups]
    if rows:
        Candidate.objects.bulk_create(rows, ignore_conflicts=True)
    ended = [
        steps[story.run.pk, visit.number]
        for story in stories
        for visit in story.touched.values()
        if visit.status in VISIT_ENDED and any(_candidates(story, visit))
    ]
    if ended:
        Candidate.objects.filter(step__in=ended, is_open=True).update(is_open=False)


def _write_votes(stories: Sequence[Story], steps: dict[At, int], known: Names) -> None:
    rows, gone = [], []
    for story in stories:
        said = {(move.visit, name) for _, move in moves(story) for name in _spoke(move)}
        for visit in story.touched.values():
            if visit.asking is None:
                continue
            gate = steps[story.run.pk, visit.number]
            votes = {vote.person: vote for vote in visit.asking.votes}
            for name in sorted(name for number, name in said if number == visit.number):
                if name not in votes:
                    gone.append(Q(gate=gate, person=known.people[name]))
                    continue
                vote, person = votes[name], known.people[name]
                rows.append(
                    Vote(
                        gate_id=gate,
                        person_id=person,
                        on_behalf_of_id=known.people.get(vote.on_behalf_of or ""),
                        choice=vote.choice.value,
                        comment=vote.comment,
                        digest=vote.digest,
                        at=vote.at,
                    )
                )
    if gone:
        Vote.objects.filter(reduce(or_, gone)).delete()
    if rows:
        fields = ["on_behalf_of", "choice", "comment", "digest", "at"]
        Vote.objects.bulk_create(rows, update_conflicts=True, unique_fields=["gate", "person"], update_fields=fields)


def _spoke(move: Move) -> tuple[str, ...]:
    if move.kind in {"voted", "withdrawn"}:
        return (move.data["person"],)
    return tuple(move.data["people"]) if move.kind == "voided" else ()


def _write_incidents(stories: Sequence[Story], steps: dict[At, int]) -> None:
    """Open and resolve; one that opens and is resolved within the batch is written as resolved."""
    rows: list[Incident] = []
    resolved: dict[int, tuple[object, ...]] = {}
    for story in stories:
        # whatever else stands open at a visit that ended (`runs.work.audit`) has ended with it
        for visit in story.touched.values():
            if visit.ended_at is not None:
                step = steps[story.run.pk, visit.number]
                resolved[step] = (step, IncidentStatus.RESOLVED.value, visit.ended_at, "overtaken")
        here: dict[int | None, Incident] = {}
        is_open = {number for number, visit in (story.before.visits if story.before else {}).items() if visit.incident}
        for at, move in moves(story):
            step = steps.get((story.run.pk, move.visit)) if move.visit is not None else None
            if move.kind == "incident" and move.visit not in is_open and move.visit not in here:
                here[move.visit] = Incident(
                    run_id=story.run.pk,
                    step_id=step,
                    code=move.data["code"],
                    message=move.data.get("message", ""),
                    opened_at=at,
                )
                rows.append(here[move.visit])
            elif move.kind == "resolved":
                is_open.discard(move.visit or 0)
                how = str(move.data.get("how", ""))[:300]
                if move.visit in here:
                    made = here.pop(move.visit)
                    rows[rows.index(made)] = Incident(
                        run_id=made.run_id,
                        step_id=made.step_id,
                        code=made.code,
                        message=made.message,
                        opened_at=made.opened_at,
                        status=IncidentStatus.RESOLVED.value,
                        resolved_at=at,
                        resolution=how,
                    )
                elif step is not None:
                    resolved[step] = (step, IncidentStatus.RESOLVED.value, at, how)
    set_update(
        Incident, ("step",), ("status", "resolved_at", "resolution"), list(resolved.values()), only="t.status = 'open'"
    )
    if rows:
        Incident.objects.bulk_create(rows)
