"""What every verb of governance ends in: one entry of the log, in the transaction of what it tells.

With it goes a row that says that nobody has been told of it yet; `runs.notices.governance` tells, and takes it away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from engine.problems import Problem
from workflows.clock import database_clock
from workflows.guard import Verdict
from workflows.models import (
    Artifact,
    GovernanceEntry,
    Person,
    PolicyException,
    Remark,
    Review,
    Rollout,
    Unit,
    Untold,
    Version,
)

log = structlog.get_logger()
Kind = GovernanceEntry.Kind
LONGEST_ABOUT, LONGEST_DETAIL = 300, 1000

#: Who does it: a person, or the name of what does it without one (`penstock`, the demo).
By = Person | str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed, and why. `field` is the input it belongs to; `problems` are those of the version's text."""

    code: str
    sentence: str
    field: str = ""
    problems: tuple[Problem, ...] = ()


def refuse(by: By, act: str, verdict: Verdict, about: Artifact | Version | Unit | None) -> Refused:
    """Write down that somebody tried what they may not, and return what to tell them."""
    note(Kind.REFUSED, by, about, detail=f"{act}: {verdict.sentence}")
    return Refused(verdict.code, verdict.sentence)


def note(
    kind: Kind,
    by: By,
    about: Artifact | Version | Unit | None = None,
    *,
    of: Review | Remark | PolicyException | Rollout | None = None,
    says: str = "",
    detail: str = "",
    at: datetime | None = None,
) -> GovernanceEntry:
    """Write one entry about a unit, an artifact or one of its versions, within the caller's transaction.

    `says` names what it is about where that is none of these; `of` is what whoever is told of it should look at.
    """
    artifact = about.artifact if isinstance(about, Version) else about if isinstance(about, Artifact) else None
    entry = GovernanceEntry.objects.create(
        at=at or database_clock(),
        by=by.username if isinstance(by, Person) else by,
        kind=kind,
        unit=about if isinstance(about, Unit) else artifact.unit if artifact else None,
        artifact=artifact,
        number=about.number if isinstance(about, Version) else None,
        about=_shortened(says or _named(about), LONGEST_ABOUT),
        detail=_shortened(detail, LONGEST_DETAIL),
    )
    Untold.objects.create(entry=entry, of=of.pk if of else None, due_at=entry.at)
    log.info("governed", kind=kind.value, about=entry.about, by=entry.by)
    return entry


def note_each(kind: Kind, by: By, units: Iterable[Unit]) -> None:
    """Write one entry about each of these units, in a fixed number of statements."""
    name, at = by.username if isinstance(by, Person) else by, database_clock()
    entries = [
        GovernanceEntry(at=at, by=name, kind=kind, unit=unit, about=_shortened(unit.path, LONGEST_ABOUT))
        for unit in units
    ]
    written = GovernanceEntry.objects.bulk_create(entries)
    Untold.objects.bulk_create([Untold(entry=entry, due_at=at) for entry in written])
    log.info("governed", kind=kind.value, count=len(entries), by=name)


def _named(about: Artifact | Version | Unit | None) -> str:
    return about.path if isinstance(about, Unit) else str(about or "")


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
