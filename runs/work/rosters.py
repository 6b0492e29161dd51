"""Gates whose quorum can no longer be met, as people have left the roles they were asked in (semantics [roster])."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from engine.definition import Definition, GateSpec
from engine.machine import quorum
from engine.machine.state import Asking, State, Visit, step_of
from runs import definitions, directory
from runs.directory import Directory


def short_of_people(states: Iterable[tuple[UUID, State]]) -> set[tuple[UUID, int]]:
    """Return the open gates, as (run, visit), that approvals and those who have not voted cannot carry today."""
    gates = [
        (run, definitions.by_digest(state.definition), visit)
        for run, state in states
        for visit in state.visits.values()
        if visit.asking is not None and visit.asking.seats
    ]
    people = directory.look_up(name for _, _, visit in gates for name in _concerned(_asking(visit)))
    return {(run, visit.number) for run, definition, visit in gates if _is_short(definition, visit, people)}


def _is_short(definition: Definition, visit: Visit, people: Directory) -> bool:
    spec, asking = step_of(definition, visit).does, _asking(visit)
    assert isinstance(spec, GateSpec)
    held = {name: people.roles(definition, name) for name in _concerned(asking)}
    today = [quorum.rights(seat, held, True) for seat in asking.seats or ()]
    seats = tuple(seat for seat in today if seat.roles or seat.stands_in)
    return quorum.tally(spec, replace(asking, seats=seats), held).short


def _concerned(asking: Asking) -> set[str]:
    return {seat.person for seat in asking.seats or ()} | asking.concerned


def _asking(visit: Visit) -> Asking:
    assert visit.asking is not None
    return visit.asking
