"""Two logs side by side: the first thing in which what real runs wrote differs from what the rehearsal did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine import values
from engine.machine import events
from engine.machine import state as states
from engine.rehearsal.play import Play
from engine.rehearsal.twin import Difference
from runs.ledger import moves_json
from runs.models import Entry, Run


def first_difference(plays: list[Play], seen: dict[str, int]) -> Difference | None:
    """Compare what was written since `seen` (by run, the last entry compared), and the states. Both must be equal."""
    runs = {str(run.pk): run for run in Run.objects.only("state")}
    for play in plays:
        run = play.current.run
        if run not in runs:
            return Difference("A run of the scenario has not begun live.", f"the run {run}", "no such run")
        found = _entries(play, seen.get(run, 0)) or _state(play, runs[run])
        if found is not None:
            return found
        seen[run] = play.current.seq
    more = runs.keys() - {play.current.run for play in plays}
    return Difference("A run has begun live that the scenario has not.", "none", sorted(more)) if more else None


def _entries(play: Play, after: int) -> Difference | None:
    stored = list(Entry.objects.filter(run=UUID(play.current.run), seq__gt=after).order_by("seq"))
    mine = [_mine(play, seq) for seq in range(after + 1, play.current.seq + 1)]
    for one, entry in zip(mine, stored, strict=False):
        other = _other(entry)
        if one != other:
            return Difference(f"Entry {entry.seq} of the live run's log is another.", *_where(one, other))
    if len(mine) == len(stored):
        return None
    longest = [_said(one) for one in mine[len(stored) :]], [_said(_other(one)) for one in stored[len(mine) :]]
    return Difference("The live run's log has not as many entries.", *longest)


def _mine(play: Play, seq: int) -> dict[str, Any]:
    event, answer = play.events[seq - 1], play.answers[seq - 1]
    return {
        "seq": seq,
        "kind": event.kind,
        "actor": event.actor,
        "at": answer.state.at.isoformat(),
        "data": _plain({"event": events.to_json(event), "moves": moves_json(answer.moves)}),
    }


def _other(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "actor": entry.actor,
        "at": entry.at.isoformat(),
        "data": {"event": json.loads(entry.event), "moves": json.loads(entry.moves)},
    }


def _plain(document: Any) -> Any:
    return json.loads(values.canonical(document))


def _said(entry: Mapping[str, Any]) -> str:
    return f"{entry['seq']} {entry['kind']} by {entry['actor']}: {[move['kind'] for move in entry['data']['moves']]}"


def _where(mine: Any, other: Any, path: str = "") -> tuple[str, str]:
    """Narrow two documents that differ down to the first place where they do."""
    if isinstance(mine, dict) and isinstance(other, dict):
        for key in [*mine, *(key for key in other if key not in mine)]:
            if key not in mine or key not in other:
                break
            if mine[key] != other[key]:
                return _where(mine[key], other[key], f"{path}.{key}" if path else key)
    elif isinstance(mine, list) and isinstance(other, list):
        for number, (one, two) in enumerate(zip(mine, other, strict=False)):
            if one != two:
                return _where(one, two, f"{path}[{number}]")
    return f"{path}: {json.dumps(mine, sort_keys=True)}", f"{path}: {json.dumps(other, sort_keys=True)}"


def _state(play: Play, run: Run) -> Difference | None:
    mine, other = states.dump(play.current).decode(), run.state
    if mine == other:
        return None
    return Difference("The live run stands elsewhere.", *_where(json.loads(mine), json.loads(other)))
