"""What the lines of a table would do: each in the words of a page, and with the verbs that do it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workflows.directory.imports.table import Of

Does = Literal["added", "changed", "nothing", "wrong"]


Verb = Literal["add", "change", "join", "give", "move"]


@dataclass(frozen=True)
class Act:
    """One thing that a line does: in words, by which verb, and what that is given besides whom it is about.

    `add` and `change` are given details (of a unit with its parent), `join` a group, `give` a part and a unit's slug,
    `move` the slug of a unit.
    """

    says: str
    verb: Verb
    details: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """`name` is whom or what it is about. `errors` are sentences by the column they belong to; then nothing is done."""

    number: int
    name: str
    is_new: bool
    acts: tuple[Act, ...]
    errors: Mapping[str, str]

    @property
    def does(self) -> Does:
        if self.errors:
            return "wrong"
        return "added" if self.is_new else "changed" if self.acts else "nothing"


@dataclass(frozen=True)
class Plan:
    """The lines of a table as they stand in it; `order` are those that do something, in the order of doing."""

    of: Of
    lines: tuple[Line, ...]
    order: tuple[Line, ...]

    @property
    def counts(self) -> Mapping[Does, int]:
        counted = Counter(line.does for line in self.lines)
        return {does: counted[does] for does in ("added", "changed", "nothing", "wrong")}

    @property
    def digest(self) -> str:
        """What tells this plan from another: whoever has seen one wants no other to be done."""
        said = [(line.number, line.name, line.does, [act.says for act in line.acts]) for line in self.lines]
        return hashlib.sha256(repr((self.of, said)).encode()).hexdigest()
