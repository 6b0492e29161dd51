"""Keep an act on many runs with its lines, once for each key of a form."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Count

from engine.machine.commands import Refusal
from runs import doorbell, guard, orders
from runs.clock import Clock, database_clock
from runs.models import BulkAct, BulkLine, Refused, Run
from runs.moving import Move
from runs.operate import NO_REASON
from runs.outcomes import FieldErrors
from workflows import governing
from workflows.models import Person, Version
from workflows.writing import writing

GONE = Refusal("not-visible", "It does not exist, or is no longer yours to see.")
#: At most so many runs at once.
MOST = 5_000
#: So many lines are written in one statement.
_AT_ONCE = 500
#: Not more lines than this, where an act concerns several steps of one run.
MOST_LINES = 2 * MOST


def _note(kept: BulkAct, person: Person, runs: Collection[UUID]) -> None:
    """Tell the log of governance where runs are moved to another version: one entry for each playbook."""
    move = Move.read(kept.to) if kept.act == "migrate" else None
    if move is None:
        return
    counted = Run.objects.filter(pk__in=runs).order_by().values_list("version__artifact").annotate(runs=Count("pk"))
    for artifact, count in counted:
        version = Version.objects.filter(artifact=artifact, number=move.number, digest=move.to).first()
        if version is not None:
            says = f"{count} run{'' if count == 1 else 's'} to be moved to it: {kept.reason}"
            governing.note(governing.Kind.RUNS_MOVED, person, version, detail=says, at=kept.made_at)


def _refuse(person: Person, act: str, runs: Iterable[UUID], why: Refusal, now: datetime) -> None:
    """Write into the security log that somebody would have acted on these runs."""
    Refused.objects.bulk_create(
        [
            Refused(at=now, person=person.username, act=act, run_id=pk, code=why.code, sentence=why.sentence)
            for pk in runs
        ],
        batch_size=_AT_ONCE,
    )


@dataclass(frozen=True, slots=True)
class Target:
    """What exactly was shown: a run by its number, the visit (0: the run itself), and the last entry that was there."""

    number: int
    visit: int
    seen: int


def order(
    person: Person,
    act: str,
    to: str,
    targets: Sequence[Target],
    reason: str,
    key: str,
    clock: Clock = database_clock,
) -> BulkAct | FieldErrors | Refusal:
    """Keep it and ring; a repeat with the same key gets the first one.

    Runs that the person cannot see are left out and noted in the security log; where none is left, it is refused. So it
    is where they operate none of those that they see. Any other run that they may not act upon says so in its line.
    """
    if not reason.strip():
        return FieldErrors({"reason": NO_REASON.sentence})
    lacking = orders.order(act, person.username, reason, 0, to)
    if isinstance(lacking, Refusal):
        return FieldErrors({lacking.code.removeprefix("field:"): lacking.sentence})
    key = hashlib.sha256(key.encode()).hexdigest() if len(key) > 100 or "\0" in key else key
    once = {(one.number, one.visit): one for one in targets}
    targets = [once[one] for one in sorted(once)][:MOST_LINES]
    numbers = set(list(dict.fromkeys(one.number for one in targets))[:MOST])
    seen = Run.objects.visible_to(person).filter(number__in=numbers).values_list("number", "pk", "unit__path")
    known, units = {number: pk for number, pk, _ in seen}, {path for _, _, path in seen}
    verdict = guard.may_operate(person, units)
    if not verdict and len(known) == 1 and len(targets) == 1:  # of one run it is said what is said everywhere
        run = Run.objects.select_related("unit").get(pk=next(iter(known.values())))
        verdict = guard.may(person, cast("guard.Act", act), run, targets[0].visit, to=to)
    hidden = Run.objects.filter(number__in=numbers - known.keys()).values_list("pk", flat=True)
    try:
        with writing():
            kept = BulkAct.objects.filter(by=person, key=key).first()
            if kept is not None:
                return kept
            now = clock()
            _refuse(person, act, hidden, GONE, now)
            if not known:
                return GONE
            if not verdict:
                refusal = Refusal(verdict.code, verdict.sentence)
                _refuse(person, act, known.values(), refusal, now)
                return refusal
            kept = BulkAct.objects.create(
                by=person,
                act=act,
                to=to,
                reason=reason.strip(),
                key=key,
                left_out=len(numbers) - len(known),
                made_at=now,
            )
            rows = [
                BulkLine(bulk=kept, run_id=known[one.number], visit=one.visit, seen=one.seen)
                for one in targets
                if one.number in known
            ]
            BulkLine.objects.bulk_create(rows, batch_size=_AT_ONCE)
            _note(kept, person, known.values())
            doorbell.after_commit([], due=True)
    except IntegrityError:  # the same form sent twice at the very same moment
        return BulkAct.objects.get(by=person, key=key)
    return kept
