"""What is due, as the page lists it: a thing, a sentence, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

#: So many of each kind are listed at first.
FIRST = 10


@dataclass(frozen=True)
class Item:
    """`act` is the verb on its button, and `act_address` where that leads, if not to `address`.

    `when` is what happens, or happened, `at` that time.
    """

    title: str
    address: str
    says: str
    act: str
    unit: str = ""
    at: datetime | None = None
    when: str = "Due"
    is_late: bool = False
    act_address: str = ""

    @property
    def leads_to(self) -> str:
        return self.act_address or self.address


@dataclass(frozen=True)
class Section:
    """One kind of what is due. `items` are those that are listed, of `total`."""

    name: str
    title: str
    icon: str
    items: tuple[Item, ...] = ()
    total: int = 0

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.items)

    @property
    def late(self) -> int:
        return sum(item.is_late for item in self.items)


def section(name: str, title: str, icon: str, items: Sequence[Item], shown: str = "") -> Section:
    """Lay out one section, late items first; all of them where the reader asked for this one (`shown`)."""
    ordered = sorted(
        items, key=lambda item: (not item.is_late, item.at.timestamp() if item.at else float("inf"), item.title.lower())
    )
    return Section(name, title, icon, tuple(ordered if shown == name else ordered[:FIRST]), len(ordered))


def within(paths: Sequence[str], of: str) -> Q:
    """Return the condition that a unit (`of` names it) is one of these or below one; never true without any."""
    return reduce(or_, (Q(**{f"{of}__path__startswith": path}) for path in paths), Q(pk__in=[]))


def page(name: str, *args: Any, otherwise: str) -> str:
    """Return the address of a page, or another where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return otherwise
