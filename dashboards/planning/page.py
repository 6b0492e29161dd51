"""One plan: its milestones in the order of time, the runs that deliver each, and what can be started now.

Runs are shown as far as their reader may see them: of others' it says that there is one, and how it stands, as the
plan's progress says so anyway; neither title nor number. A fixed number of statements, whatever the plan holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django.shortcuts import get_object_or_404

from dashboards.planning import starting, words
from dashboards.templatetags import statuses
from dashboards.templatetags.statuses import Look
from engine.language.plan import Plan
from engine.lifecycles import VersionStatus
from engine.progress import Going, Progress, Slot, Stand, follow
from runs import guard as run_guard
from runs import serving
from runs.models import Run
from workflows import calendars, guard, owners, plans
from workflows.models import Person, Version
from workflows.owners import Owner
from workflows.plans import Startable, Trouble


@dataclass(frozen=True)
class Shown:
    """One run as its reader may see it: without the `row` of a run that is not theirs."""

    going: Going
    row: Run | None
    playbook: str
    look: Look

    @property
    def title(self) -> str:
        return self.row.title if self.row else f"a run of {self.playbook} that is not yours to see"


@dataclass(frozen=True)
class Line:
    """A run that the plan names, or one that was linked besides. `start` is where it is started, or started again."""

    playbook: str
    slug: str
    run: Shown | None = None
    earlier: tuple[Shown, ...] = ()
    start: str = ""
    is_again: bool = False
    may_start: run_guard.Verdict | None = None
    trouble: tuple[Trouble, ...] = ()
    is_besides: bool = False


@dataclass(frozen=True)
class Part:
    """One milestone as the page shows it."""

    stand: Stand
    owner: Owner
    look: str
    word: str
    forecast: str
    risks: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Page:
    """`is_current`: this version is the published one, so that its runs can be started."""

    version: Version
    versions: tuple[Version, ...]
    plan: Plan
    owner: Owner
    progress: Progress
    look: str
    word: str
    forecast: str
    parts: tuple[Part, ...]
    strays: tuple[Shown, ...]
    may_keep: guard.Verdict
    is_current: bool


def fetch(person: Person, slug: str, number: str = "") -> tuple[Version, tuple[Version, ...]]:
    """Read the version asked for, or the published one, or the newest, and all there are. Raises Http404."""
    known = Version.objects.visible_to(person).plans().filter(artifact__slug=slug)
    known = known.select_related("artifact__unit", "artifact__owner", "published_by").defer("definition")
    versions = tuple(known.order_by("-number"))
    if number or not versions:
        wanted = int(number) if number.isdecimal() and len(number) < 10 else 0
        return get_object_or_404(known, number=wanted), versions
    published = next((one for one in versions if one.status == VersionStatus.PUBLISHED), versions[0])
    return published, versions


def read(person: Person, slug: str, now: datetime, number: str = "") -> Page:
    """Read all that the page shows. Raises Http404."""
    version, versions = fetch(person, slug, number)
    plan, artifact = plans.of_version(version), version.artifact
    zone = ZoneInfo(calendars.usual_of([artifact.unit])[artifact.unit_id].timezone)
    going = serving.going([artifact.pk])[artifact.pk]
    progress = follow(plan, going, now, zone)
    scene = _Scene(person, plan, version, going)
    named = owners.look_up({plan.owner, *(one.owner for one in plan.milestones)})
    look, word = words.LOOKS[progress.outlook]
    following = progress.next
    return Page(
        version=version,
        versions=versions,
        plan=plan,
        owner=named[plan.owner],
        progress=progress,
        look=look,
        word=word,
        forecast=words.forecast(following, now, zone) if following else "Every milestone has been reached.",
        parts=tuple(scene.part(stand, named, now, zone) for stand in progress.milestones),
        strays=tuple(scene.shown(run) for run in progress.strays),
        may_keep=guard.may_keep_plan(person, artifact, named[plan.owner]),
        is_current=version.status == VersionStatus.PUBLISHED,
    )


class _Scene:
    """What is known of the runs and playbooks of one plan, and what of it the reader may see."""

    def __init__(self, person: Person, plan: Plan, version: Version, going: Collection[Going]) -> None:
        self.slug, self.is_current = version.artifact.slug, version.status == VersionStatus.PUBLISHED
        self.published: Startable = plans.startable([plan])
        keys = [one.pk for one in self.published.values()]
        self.visible = set(Version.objects.visible_to(person).filter(pk__in=keys).values_list("pk", flat=True))
        self.may_start = run_guard.may_start_of(person, self.published.values())
        rows = Run.objects.visible_to(person).filter(pk__in=[run.key for run in going])
        self.rows = {run.pk: run for run in rows.select_related("version").defer("state", "version__source")}

    def part(self, stand: Stand, named: Mapping[str, Owner], now: datetime, zone: tzinfo) -> Part:
        look, word = words.LOOKS[stand.outlook]
        risks = (words.risk(one, self.shown(one.run).title if one.run else "") for one in stand.risks)
        lines = [self._line(stand.milestone.id, slot) for slot in stand.slots]
        lines += [self._besides(run) for run in stand.besides]
        told = words.forecast(stand, now, zone)
        return Part(stand, named[stand.milestone.owner], look, word, told, tuple(risks), tuple(lines))

    def shown(self, run: Going) -> Shown:
        row = self.rows.get(run.key)
        look = statuses.of_run(row) if row else statuses.RUNS[run.status]
        return Shown(run, row, self._title(run.playbook), look)

    def _title(self, playbook: str) -> str:
        version = self.published.get(playbook)
        return version.title if version and version.pk in self.visible else playbook

    def _line(self, milestone: str, slot: Slot) -> Line:
        playbook, run = slot.delivery.playbook, slot.run
        version = self.published.get(playbook)
        is_asked = slot.is_startable and self.is_current
        trouble = plans.trouble_with(slot.delivery, self.published) if is_asked else ()
        # what does not fit an input is told, and can be put right on the start page; without a playbook there is none
        can_start = is_asked and version is not None and version.pk in self.visible and all(one.name for one in trouble)
        return Line(
            playbook=self._title(playbook),
            slug=playbook if version and version.pk in self.visible else "",
            run=self.shown(run) if run else None,
            earlier=tuple(self.shown(one) for one in slot.runs if one is not run),
            start=starting.address(self.slug, milestone, slot.nth, playbook) if can_start else "",
            is_again=run is not None,
            may_start=self.may_start[version.pk] if can_start and version else None,
            trouble=trouble,
        )

    def _besides(self, run: Going) -> Line:
        shown = self.shown(run)
        return Line(shown.playbook, "", shown, is_besides=True)
