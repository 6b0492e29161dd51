"""One person of a role for one task: whose turn it is, or who has least to do.

The directory says who there is and what they have (`Load`), and the choice is made here from that alone, so that a
replay makes it again. Ties go to whose turn it is, then to the first name.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition import TaskSpec
from engine.machine import refusing
from engine.machine.commands import NeedPick, Refusal
from engine.machine.events import Load, Pick
from engine.machine.exclusion import USER
from engine.machine.state import Visit
from engine.machine.turn import Turn


def ask(turn: Turn, visit: Visit, spec: TaskSpec) -> None:
    """Ask the directory who is in the role now."""
    turn.change(visit, needs_pick=True)
    turn.commands.append(NeedPick(visit.number, visit.step, spec.assign))


def pick(turn: Turn, event: Pick) -> Refusal | None:
    """Give the task to one of those the directory named; where it named nobody it is the role's, and an incident."""
    visit = turn.visits.get(event.visit)
    if visit is None:
        return refusing.gone(turn.definition, turn.base, event.visit)
    spec = turn.spec(visit).does
    if not visit.needs_pick or not isinstance(spec, TaskSpec) or spec.pick is None:
        return Refusal("not-open", "Nobody asked for somebody to be picked.")
    chosen = choose(event.people, spec.pick)
    if chosen is None:
        visit = turn.change(visit, needs_pick=False, assigned=spec.assign)
        turn.incident(visit, "roster", f"Nobody is in the role {spec.assign}, so nobody could be picked.")
        return None
    visit = turn.change(visit, needs_pick=False, assigned=USER + chosen)
    turn.move("picked", visit, person=chosen, role=spec.assign, how=spec.pick)
    return None


def choose(people: Mapping[str, Load], how: str) -> str | None:
    """Return who is picked, None where there is nobody."""

    def order(person: str) -> tuple[int, int, str]:
        load = people[person]
        return load.tasks if how == "least-busy" else 0, load.turn, person

    return min(people, key=order, default=None)
