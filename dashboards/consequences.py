"""What an act sets in motion, in words for the person who does it.

`leads_to` says beforehand where a way of the playbook goes; `happened` says it of the moves that the machine made,
for a vote that was cast or one that is only tried in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from engine.definition import FAIL, LEAVE, ROLLBACK, Definition, EndSpec
from engine.lifecycles import RUN_MOVES, GateStatus, RunStatus
from engine.machine.commands import Move
from engine.machine.state import Visit

#: Kinds of steps that a person can see at work; the others pass in the same moment.
VISIBLE = frozenset({"task", "gate", "action", "wait"})

DECIDED = {
    GateStatus.APPROVED: "The gate is approved.",
    GateStatus.REJECTED: "The gate is rejected.",
    GateStatus.RETURNED: "It goes back for changes.",
    GateStatus.OVERRIDDEN: "The gate is overridden.",
    GateStatus.CANCELLED: "The gate is no longer asked.",
}


def title(definition: Definition, step: str) -> str:
    """The title of a step as written, without the parts that only a run can fill in."""
    words = definition.steps[step].title or step.replace("-", " ").replace("_", " ").capitalize()
    return re.sub(r"\s*\$\{[^}]*\}", "", words).strip(" ,:") or step


def next_steps(definition: Definition, source: str, trigger: str) -> tuple[list[str], set[str]]:
    """Follow a way through decisions and assignments to the steps it may open, and the ends it may reach.

    Ends are `completed`, `failed`, `rolled_back`. Guards are ignored: all of it may happen, one of it will.
    """
    opens: list[str] = []
    ends: set[str] = set()
    seen: set[str] = set()
    target = definition.target(source, trigger)
    waiting = [target] if target is not None else [FAIL if trigger == "reject" else LEAVE]
    while waiting:
        step = waiting.pop(0)
        if step in {LEAVE, FAIL, ROLLBACK}:
            ends.add({LEAVE: "completed", FAIL: "failed", ROLLBACK: "rolled_back"}[step])
        elif step not in seen:
            seen.add(step)
            does = definition.steps[step].does
            if isinstance(does, EndSpec):
                ends.add(does.status)
            elif does.kind in VISIBLE:
                opens.append(step)
            else:
                waiting += [way.target for way in definition.ways[step]]
    return opens, ends


def leads_to(definition: Definition, source: str, trigger: str) -> str:
    """Say where a way leads: `opens Ship to production`, `completes the run`, or what it may be of several."""
    opens, ends = next_steps(definition, source, trigger)
    ways = [f"opens {title(definition, step)}" for step in opens]
    ends_in_words = {
        "completed": "completes the run",
        "failed": "ends the run as failed",
        "rolled_back": "undoes the run",
    }
    ways += [ends_in_words[end] for end in sorted(ends)]
    return ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])} or {ways[-1]}, as the data decides" if ways else ""


def opened(definition: Definition, moves: Iterable[Move], visits: Mapping[int, Visit]) -> list[str]:
    """The titles of what these moves opened and a person can see."""
    titles = []
    for move in moves:
        if move.kind == "opened" and move.step and definition.steps[move.step].kind in VISIBLE:
            visit = visits.get(move.visit or 0)
            titles.append((visit.title if visit else "") or title(definition, move.step))
    return titles


def happened(definition: Definition, moves: Iterable[Move], visits: Mapping[int, Visit], otherwise: str = "") -> str:
    """Say what these moves were: what was decided, what opened, how the run ended; `otherwise` where none of it."""
    moves = list(moves)
    said = [DECIDED[GateStatus(move.data["status"])] for move in moves if move.kind == "decided"]
    titles = opened(definition, moves, visits)
    if titles:
        said.append(f"{' and '.join(titles)} {'is' if len(titles) == 1 else 'are'} next.")
    for move in moves:
        if move.kind == "ended":
            how = RUN_MOVES.get((RunStatus.RUNNING, RunStatus(move.data["status"])), "has ended")
            said.append(f"The run {how}.")
        elif move.kind == "incident":
            said.append("Something needs an operator, who has been told.")
    return " ".join(said) or otherwise
