"""The runs that others are cast from: played by the real verbs, in a database that is thrown away.

So no clock, no worker and no page sees them, nobody is told of them, and their log is what a real one would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import models

from dashboards.demo import organisation
from dashboards.demo.stage import Stage
from dashboards.seeding import shelf
from dashboards.seeding.stories import Kind, stories
from engine.lifecycles import WorkStatus
from runs import doorbell
from runs.models import Candidate, Entry, Gate, Incident, Run, SearchText, Step, Vote, Work
from runs.rehearsal.scratch import scratch
from workflows.models import Person, Unit, Version

#: What a run consists of, in the order in which it may be written.
TABLES: tuple[type[models.Model], ...] = (Run, Step, Gate, Vote, Candidate, Incident, Entry, Work, SearchText)


@dataclass(frozen=True)
class Known:
    """Whom and what rows name, by key: the same people, groups, units and playbooks have other keys elsewhere."""

    names: dict[type[models.Model], dict[int, str]]

    @classmethod
    def here(cls) -> Known:
        names: dict[type[models.Model], dict[int, str]] = {
            Person: dict(Person.objects.values_list("pk", "username")),
            Group: dict(Group.objects.values_list("pk", "name")),
            Unit: dict(Unit.objects.values_list("pk", "slug")),
            Version: dict(Version.objects.filter(artifact__slug__startswith="seeded-").values_list("pk", "digest")),
        }
        return cls(names)

    def keys(self) -> dict[type[models.Model], dict[str, int]]:
        return {model: {name: key for key, name in names.items()} for model, names in self.names.items()}


@dataclass(frozen=True)
class Sample:
    """A run with those that it called, and all their rows by table; `known` says whom the keys in them mean."""

    kind: Kind
    playbook: str
    rows: dict[type[models.Model], list[Any]]
    known: Known


def play(now: datetime, variants: int, seed: int) -> list[Sample]:
    """Play so many variants of each kind of run up to now."""
    began = now - timedelta(days=400)
    chosen = list(stories(now, variants, seed))
    with scratch(is_whole=False), doorbell.quiet():
        organisation.found(began)
        organisation.employ(organisation.AUDITOR, began)
        list(shelf.stock(began))
        runs = Stage(now).play([story for _, story in chosen])
        known = Known.here()
        return [_read(kind, story.playbook, run, known) for (kind, story), run in zip(chosen, runs, strict=True)]


def _read(kind: Kind, playbook: str, root: UUID, known: Known) -> Sample:
    runs: Sequence[Run] = list(Run.objects.filter(pk=root)) + list(Run.objects.filter(parent=root).order_by("number"))
    family = [run.pk for run in runs]
    under_way = [WorkStatus.READY.value, WorkStatus.LEASED.value]
    rows: dict[type[models.Model], list[Any]] = {
        Run: list(runs),
        Step: list(Step.objects.filter(run__in=family).order_by("pk")),
        Gate: list(Gate.objects.select_related("step").filter(step__run__in=family).order_by("pk")),
        Vote: list(Vote.objects.filter(gate__step__run__in=family).order_by("pk")),
        Candidate: list(Candidate.objects.filter(step__run__in=family).order_by("pk")),
        Incident: list(Incident.objects.filter(run__in=family).order_by("pk")),
        Entry: list(Entry.objects.filter(run__in=family).order_by("run", "seq")),
        Work: list(Work.objects.filter(run__in=family, status__in=under_way).order_by("pk")),
        SearchText: list(SearchText.objects.filter(number__in=[run.number for run in runs])),
    }
    return Sample(kind, playbook, rows, known)
