"""How people stand to an open gate today, in words, and what its quorum still lacks.

With the rights held today, by the machine's own rules. What somebody may do there is the guard's (`runs.guard`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils import timezone

from engine.definition import Definition
from engine.machine import rights
from engine.machine.commands import Refusal
from engine.machine.rights import Standing
from engine.machine.state import State
from runs import definitions, delegations, directory
from runs.directory import Directory
from runs.models import Run
from runs.wording import in_words, roles_in_words


@dataclass(frozen=True, slots=True)
class Stance:
    """How one person stands to a gate today, in words: `name` is the full name, `sentence` says why not."""

    name: str
    standing: Standing
    sentence: str = ""


def stances(run: Run, visit: int) -> tuple[Stance, ...]:
    """Say who has voted at an open gate, who may and who may not and why, with the rights held today.

    Empty for what is not an open gate.
    """
    state, definition, people, held = _gate(run, visit)
    if visit not in state.visits:
        return ()
    acting = {person: people.delegators(definition, person) for person in people.hands}
    found = []
    for standing in rights.standing(definition, state, state.visits[visit], held, acting):
        name = people.name(standing.person)
        why = Refusal(standing.code, f"{name} {standing.why}." if standing.why else "")
        words = in_words(definition, state, why, people.members).sentence if standing.why else ""
        found.append(Stance(name, standing, words))
    return tuple(found)


def missing(run: Run, visit: int) -> tuple[str, ...]:
    """Say what an open gate's quorum still lacks, such as “1 approval of release manager”."""
    state, definition, people, held = _gate(run, visit)
    if visit not in state.visits:
        return ()
    lacks = rights.missing(definition, state, state.visits[visit], held)
    named = [replace(lack, person=people.name(lack.person) if lack.person else "") for lack in lacks]
    return tuple(roles_in_words(definition, str(lack)) for lack in named)


def _gate(run: Run, visit: int) -> tuple[State, Definition, Directory, dict[str, tuple[str, ...]]]:
    state, definition = definitions.state_of(run), definitions.of(run)
    there = state.visits.get(visit)
    asking = there.asking if there else None
    seats = {seat.person for seat in asking.seats or ()} if asking else set()
    seats |= asking.concerned if asking else set()
    hands = delegations.lent_by(seats, timezone.now())
    people = replace(directory.look_up({*seats, *hands, *(asking.barred if asking else ())}), hands=hands)
    return state, definition, people, {person: people.roles(definition, person) for person in {*seats, *hands}}
