"""All files and links of a run in one place, newest first: what was attached, by whom, when and at which step.

Takes them from the log, so that each stands there as it was attached, also where its row is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from dashboards import called
from dashboards.attachments import Held, Shown
from dashboards.course.doers import Acts
from dashboards.course.reading import Seen
from engine.attachments import Attachment
from runs import attached

#: So many entries with files are read, the newest of them.
LATEST = 50
#: What attaches anything: by column, so that the texts of all other entries are not looked into.
_KINDS = ("start", "complete", "vote", "comment", "change", "child")
#: Where an event holds what was attached.
_HOLDING = ("files", "evidence", "form", "inputs", "values", "outputs")


@dataclass(frozen=True)
class Paper:
    """`where` says at which step, or how else it came; `seq` is the entry that says so."""

    file: Shown
    by: str
    at: datetime
    where: str
    seq: int


def of(seen: Seen, held: Held, acts: Acts) -> tuple[tuple[Paper, ...], bool]:
    """Return what was attached up to now, and whether more lies further back in the log. One query, one for files."""
    holds = Q(kind__in=_KINDS, event__contains='"sha256"')
    entries = seen.run.entries.filter(holds, seq__lte=seen.state.seq).order_by("-seq")
    found = list(entries[: LATEST + 1])
    titles = {step.number: called.numbered(step) for step in seen.steps}
    papers = [
        Paper(shown, acts.word(entry.actor), entry.at, _where(event, titles), entry.seq)
        for entry in found[:LATEST]
        for event in (json.loads(entry.event),)
        for shown in held.shown(dict.fromkeys(file for key in _HOLDING for file in _among(event.get(key))))
    ]
    return tuple(papers), len(found) > LATEST


def _among(stored: Any) -> Iterator[Attachment]:
    one = attached.read(stored, links=True)
    if one is not None:
        yield one
    elif isinstance(stored, Mapping | list):
        for part in stored.values() if isinstance(stored, Mapping) else stored:
            yield from _among(part)


def _where(event: Mapping[str, Any], titles: Mapping[int, str]) -> str:
    if event["kind"] == "start":
        return "when the run was started"
    how = {"comment": "in a comment", "vote": "with a vote", "child": "from the run it called"}.get(event["kind"], "")
    at = titles.get(event.get("visit") or 0, "")
    return " ".join(part for part in (how, f"at {at}" if at else "") if part)
