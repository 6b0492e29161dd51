"""Where the playbooks are that others adapt: `extends: id@^2` to a text with a name.

The files given together are one such place; the published versions and the shipped library are others, and are
`workflows`' to look into.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from engine.language.template import head_of

_ID = re.compile(r"^playbook\s*:", re.MULTILINE)


@dataclass(frozen=True)
class Parent:
    """The text of a playbook, and the name by which problems in it are told.

    `above` is where its own parents are; None: where it was found itself.
    """

    file: str
    text: str
    above: Parents | None = None


class Parents(Protocol):
    """A place where playbooks are looked for."""

    def find(self, id: str, version: str) -> Parent | None:
        """Return the playbook; `version` is `^2` (that or a newer), `2`, or empty (the newest)."""
        ...

    def ids(self) -> Iterable[str]: ...


@dataclass(frozen=True)
class Files:
    """Files by the ids of their playbooks, whatever version is asked for; then the other places, in their order."""

    files: tuple[tuple[str, str], ...] = ()
    others: tuple[Parents, ...] = ()

    @cached_property
    def _by_id(self) -> dict[str, Parent]:
        found: dict[str, Parent] = {}
        for file, text in self.files:
            head = head_of(text, "playbook", "scenario") if _ID.search(text) else {}
            if (id := head.get("playbook")) and "scenario" not in head:
                found.setdefault(id, Parent(file, text))
        return found

    def find(self, id: str, version: str) -> Parent | None:
        here = self._by_id.get(id)
        if here is not None:
            return here
        found = (other.find(id, version) for other in self.others)
        return next((parent for parent in found if parent is not None), None)

    def ids(self) -> Iterator[str]:
        yield from self._by_id
        for other in self.others:
            yield from other.ids()


NOBODY = Files()
