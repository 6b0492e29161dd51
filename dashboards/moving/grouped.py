"""Runs of one playbook before another of its versions: put together where the same stands against them.

Each run is assessed in memory by the engine; what is then sent names exactly what was shown (`Group.all`). Moving them
is an act on many runs like any other (`runs.bulk_acts`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db.models import Exists, OuterRef

from engine.definition import Definition
from engine.machine import rights
from engine.machine.changing import Changeable
from engine.machine.events import Facts
from engine.migration import Assessment, Kind, concerning
from engine.naming import title
from runs import definitions, directory, moving
from runs.models import Entry, Run
from runs.moving import Move
from workflows.models import Person, Version

#: So many runs are looked at, in at most so many seconds; the rest comes once these are moved.
MOST, SECONDS, AT_ONCE, FIRST = 500, 4.0, 50, 5


@dataclass(frozen=True)
class Words:
    look: str
    title: str
    consequence: str


WORDS = {
    Kind.SAFE: Words(
        "done",
        "Safe",
        "They go on where they stand, as if they had begun on it: what is open stays open with whoever has it, votes "
        "stay, and due times count from when each step opened.",
    ),
    Kind.REPEATS: Words(
        "attention", "Would do a step again", "They go on where they stand, and come to what is done already once more."
    ),
    Kind.SKIPS_GATE: Words(
        "failed",
        "Would pass over a required gate",
        "They go on behind a gate that nobody has approved: the gate counts as passed over by whoever moves them, and "
        "each run says so. Or jump them back to before the gate, and move them then.",
    ),
    Kind.NEEDS_MAPPING: Words(
        "attention",
        "Need a mapping",
        "They stay where they are until it is said below what of them is what there, and what they lack is given.",
    ),
}
#: What has to be accepted for a run to be moved; nothing moves one that needs a mapping.
ACCEPTS = {Kind.SAFE: (), Kind.REPEATS: ("repeats",), Kind.SKIPS_GATE: ("skips-gate", "repeats")}


@dataclass(frozen=True)
class Group:
    """`refusal` says why the reader may not move these; `to` is what an act on many takes, empty where none can."""

    kind: Kind
    sentences: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]
    runs: tuple[Run, ...]
    to: str = ""
    refusal: str = ""

    @property
    def words(self) -> Words:
        return WORDS[self.kind]

    @property
    def first(self) -> str:
        """The targets of the first few; empty where these are all."""
        return _targets(self.runs[:FIRST]) if len(self.runs) > FIRST else ""

    @property
    def all(self) -> str:
        return _targets(self.runs)


@dataclass(frozen=True)
class Preview:
    """`staying` runs cannot be moved now, with why; `unseen` were not looked at.

    `lacking` are old steps and values to map, `wanting` what some have not there and may be given, by its name.
    """

    groups: tuple[Group, ...]
    staying: tuple[tuple[str, tuple[Run, ...]], ...]
    unseen: int
    lacking: tuple[str, ...]
    wanting: tuple[Changeable, ...]
    before: tuple[Definition, ...]

    @property
    def count(self) -> int:
        return sum(len(group.runs) for group in self.groups)


def preview(
    person: Person,
    runs: Sequence[Run],
    version: Version,
    mapping: Mapping[str, str],
    given: Mapping[str, Any] = MappingProxyType({}),
) -> Preview:
    """Assess these runs, each with its unit, as the person could move them now: one look into the directory."""
    began, after = time.monotonic(), definitions.of_version(version)
    member = directory.look_up([person.username])
    found: dict[tuple[Kind, tuple[str, ...], str], list[tuple[Run, Assessment]]] = {}
    staying: dict[str, list[Run]] = {}
    before: dict[str, Definition] = {}
    lacking: dict[str, None] = {}
    wanting: dict[str, Changeable] = {}
    looked = 0
    while looked < len(runs) and (not looked or time.monotonic() - began < SECONDS):
        for run, assessed in moving.assess_each(runs[looked : looked + AT_ONCE], after, mapping, given).items():
            state = definitions.state_of(run)
            old = before.setdefault(state.definition, definitions.by_digest(state.definition))
            operates = member.operates(person.username, run.unit.path)
            refusal = rights.to_migrate(old, state, person.username, Facts(operator=operates))
            if refusal is not None and refusal.code != "not-in-role":
                staying.setdefault(refusal.sentence, []).append(run)
                continue
            says = tuple(finding.sentence for finding in assessed.findings)
            why = refusal.sentence if refusal is not None else ""
            if not why and assessed.kind is Kind.SKIPS_GATE and not member.breaks_glass(person.username, run.unit.path):
                why = "Only who may break the glass in this unit may pass over a gate."
            found.setdefault((assessed.kind, says, why), []).append((run, assessed))
            if assessed.kind is Kind.NEEDS_MAPPING:
                lacking |= dict.fromkeys(moving.unmapped(run, after, concerning(old, mapping)))
                wanting |= {one.name: one for one in moving.lacking(run, after, mapping, assessed)}
        looked += AT_ONCE
    groups = [_group(key, many, version, mapping, given, after) for key, many in found.items()]
    order = list(Kind)
    return Preview(
        tuple(sorted(groups, key=lambda one: (order.index(one.kind), -len(one.runs)))),
        tuple((says, tuple(many)) for says, many in staying.items()),
        max(0, len(runs) - looked),
        tuple(lacking),
        tuple(wanting.values()),
        tuple(before.values()),
    )


def _group(
    key: tuple[Kind, tuple[str, ...], str],
    many: Sequence[tuple[Run, Assessment]],
    version: Version,
    mapping: Mapping[str, str],
    given: Mapping[str, Any],
    after: Definition,
) -> Group:
    kind, says, refusal = key
    ways = dict.fromkeys(finding.example for finding in many[0][1].findings if finding.example)
    examples = tuple(tuple(title(after, step) for step in way) for way in ways)
    accepts = ACCEPTS.get(kind)
    to = "" if accepts is None or refusal else Move.to_version(version, mapping, *accepts, given=given).text()
    return Group(kind, says, examples, tuple(run for run, _ in many), to, refusal)


def _targets(runs: Iterable[Run]) -> str:
    """Name exactly these, with what was seen of each (`dashboards.board.together.targets` reads it)."""
    return " ".join(f"{run.number}:0@{run.seq}" for run in runs)


@dataclass(frozen=True)
class Moved:
    """Of the runs that were moved to a version and that the reader sees: so many are under way, stuck, over."""

    under_way: int
    stuck: int
    over: int


def moved(person: Person, version: Version) -> Moved:
    there = Run.objects.visible_to(person).filter(version=version)
    there = there.filter(Exists(Entry.objects.filter(run=OuterRef("pk"), kind="migrate")))
    under_way = there.open()
    return Moved(under_way.count(), under_way.filter(incident_count__gt=0).count(), there.count() - under_way.count())
