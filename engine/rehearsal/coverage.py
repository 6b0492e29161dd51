"""Which transitions of a playbook the scenarios took, and which none did.

What counts is every transition but two kinds: the `skip` of a step without `when`, which only an operator takes, or a
graph whose way there is dead; and what follows a region whose join is never met, since a branch of it always leaves.
Of the playbooks that runs called those are told which scenarios are about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from engine.definition import Definition, Transition
from engine.proofs.moves import Moves
from engine.proofs.passing import DONE
from engine.rehearsal.failures import Covered, Rehearsed
from engine.rehearsal.world import World


def taken_by(world: World) -> tuple[Covered, ...]:
    """Return what the runs of a world took, the first of them first."""
    taken = ((*play.left, (play.definition, play.taken)) for play in world.plays)
    return tuple(Covered(definition, frozenset(ways)) for run in taken for definition, ways in run)


@dataclass
class Coverage:
    """How far one playbook was covered. `taken` are the (source, trigger) of its transitions."""

    definition: Definition
    taken: set[tuple[str, str]] = field(default_factory=set)

    @cached_property
    def counted(self) -> tuple[Transition, ...]:
        """The transitions that count, in the order of the definition."""
        met = Moves(self.definition).passing.met
        return tuple(way for way in self.definition.transitions if _counts(self.definition, way, met))

    @property
    def missed(self) -> tuple[Transition, ...]:
        return tuple(way for way in self.counted if (way.source, way.trigger) not in self.taken)

    @property
    def percent(self) -> float:
        """How many of those that count were taken; all, where there is nothing to take."""
        counted = len(self.counted)
        return 100.0 * (counted - len(self.missed)) / counted if counted else 100.0


def _counts(definition: Definition, way: Transition, met: Collection[str]) -> bool:
    """Say whether a run can take this way by itself or by its people; `met` are the regions whose join can be met."""
    if way.trigger == DONE and definition.bodies(way.source):
        return way.source in met
    return way.trigger != "skip" or definition.steps[way.source].when is not None


def covered(rehearsals: Iterable[Rehearsed]) -> list[Coverage]:
    """Add up what scenarios took, by playbook, in the order in which the scenarios come to be about them."""
    rehearsals = list(rehearsals)
    found: dict[object, Coverage] = {}
    for one in rehearsals:
        if one.taken:
            about = one.taken[0].definition
            found.setdefault(_key(about), Coverage(about))
    for one in rehearsals:
        for covered in one.taken:
            if _key(covered.definition) in found:
                found[_key(covered.definition)].taken |= covered.ways
    return list(found.values())


def _key(definition: Definition) -> object:
    """A scenario's own calendar changes the digest of a playbook, not what it can do."""
    return definition.playbook, definition.transitions
