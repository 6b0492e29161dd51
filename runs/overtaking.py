"""Two operators repair the same: the second is told what the first has done, instead of doing it once more unseen.

Takes deliveries that say what was `seen` (the last entry of the run's log that somebody had before them) and leaves a
refusal for each that another operator has overtaken since. Asked within the transaction, after the runs are locked, so
that of two at the very same moment one is the second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils import timezone

from engine.machine.commands import Refusal
from engine.machine.events import ENGINE
from runs.deliveries import Delivery
from runs.models import Entry
from runs.outcomes import Outcome
from runs.story import Story
from workflows.models import Person

CODE = "overtaken"
#: What operators do, each as it is told to whoever came second.
DONE = {
    "retry": "retried this step",
    "skip": "skipped this step",
    "reassign": "handed this task to somebody else",
    "pause": "paused this run",
    "resume": "resumed this run",
    "jump": "let this run go on at another step",
    "change": "changed the data of this run",
    "migrate": "moved this run to another version",
    "signal": "sent this run a signal",
    "rollback": "had this run rolled back",
    "cancel": "cancelled this run",
}


def refused(
    deliveries: Sequence[Delivery], outcomes: Sequence[Outcome | None], stories: Mapping[UUID, Story]
) -> dict[int, Refusal]:
    """Return the refusals by the place of the delivery. Two statements where anything was seen too early, else none."""
    behind: list[tuple[int, Delivery, int]] = []
    for index, delivery in enumerate(deliveries):
        before = stories[delivery.run_id].before
        if delivery.seen is not None and outcomes[index] is None and before is not None and delivery.seen < before.seq:
            behind.append((index, delivery, delivery.seen))
    if not behind:
        return {}
    entries = list(since({delivery.run_id: seen for _, delivery, seen in behind}))
    found: dict[int, Refusal] = {}
    names = {one.username: str(one) for one in Person.objects.filter(username__in={entry.actor for entry in entries})}
    for index, delivery, seen in behind:
        visit = getattr(delivery.event, "visit", None)
        for entry in entries:
            if entry.run_id == delivery.run_id and entry.seq > seen and concerns(entry, visit, delivery.event.actor):
                found[index] = _refusal(entry, names.get(entry.actor, entry.actor))
    return found


def since(seen: Mapping[UUID, int]) -> Sequence[Entry]:
    """Return what operators have done to these runs after the entry that was seen of each, oldest first."""
    first = min(seen.values(), default=0)
    rows = Entry.objects.filter(run__in=list(seen), seq__gt=first, kind__in=DONE).exclude(actor=ENGINE)
    return [entry for entry in rows.order_by("run", "seq") if entry.seq > seen[entry.run_id]]


def concerns(entry: Entry, visit: int | None, actor: str) -> bool:
    """Whether what another did has to be known first: anything but an act at another step."""
    at = json.loads(entry.event).get("visit")
    return entry.actor != actor and (visit is None or at is None or at == visit)


def reason_of(entry: Entry) -> str:
    """Return why it was done, as it was typed."""
    return str(json.loads(entry.event).get("reason") or "")


def _refusal(entry: Entry, name: str) -> Refusal:
    at = timezone.localtime(entry.at)
    return Refusal(CODE, f"{name} was faster: {name} {DONE[entry.kind]} at {at:%H:%M}.")
