"""A run in the plainest way: a token that walks the transitions, what is set, how often each step opened.

It knows nothing of the proofs and shares no code with them; guards it asks of CEL.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from engine.definition import Definition, EndSpec, SetSpec
from engine.expressions import EvaluationError, Evaluator, Scope

END = "the end"


def closure(ways: dict[str, set[str]], begin: str) -> set[str]:
    """Return all that one or more ways lead to."""
    found: set[str] = set()
    pending = set(ways.get(begin, ()))
    while pending:
        here = pending.pop()
        found.add(here)
        pending |= ways.get(here, set()) - found
    return found


class Walk:
    """One random walk. `begin` is where it starts, None for the start of the playbook."""

    def __init__(self, definition: Definition, chance: random.Random, begin: str | None) -> None:
        self.definition, self.chance = definition, chance
        self.here = begin or definition.target("", "start") or END
        self.set: dict[str, dict[str, int]] = {}
        self.visits: dict[str, int] = {}
        self.evaluator = Evaluator.of(definition)

    def scope(self) -> Scope:
        return Scope(inputs={"q": self.chance.random() < 0.5}, steps=self.set, visits=self.visits)

    def steps(self, most: int) -> Iterator[str]:
        """Give each step as the token arrives at it, before it does anything."""
        for _ in range(most):
            yield self.here
            if self.here == END:
                return
            self._go()

    def reads(self, step: str) -> bool | None:
        """Say whether what this step reads has a value now; None where it reads nothing."""
        does = self.definition.steps[step].does
        if not isinstance(does, SetSpec):
            return None
        try:
            for source in does.assign.values():
                self.evaluator.value(source, self.scope())
        except EvaluationError:
            return False
        return True

    def _go(self) -> None:
        step = self.definition.steps[self.here]
        if isinstance(step.does, EndSpec):
            self.here = END
            return
        ways = self.definition.ways[step.id]
        skipped = [way for way in ways if way.trigger == "skip"]
        if skipped and step.when is not None and self.chance.random() < 0.5:
            self.set.pop(step.id, None)
            way = skipped[0]
        else:
            self.visits[step.id] = self.visits.get(step.id, 0) + 1
            if step.kind == "decide":
                way = next(way for way in ways if way.guard is None or self._holds(way.guard))
            else:
                way = self.chance.choice([way for way in ways if way.trigger != "skip"])
            if way.trigger == "error":
                self.set.pop(step.id, None)
            elif step.kind in ("task", "set"):
                self.set[step.id] = {"v": 1}
        self.here = way.target if way.target in self.definition.steps else END

    def _holds(self, source: str) -> bool:
        try:
            return self.evaluator.value(source, self.scope()) is True
        except EvaluationError:
            return False
