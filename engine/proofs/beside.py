"""Which steps run side by side: neither can know what the other left (semantics [scope])."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from engine.definition import Definition, ParallelSpec, owner_of


class Beside:
    """The steps of one playbook, as they stand to each other."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.is_empty = not any(isinstance(step.does, ParallelSpec) for step in definition.steps.values())
        self._told: dict[tuple[str, str], str] = {}

    def stands(self, reader: str, step: str) -> bool:
        """Say whether the step runs beside the reader."""
        return bool(self.region(reader, step))

    def region(self, reader: str, step: str) -> str:
        """Return the region in which the two run side by side, `""` where they do not."""
        if self.is_empty or reader == step or step not in self.definition.steps:
            return ""
        if (reader, step) not in self._told:
            self._told[reader, step] = self._region(reader, step)
        return self._told[reader, step]

    def above(self, step: str, within: str) -> str:
        """Return the step of this list in which a step stands: itself, or a region around it."""
        while self.definition.steps[step].within != within:
            step = owner_of(self.definition.steps[step].within)
        return step

    def _region(self, reader: str, step: str) -> str:
        around = set(self.definition.around(self.definition.steps[reader].within))
        shared = next(name for name in self.definition.around(self.definition.steps[step].within) if name in around)
        one, other = self.above(reader, shared), self.above(step, shared)
        if one == other:
            return one if one not in (reader, step) else ""
        if not self.definition.is_graph(shared):
            return ""
        return "" if other in self._needed[shared].get(one, ()) else owner_of(shared)

    @cached_property
    def _needed(self) -> dict[str, dict[str, frozenset[str]]]:
        """For each list of the kind, all that a step needs, directly or behind what it needs."""
        found: dict[str, dict[str, frozenset[str]]] = {}
        for name, steps in self.definition.lists.items():
            if not self.definition.is_graph(name):
                continue
            does = self.definition.steps[owner_of(name)].does
            needs = does.needs if isinstance(does, ParallelSpec) else {}
            found[name] = {step: self._behind(step, needs) for step in steps}
        return found

    @staticmethod
    def _behind(step: str, needs: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
        seen, pending = set[str](), [step]
        while pending:
            for one in needs.get(pending.pop(), ()):
                if one not in seen:
                    seen.add(one)
                    pending.append(one)
        return frozenset(seen)
