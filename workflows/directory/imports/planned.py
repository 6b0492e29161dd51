"""What the lines of a table would do: each in the words of a page, and with the verbs that do it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from workflows.directory.changing import By, NotChanged
from workflows.directory.imports.table import Of

Does = Literal["added", "changed", "nothing", "wrong"]


@dataclass(frozen=True)
class Act:
    """One thing that a line does: in words, and by a verb, which answers `NotChanged` where it may not be."""

    says: str
    do: Callable[[By], object | NotChanged]


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
