"""What an act sets in motion, in words for the person who does it.

`leads_to` says beforehand where a way of the playbook goes; `happened` says it of the moves that the machine made,
for a vote that was cast or one that is only tried in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.definition import FAIL, LEAVE, ROLLBACK, Definition, EachSpec, EndSpec, owner_of
from engine.lifecycles import RUN_MOVES, GateStatus, RunStatus
from engine.machine.commands import Move
from engine.machine.state import Visit
from engine.naming import title

#: Kinds of steps that a person can see at work; the others pass in the same moment.
VISIBLE = frozenset({"task", "gate", "action", "wait", "call"})

#: The end of a list in a region, among the ends that a way may reach.
LIST_ENDED = "list_ended"

DECIDED = {
    GateStatus.APPROVED: "The gate is approved.",
    GateStatus.REJECTED: "The gate is rejected.",
    GateStatus.RETURNED: "It goes back for changes.",
    GateStatus.OVERRIDDEN: "The gate is overridden.",
    GateStatus.CANCELLED: "The gate is no longer asked.",
}


def next_steps(definition: Definition, source: str, trigger: str) -> tuple[list[str], set[str]]:
    """Follow a way through decisions and assignments, and into regions, to the steps it may open, and what it may end.

    Ends are `completed`, `failed`, `rolled_back`, and `LIST_ENDED` where only the list around `source` does. Guards
    are ignored: all of it may happen, one of it will.
    """
    opens: list[str] = []
    ends: set[str] = set()
    seen: set[str] = set()
    within = definition.steps[source].within if source else ""
    target = definition.target(source, trigger)
    first = [way.target for way in definition.ways[source] if way.trigger == trigger]
    if target is None:
        first = [FAIL if trigger == "reject" else LEAVE]
    waiting = [(step, within) for step in first]
    while waiting:
        step, around = waiting.pop(0)
        if step == LEAVE:
            ends.add(LIST_ENDED if around else "completed")
        elif step in {FAIL, ROLLBACK}:
            ends.add({FAIL: "failed", ROLLBACK: "rolled_back"}[step])
        elif step not in seen:
            seen.add(step)
            does = definition.steps[step].does
            if isinstance(does, EndSpec):
                ends.add(does.status)
            elif does.kind == "rollback":
                ends.add("rolled_back")
            elif does.kind in VISIBLE:
                opens.append(step)
            else:
                is_region = bool(definition.bodies(step))
                ways = [way for way in definition.ways[step] if not is_region or way.trigger.startswith("enter:")]
                waiting += [(way.target, definition.steps[step].within) for way in ways]
    return opens, ends


def leads_to(definition: Definition, source: str, trigger: str) -> str:
    """Say where a way leads: `opens Ship to production`, `completes the run`, or what it may be of several."""
    opens, ends = next_steps(definition, source, trigger)
    ways = [f"opens {title(definition, step)}" for step in opens]
    ends_in_words = {
        "completed": "completes the run",
        "failed": "ends the run as failed",
        "rolled_back": "undoes the run",
        LIST_ENDED: _ends_list(definition, source),
    }
    ways += [ends_in_words[end] for end in sorted(ends)]
    if len(ways) > 1 and not ends and _all_open(definition, source, trigger, opens):
        return f"{', '.join(ways[:-1])} and {ways[-1]}"
    return ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])} or {ways[-1]}, as the data decides" if ways else ""


def _ends_list(definition: Definition, source: str) -> str:
    """Say what the end of the list around a step is the end of."""
    within = definition.steps[source].within if source else ""
    owner = definition.steps.get(owner_of(within))
    if owner is None or definition.is_graph(within):
        return "ends this part"
    return "is done with this item" if isinstance(owner.does, EachSpec) else "ends this branch"


def _all_open(definition: Definition, source: str, trigger: str, opens: list[str]) -> bool:
    """Say whether all of these open together: the lists of one region, or what needs one step of a graph."""
    targets = [way.target for way in definition.ways[source] if way.trigger == trigger]
    while len(targets) == 1 and targets[0] in definition.steps and definition.bodies(targets[0]):
        targets = [way.target for way in definition.ways[targets[0]] if way.trigger.startswith("enter:")]
    return sorted(targets) == sorted(opens)


def opened(definition: Definition, moves: Iterable[Move], visits: Mapping[int, Visit]) -> list[str]:
    """The titles of what these moves opened and a person can see."""
    titles = []
    for move in moves:
        if move.kind == "opened" and move.step and move.data.get("kind") in VISIBLE:
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
        elif move.kind == "rolling_back":
            said.insert(0, "What was done is undone, the newest first.")
        elif move.kind == "incident":
            said.append("Something needs an operator, who has been told.")
    return " ".join(said) or otherwise
