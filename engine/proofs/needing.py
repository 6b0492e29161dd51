"""What is certain in a list whose steps say what they need: part of `flow`, for one such list.

A step opens when all it needs has been decided and something of it leads here. So what each of them certainly leaves,
taken or not, is known, and what all those that can lead here leave when they do. A step that nothing leads to is
passed over, and takes what was known of itself away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.definition import Definition, ParallelSpec, owner_of
from engine.proofs.facts import Facts
from engine.proofs.passing import Passing

Way = tuple[frozenset[str], int]
"""The steps that one trigger leads to, and the facts behind it."""


class Needing:
    """One list: the facts at each of its steps, as what it needs is decided."""

    def __init__(self, definition: Definition, name: str, passing: Passing, facts: Facts) -> None:
        self.members = dict.fromkeys(definition.lists[name])
        does = definition.steps[owner_of(name)].does
        needs = does.needs if isinstance(does, ParallelSpec) else {}
        self._never = passing.never
        self._taken = {step: facts.taken(definition.steps[step]) for step in self.members}
        self._needs = {step: [one for one in needs.get(step, ()) if one in self.members] for step in self.members}
        self._behind: dict[str, list[str]] = {step: [] for step in self.members}
        for step, before in self._needs.items():
            for one in before:
                self._behind[one].append(step)
        self._ways: dict[str, dict[str, list[Way]]] = {step: {} for step in self.members}
        self._passed_over: dict[str, int] = {}
        self._opened: dict[str, int] = {}

    def settle(self, step: str, node: str, moves: Iterable[tuple[str, str, int]]) -> None:
        """Take in what is behind a step of this list, or behind the region that it is: (trigger, target, facts)."""
        targets: dict[str, set[str]] = {}
        facts: dict[str, int] = {}
        for trigger, target, known in moves:
            targets.setdefault(trigger, set()).add(target)
            facts[trigger] = facts.get(trigger, -1) & known
        self._ways[step][node] = [(frozenset(targets[trigger]), facts[trigger]) for trigger in targets]
        pending = list(self._behind[step])
        while pending:
            one = pending.pop()
            if self._decide(one):
                pending += self._behind[one]

    def opened(self) -> Iterator[tuple[str, int]]:
        """Give the steps that may be open now, with what is known there."""
        yield from self._opened.items()
        self._opened = {}

    def end(self) -> int | None:
        """Return what is certain at the end of the list, None where that cannot be said yet."""
        together = 0
        for step in self.members:
            known = self._meet([*(facts for _, facts in self._all_ways(step)), *self._over(step)])
            if known is None:
                return None
            together |= known
        return together

    def _decide(self, step: str) -> bool:
        """Work out when this step opens, and say whether it is known anew that it may be passed over."""
        decided, leading, missing = 0, list[int](), list[int]()
        for one in self._needs[step]:
            leads = self._meet([facts for targets, facts in self._all_ways(one) if step in targets])
            misses = self._meet(
                [*(facts for targets, facts in self._all_ways(one) if step not in targets), *self._over(one)]
            )
            both = self._meet([facts for facts in (leads, misses) if facts is not None])
            if both is None:
                return False
            decided |= both
            leading += () if leads is None else (leads,)
            missing += () if misses is None else (misses,)
        certain = self._meet(leading)
        if certain is not None and step not in self._never:
            self._opened[step] = decided | certain
        if len(missing) < len(self._needs[step]):
            return False
        over = 0
        for facts in missing:
            over |= facts
        over &= ~self._taken[step]
        if self._passed_over.get(step) == over:
            return False
        self._passed_over[step] = over
        return True

    def _all_ways(self, step: str) -> Iterator[Way]:
        for ways in self._ways[step].values():
            yield from ways

    def _over(self, step: str) -> tuple[int, ...]:
        return (self._passed_over[step],) if step in self._passed_over else ()

    @staticmethod
    def _meet(several: list[int]) -> int | None:
        if not several:
            return None
        together = -1
        for facts in several:
            together &= facts
        return together
