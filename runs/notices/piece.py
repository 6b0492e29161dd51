"""One piece of news: what it says and who should know of it, before anybody has looked up who these are."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from runs.models import Notice


@dataclass(frozen=True)
class News:
    """One thing to be told: to these people, to everybody in these groups, and to the operators of a unit.

    `without` are those who did it: nobody is told of their own act. `quotes` are what people said: (username, text).
    `barred` may not answer even for somebody else.
    """

    kind: Notice.Kind
    run: UUID
    title: str
    visit: int | None = None
    body: str = ""
    people: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    operators_of: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()
    quotes: tuple[tuple[str, str], ...] = ()
    playbook: str = ""
    barred: frozenset[str] = frozenset()

    @property
    def asks(self) -> bool:
        """Whether who acts for somebody has to know of it too."""
        return self.kind in Notice.ASKING and not self.operators_of
