"""What the reader asked the Metrics page: which playbook, how far back. Read from the address, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from dashboards.metrics.percentiles import Names
from dashboards.metrics.period import LENGTHS, Period
from runs import sight
from runs.models import Gate
from runs.models.run import RunQuerySet
from runs.sight import Sight
from workflows.models import Artifact, Person, Version

DAYS = 30


@dataclass(frozen=True)
class Asked:
    """`seen` is what the reader may see; `versions` are those that count, each with the id of its playbook.

    `problems` are sentences about what in the address could not be used; the rest holds anyway.
    """

    period: Period
    seen: Sight
    versions: Mapping[int, str]
    playbook: Artifact | None = None
    problems: tuple[str, ...] = ()

    @property
    def runs(self) -> RunQuerySet:
        """The runs that count. Their versions are named, as the index of when runs ended begins with the version."""
        return self.seen.runs.filter(version__in=self.versions)

    @property
    def ended(self) -> RunQuerySet:
        return self.runs.filter(ended_at__gte=self.period.starts_at)

    @property
    def under_way(self) -> RunQuerySet:
        return self.runs.filter(ended_at__isnull=True)

    @property
    def gates(self) -> QuerySet[Gate]:
        """The gates of these runs. Each is asked for its run: so a statement begins with when gates were decided."""
        if self.playbook is None and self.seen.all:
            return Gate.objects.all()
        return Gate.objects.filter(Exists(self.runs.filter(pk=OuterRef("step__run"))))

    @cached_property
    def names(self) -> Names:
        return Names("artifact__slug", self.versions)


def read(person: Person, address: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Asked:
    """Read `playbook` (a slug) and `days` from the address."""
    problems = []
    days = address.get("days", "").strip()
    if days and days not in {str(length) for length in LENGTHS}:
        problems.append(f"There are figures for 7, 30 and 90 days, not for “{days[:40]}”. These are for {DAYS} days.")
        days = ""
    slug = address.get("playbook", "").replace("\0", "").strip()
    playbook = Artifact.objects.visible_to(person).filter(slug=slug[:64]).first() if slug else None
    if slug and playbook is None:
        problems.append(f"There is no playbook “{slug[:64]}”. These are the figures of every playbook.")
    versions = Version.objects.playbooks() if playbook is None else playbook.versions
    slugs = dict(versions.order_by("pk").values_list("pk", "artifact__slug"))
    return Asked(Period(int(days or DAYS), now, zone), sight.read(person), slugs, playbook, tuple(problems))
