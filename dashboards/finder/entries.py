"""What the finder shows: entries in groups. An entry is one place to go to, or one thing to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from runs import words
from runs.models import Run
from workflows.models import Person

#: The most entries of a group.
MOST = 6
#: Longer texts are cut.
LONGEST = 100


@dataclass(frozen=True)
class Entry:
    """`note` says more about it, quietly; `mark` is what it is called by: a number, or its keys.

    `posts` is what is sent to `address` where it is done at once and not asked for on a page of its own. `is_act`: it
    belongs to the entry before it.
    """

    title: str
    address: str
    icon: str
    note: str = ""
    mark: str = ""
    run: Run | None = None
    person: Person | None = None
    posts: dict[str, str] = field(default_factory=dict)
    is_act: bool = False


@dataclass(frozen=True)
class Group:
    """`more` is the address of everything that fits, where there may be more than is shown."""

    name: str
    title: str
    entries: tuple[Entry, ...]
    more: str = ""


def fits(asked: list[str], text: str) -> bool:
    """Say whether each word that was asked for begins a word of this text."""
    return all(any(word.startswith(one) for word in _folded(text)) for one in asked)


@lru_cache(maxsize=4096)
def _folded(text: str) -> tuple[str, ...]:
    return tuple(words.folded(text))
