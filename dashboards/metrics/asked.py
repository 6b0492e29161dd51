"""What the reader asked the Metrics page: which playbook, how far back. Read from the address, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboards.metrics.period import LENGTHS, Period
from runs.models import Run
from runs.models.run import RunQuerySet
from workflows.models import Artifact, Person

DAYS = 30


@dataclass(frozen=True)
class Asked:
    """`problems` are sentences about what in the address could not be used; the rest holds anyway."""

    period: Period
    runs: RunQuerySet
    playbook: Artifact | None = None
    problems: tuple[str, ...] = ()


def read(person: Person, address: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Asked:
    """Read `playbook` (a slug) and `days` from the address."""
    problems = []
    days = address.get("days", "").strip()
    if days and days not in {str(length) for length in LENGTHS}:
        problems.append(f"There are figures for 7, 30 and 90 days, not for “{days[:40]}”. These are for {DAYS} days.")
        days = ""
    runs = Run.objects.visible_to(person)
    slug = address.get("playbook", "").replace("\0", "").strip()
    playbook = Artifact.objects.visible_to(person).filter(slug=slug[:64]).first() if slug else None
    if slug and playbook is None:
        problems.append(f"There is no playbook “{slug[:64]}”. These are the figures of every playbook.")
    if playbook is not None:
        runs = runs.filter(version__artifact=playbook)
    return Asked(Period(int(days or DAYS), now, zone), runs, playbook, tuple(problems))
