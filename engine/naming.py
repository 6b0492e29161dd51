"""How a sentence of a proof names steps and roles: by their ids for whoever writes the file, by titles for who reads.

Takes definitions. Both say the same of the same finding, so that the page and `manage.py compile` cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from engine.definition import STARTER, CallSpec, Definition


class Naming(Protocol):
    """Names for one playbook. A step of a playbook that it calls stands behind the step that calls it: `sub/check`."""

    def step(self, id: str) -> str: ...

    def roles(self, ids: Sequence[str]) -> str:
        """Write whoever is in one of these roles, as words after `of`."""

    def excluded(self, id: str) -> str:
        """Write an entry of `exclude`, as words after `excludes`."""

    def way(self, steps: Sequence[str]) -> tuple[str, ...]:
        """Return the names of steps one after another, for a list of them."""


class ByIds:
    """As the file writes them."""

    def step(self, id: str) -> str:
        return f"`{id}`"

    def roles(self, ids: Sequence[str]) -> str:
        return listed([f"`{id}`" for id in ids], "or")

    def excluded(self, id: str) -> str:
        return "whoever started the run" if id == STARTER else f"`{id}`"

    def way(self, steps: Sequence[str]) -> tuple[str, ...]:
        return tuple(steps)


class ByWords(ByIds):
    """As pages write a policy, which is of no playbook: roles in words."""

    def roles(self, ids: Sequence[str]) -> str:
        return f"the role{'s' if len(ids) > 1 else ''} {listed([_words(id) for id in ids], 'or')}"

    def excluded(self, id: str) -> str:
        return "whoever started the run" if id == STARTER else _words(id)


class ByTitles(ByWords):
    """As pages write what is wrong. `called` gives the playbook that a `call` runs, where it is known."""

    def __init__(self, definition: Definition, called: Callable[[CallSpec], Definition | None]) -> None:
        self.definition, self.called = definition, called

    def step(self, id: str) -> str:
        return f"“{self._title(id)}”"

    def excluded(self, id: str) -> str:
        if id in self.definition.steps:
            return f"whoever did {self.step(id)}"
        return self.roles([id]) if id in self.definition.roles else super().excluded(id)

    def way(self, steps: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(self._title, steps))

    def _title(self, id: str) -> str:
        first, _, rest = id.partition("/")
        if first not in self.definition.steps:
            return _words(first)
        own = title(self.definition, first)
        if not rest:
            return own
        work = self.definition.steps[first].does
        child = self.called(work) if isinstance(work, CallSpec) else None
        return f"{own} / {ByTitles(child, self.called)._title(rest) if child else _words(rest)}"


IDS, WORDS = ByIds(), ByWords()


def title(definition: Definition, step: str) -> str:
    """Return the title of a step as written, without the parts that only a run can fill in."""
    words = definition.steps[step].title or _words(step).capitalize()
    return re.sub(r"\s*\$\{[^}]*\}", "", words).strip(" ,:") or step


def listed(items: Sequence[str], last: str = "and") -> str:
    """Write `a`, `a and b`, `a, b and c`."""
    return f" {last} ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def _words(id: str) -> str:
    return id.replace("-", " ").replace("_", " ")
