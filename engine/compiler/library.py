"""The playbooks that a playbook may call, and which of their versions a call means.

Files have no versions: there a call means the playbook, whatever version it names.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping

from engine.definition import Definition


class Library(Mapping[str, Definition]):
    """Playbooks by id, each as it is called without a version: its newest."""

    @abstractmethod
    def at(self, playbook: str, version: str) -> Definition | None:
        """Return the playbook in the version that a call names: `2`, `^2`, or empty for the newest."""


class Among(Library):
    """The playbooks of files that are compiled together, `found` so far, before those of a library `besides`."""

    def __init__(self, ids: frozenset[str], besides: Mapping[str, Definition]) -> None:
        self.ids, self.besides = ids, besides
        self.found: dict[str, Definition] = {}

    def __getitem__(self, playbook: str) -> Definition:
        return self.found[playbook] if playbook in self.ids else self.besides[playbook]

    def __iter__(self) -> Iterator[str]:
        yield from self.found
        yield from (id for id in self.besides if id not in self.ids)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def at(self, playbook: str, version: str) -> Definition | None:
        return self.found.get(playbook) if playbook in self.ids else find(self.besides, playbook, version)


def find(known: Mapping[str, Definition], playbook: str, version: str) -> Definition | None:
    """Return what a call means among these playbooks, None where there is no such playbook or version."""
    return known.at(playbook, version) if isinstance(known, Library) else known.get(playbook)
