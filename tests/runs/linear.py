"""Whether what clients saw of a gate can have happened in one order (guarantees T15).

A gate is decided once and stays so. So every history of it is right exactly when there is an instant, while the winning
act was under way, before which every look that saw it open can lie, and after which every look and every loser that saw
it decided can lie. `anomalies` says in words where there is none. Times are of one clock, in seconds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

#: It is decided, and the answer did not say by whom.
SOMEBODY = "?"


@dataclass(frozen=True, slots=True)
class Operation:
    """One act or look (`kind`) of one client at one gate, from when it was asked to when it was answered.

    came: `ok`, it was done; `fail`, it was refused and did nothing; `unknown`, nobody answered, so it may be done at
    any time, or never. saw: who decided, as far as the answer says: empty while it is open.
    """

    gate: int
    client: str
    kind: str
    began: float
    ended: float
    came: Literal["ok", "fail", "unknown"]
    saw: str = ""


def anomalies(history: Iterable[Operation]) -> list[str]:
    """Return what cannot have happened, gate by gate."""
    gates: dict[int, list[Operation]] = defaultdict(list)
    for operation in history:
        gates[operation.gate].append(operation)
    return [f"gate {gate}: {says}" for gate, operations in sorted(gates.items()) for says in _of(operations)]


def _of(operations: list[Operation]) -> list[str]:
    acts = [one for one in operations if one.kind != "look"]
    won = [one for one in acts if one.came == "ok"]
    saw = [one for one in operations if one.came != "unknown" and one.saw]
    was_open = [one for one in operations if one.came != "unknown" and not one.saw]
    if len(won) > 1:
        return [f"{' and '.join(one.client for one in won)} were both told that they decided"]
    names = sorted({one.saw for one in saw} - {SOMEBODY})
    if len(names) > 1:
        return [f"it was seen as decided by {' and by '.join(names)}"]
    if not saw:
        return []
    perhaps = [one for one in acts if one.came == "unknown"]
    able = [one for one in won or perhaps if not names or one.client == names[0]]
    if not able:
        return [f"it was seen as decided by {names[0] if names else 'somebody'}, who did not"]
    return min((_order(winner, saw, was_open) for winner in able), key=len)


def _order(winner: Operation, saw: list[Operation], was_open: list[Operation]) -> list[str]:
    """Say what stands against this one having decided it."""
    found = []
    last = math.inf if winner.came == "unknown" else winner.ended
    for one in saw:
        if one.ended < winner.began:
            found.append(f"{one.client} saw it decided before {winner.client} had begun to")
    for one in was_open:
        if last < one.began:
            found.append(f"{one.client} saw it open after {winner.client} was told that it is decided")
        for other in saw:
            if other.ended < one.began:
                whose = "their own decision" if other.client == one.client else f"the decision that {other.client} saw"
                found.append(f"{one.client} saw it open after {whose}")
    return list(dict.fromkeys(found))
