"""All plans that the reader may find, each in a line: how far it is, what comes next, what is late.

Seven statements, however many plans there are, once each document has been read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboards.planning import words
from engine.language.plan import Plan
from engine.lifecycles import VersionStatus
from engine.progress import Outlook, Progress, Stand, follow
from runs import serving
from workflows import calendars, owners, plans
from workflows.models import Person, Version
from workflows.owners import Owner


@dataclass(frozen=True)
class Line:
    """One published plan."""

    version: Version
    plan: Plan
    owner: Owner
    progress: Progress
    look: str
    word: str

    @property
    def next(self) -> Stand | None:
        return self.progress.next

    @property
    def late(self) -> tuple[Stand, ...]:
        return self.progress.late


def read(person: Person, now: datetime) -> list[Line]:
    """Read the plans, what is late first, then by the day of the next milestone; what is reached comes last."""
    published = Version.objects.visible_to(person).plans().filter(status=VersionStatus.PUBLISHED.value)
    versions = list(published.select_related("artifact__unit").defer("source", "definition", "proven"))
    documents = {version.pk: plans.of_version(version) for version in versions}
    going = serving.going(version.artifact_id for version in versions)
    usual = calendars.usual_of(version.artifact.unit for version in versions)
    named = owners.look_up(plan.owner for plan in documents.values())
    lines = []
    for version in versions:
        plan = documents[version.pk]
        zone = ZoneInfo(usual[version.artifact.unit_id].timezone)
        progress = follow(plan, going[version.artifact_id], now, zone)
        lines.append(Line(version, plan, named[plan.owner], progress, *words.LOOKS[progress.outlook]))
    return sorted(lines, key=_order)


def _order(line: Line) -> tuple[bool, bool, str, str]:
    due = line.next.due_at.isoformat() if line.next else ""
    return line.next is None, line.progress.outlook is not Outlook.LATE, due, line.version.title.lower()
