"""Which runs an act on several is about: those named by their numbers, or all that a filter of the board leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dashboards.board import filters, lanes
from dashboards.board.known import Known
from runs.bulk_acts import MOST
from runs.models import Run
from runs.models.run import RunQuerySet
from workflows.models import Person


@dataclass(frozen=True)
class Chosen:
    """At most `MOST` runs, by number. `more`: the filter leaves further ones; `problems`: what nobody knows of it.

    `missing` are so many that were named and are not the person's to see, or not at all.
    """

    runs: tuple[Run, ...] = ()
    more: bool = False
    missing: int = 0
    problems: tuple[str, ...] = ()


def by_numbers(person: Person, numbers: Iterable[str]) -> Chosen:
    """Return those of these runs that the person may see."""
    named = dict.fromkeys(int(one) for one in numbers if one.isascii() and one.isdecimal() and len(one) < 19)
    wanted = list(named)[:MOST]
    found = tuple(_read(Run.objects.visible_to(person).filter(number__in=wanted)))
    return Chosen(found, len(named) > MOST, len(wanted) - len(found))


def by_filters(person: Person, query: str, now: datetime) -> Chosen:
    """Return what the board would list for this query, on all of its pages; nothing where not all of it can be read."""
    asked = filters.read_query(query, Known(person))
    if asked.problems:
        return Chosen(problems=asked.problems)
    page = lanes.page(person, asked.first_page(), now, size=MOST)
    found = Run.objects.filter(pk__in=[run.pk for run in page.runs])
    return Chosen(tuple(_read(found)), bool(page.after))


def _read(runs: RunQuerySet) -> RunQuerySet:
    return runs.select_related("unit").order_by("number")
