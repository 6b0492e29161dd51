"""What comes of comparing two versions: values only.

A change is *major* where somebody who relies on the version before has to look again: whoever starts it or reads what
it gives, and whoever trusts its gates. It is *minor* where the work itself changes, and a *patch* where only texts and
labels do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Weight = Literal["major", "minor", "patch"]
Level = Literal["major", "minor", "patch", ""]
Mark = Literal["added", "removed", "changed"]

#: From the lightest to the heaviest; `""` is no change at all.
LEVELS: tuple[Level, ...] = ("", "patch", "minor", "major")


@dataclass(frozen=True)
class Change:
    """One thing that is different, in one sentence; `step` is where, empty for the playbook as a whole."""

    level: Weight
    sentence: str
    step: str = ""


@dataclass(frozen=True)
class Difference:
    """All that is different, the heaviest first. `marks` has the steps that are not the same in both."""

    changes: tuple[Change, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(change.sentence for change in self.changes)

    @property
    def level(self) -> Level:
        return heaviest(change.level for change in self.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)


def heaviest(levels: Iterable[Level]) -> Level:
    """Return the heaviest of these, `""` of none."""
    return max(levels, key=LEVELS.index, default="")


def weighed(changes: Iterable[Change], marks: Mapping[str, Mark] | None = None) -> Difference:
    """Return these changes, each once, the heaviest first and otherwise in their order."""
    once = dict.fromkeys(changes)
    return Difference(tuple(sorted(once, key=lambda change: -LEVELS.index(change.level))), dict(marks or {}))
