"""One act on several runs from the command line: kept and resumed like one from the board (`runs.bulk_acts`).

What is asked for is stored before the first run is touched. Who interrupts the command stops waiting, not the act:
the workers go on with it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.core.management.base import CommandError

from engine.machine.commands import Refusal
from runs import bulk_acts, orders
from runs.management.operating import given_there, version_of, whom
from runs.management.steps import pairs, visit_of
from runs.models import BulkAct, BulkLine, Run
from runs.moving import Move
from runs.outcomes import FieldErrors
from workflows.models import Person

#: How an act is called among those on many runs, where it is called otherwise.
_NAMES = {"move": "migrate"}
#: So long the command waits for a worker that has taken the act, in seconds.
PATIENCE = 60.0


def is_kept(act: str, given: dict[str, Any]) -> bool:
    """Say whether it is kept as one act; what says more than the board can goes to each run by itself."""
    name = _NAMES.get(act, act)
    says_more = bool(given.get("data")) or bool(given.get("undo"))
    return name in (*orders.OF_RUN, *orders.OF_STEP) and not says_more and not given.get("dry_run")


def do(act: str, numbers: list[int], person: Person, given: dict[str, Any]) -> Iterator[tuple[int, str, bool]]:
    """Do it to these runs; give each with what came of it and whether it was done, in their order.

    Raises CommandError where nothing can be ordered at all.
    """
    came: dict[int, tuple[str, bool]] = {}
    wanted: dict[str, list[bulk_acts.Target]] = {}
    there = {run.number: run for run in _runs(numbers)}
    for number in numbers:
        try:
            if number not in there:
                raise CommandError(f"There is no run {number}.")
            to, target = _target(act, there[number], given)
            wanted.setdefault(to, []).append(target)
        except CommandError as problem:
            came[number] = str(problem), False
    for to, targets in wanted.items():
        kept = bulk_acts.order(person, _NAMES.get(act, act), to, targets, given["reason"], f"command:{uuid4().hex}")
        if isinstance(kept, BulkAct):
            came |= {line.run.number: _said(line) for line in _performed(kept)}
        else:
            came |= {one.number: (_refused(kept), False) for one in targets if one.number not in came}
    for number in numbers:
        says, is_done = came.get(number, (f"Refused ({bulk_acts.GONE.code}): {bulk_acts.GONE.sentence}", False))
        yield number, says, is_done


def _runs(numbers: list[int]) -> Iterator[Run]:
    known = Run.objects.filter(number__in=[number for number in numbers if 0 < number < 2**63])
    yield from known.select_related("unit", "version__artifact")


def _target(act: str, run: Run, given: dict[str, Any]) -> tuple[str, bulk_acts.Target]:
    """Return what the act takes besides this run, and what of it is meant: its open visit, as it is now."""
    to, visit = "", 0
    if act == "move":
        version = version_of(run, given["version"])
        mapping, values = pairs(given["mapping"]), given_there(version, given)
        to = Move.to_version(version, mapping, *given["accept"], given=values).text()
    elif act == "jump":
        to = given["step"]
    elif act == "signal":
        to = given["name"]
    elif act == "reassign":
        to = whom(run, given["to"])
    if act in orders.OF_STEP:
        visit = visit_of(run, given["step"])
    return to, bulk_acts.Target(run.number, visit, run.seq)


def _performed(kept: BulkAct) -> list[BulkLine]:
    """Perform it, or wait for whoever does."""
    until = time.monotonic() + PATIENCE
    bulk_acts.perform(kept)
    while kept.lines.filter(status=BulkLine.Status.WAITING).exists() and time.monotonic() < until:
        time.sleep(0.2)
        bulk_acts.perform(kept)
    return list(kept.lines.select_related("run", "bulk").order_by("pk"))


def _said(line: BulkLine) -> tuple[str, bool]:
    if line.status == BulkLine.Status.DONE:
        return f"Done, entry {line.seq}.", True
    if line.status == BulkLine.Status.WAITING:
        return f"Still to be done, by the workers: it is the act {line.bulk_id} of the board.", False
    return f"Refused ({line.code}): {line.sentence}", False


def _refused(why: Refusal | FieldErrors) -> str:
    if isinstance(why, Refusal):
        return f"Refused ({why.code}): {why.sentence}"
    return "Refused: " + " ".join(f"{name}: {message}" for name, message in why.items())
