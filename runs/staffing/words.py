"""People, roles and days in sentences about who is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from engine.definition import Definition
from engine.machine.quorum import Slot
from engine.naming import title
from runs.directory import USER

Name = Callable[[str], str]


def role(name: str, called: Name = str) -> str:
    """A role's id in words; `user:<name>` is that person."""
    if name.startswith(USER):
        return called(name.removeprefix(USER))
    return name.replace("-", " ").replace("_", " ")


def listed(items: Sequence[str], most: int = 5) -> str:
    """List in words: A, B and C; of many the first."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def slots(needed: Iterable[Slot], called: Name) -> str:
    """What is needed, such as `2 approvals of manager and the approval of Mia Moss`."""
    counts = Counter(
        f" of {called(slot.person)}" if slot.person else f" of {_either(slot.roles, called)}" if slot.roles else ""
        for slot in needed
    )
    return listed([f"{count} approval{'s' if count > 1 else ''}{whose}" for whose, count in counts.items()])


def _either(roles: Sequence[str], called: Name) -> str:
    return " or ".join(role(name, called) for name in roles)


def joining(found: Iterable[tuple[str, int]]) -> str:
    """Whose joining would help: `one more person in release managers or 2 more people in security`."""
    counts = [f"{'one more person' if count == 1 else f'{count} more people'} in {role(name)}" for name, count in found]
    return " or ".join(counts)


def day(at: datetime) -> str:
    return f"{at:%A} {at.day} {at:%B}"


def back(people: Iterable[str], until: Mapping[str, datetime], called: Name) -> str:
    """`Sanjay Rao is back on Monday 30 November`, for each of them."""
    return ", ".join(f"{called(person)} is back on {day(until[person])}" for person in people)


def plain(definition: Definition, message: str, called: Name) -> str:
    """Write a proof's message for people: titles for steps, words for roles, full names for usernames."""

    def word(found: re.Match[str]) -> str:
        token = found[1]
        if token in definition.steps and token not in definition.roles:
            return f"“{title(definition, token)}”"
        if token in definition.roles or token.startswith(USER):
            return role(token, called)
        return called(token)

    return re.sub(r"`([^`]+)`", word, message)
