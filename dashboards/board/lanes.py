"""One page of runs by keyset: no OFFSET, no count, a page that starts where the last one ended.

A list is a few stretches, read one after the other until the page is full; a cursor names the stretch, the value and
the key of the last row. What somebody searched for is a list of its own: the numbers that fit, newest first.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from dashboards.board import narrow
from dashboards.board.branches import Scope, branches
from dashboards.board.filters import Filters
from dashboards.board.narrow import Asked
from dashboards.board.reads import Reads
from dashboards.board.stretches import Beyond, Stretch, first
from runs import search, sight
from runs.models import Run
from runs.sight import Sight
from workflows.models import Person

PAGE = 25


class BadCursor(ValueError):
    """The address names a place in the list that cannot be read."""


@dataclass(frozen=True)
class Page:
    """`after` is the cursor of the next page, empty on the last."""

    runs: tuple[Run, ...]
    after: str


def today(now: datetime) -> datetime:
    """The first instant of the reader's day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def page(
    person: Person,
    filters: Filters,
    now: datetime,
    seen: Sight | None = None,
    scope: Scope | None = None,
    *,
    size: int = PAGE,
) -> Page:
    """Return the page of what this person sees that the filters' cursor asks for.

    With what a row needs of its version, unit and starter. One statement for each stretch that is looked at, and one
    for the rows; besides those of the filters, and of `runs.sight.read` and `narrow.scope` where these are not given.
    Raises BadCursor.
    """
    seen = seen or sight.read(person)
    asked = narrow.asked(filters, person, now, today(now), scope)
    if filters.text:
        return _found(seen, asked, filters, size)
    start, beyond = _place(filters.after, asked.stretches)
    found: list[tuple[int, int, UUID]] = []
    for number, stretch in enumerate(asked.stretches[start:], start=start):
        those = branches(seen, asked.scope, asked.holds, stretch.reads)
        more = first(those, stretch, size + 1 - len(found), beyond if number == start else None)
        found += [(number, rank, key) for rank, key in more]
        if len(found) > size:
            break
    there = Reads(key for *_, key in found[:size]).runs()
    shown = [(number, rank, there[key]) for number, rank, key in found[:size] if key in there]
    after = _write(*shown[-1], asked.stretches) if len(found) > size and shown else ""
    return Page(tuple(run for *_, run in shown), after)


def any_run(person: Person, now: datetime, seen: Sight) -> bool:
    """Say whether this person sees any run at all."""
    return bool(page(person, Filters(state="all", called="1"), now, seen, size=1).runs)


def with_names(runs: Iterable[UUID]) -> list[Run]:
    """Read these runs, as far as they are there, in this order: with their version, unit and starter, nothing large."""
    keys = list(runs)
    found = Reads(keys).runs()
    return [found[key] for key in keys if key in found]


def _found(seen: Sight, asked: Asked, filters: Filters, size: int) -> Page:
    """What was searched for: `runs.search` gives the newest numbers that fit, and of each of them the rest is asked."""
    lanes = sorted({lane for stretch in asked.stretches for lane in stretch.lanes})
    runs = Run.objects.filter(asked.holds, asked.scope.holds, seen.holds, lane__in=lanes)
    runs = runs.filter(text_of(filters))
    for stretch in asked.stretches:
        if stretch.until is not None:
            runs = runs.filter(next_due_at__lt=stretch.until)
    if filters.after:
        runs = runs.filter(number__lt=_number(filters.after))
    shown = with_names(runs.order_by("-number").values_list("pk", flat=True)[: size + 1])
    after = _token([shown[size - 1].number]) if len(shown) > size else ""
    return Page(tuple(shown[:size]), after)


def text_of(filters: Filters) -> Q:
    """Say which runs fit the words that were searched for; a number or an id is that run's own."""
    if not filters.text:
        return Q()
    number = search.exact(filters.text)
    found = Q(number__in=search.numbers(filters.text))
    return found if number is None else found | Q(number=number)


def _token(values: Sequence[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read(after: str) -> list[object]:
    values = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    if not isinstance(values, list):
        raise BadCursor(after)
    return values


def _write(number: int, rank: int, run: Run, stretches: tuple[Stretch, ...]) -> str:
    value: datetime | None = getattr(run, stretches[number].column)
    # what has moved on between the two statements has left the place that it held; the page begins there all the same
    at = value or run.changed_at
    return _token([number, rank, at.isoformat(), str(run.pk)])


def _number(after: str) -> int:
    try:
        (number,) = _read(after)
        if type(number) is not int or not 0 <= number < 2**63:
            raise BadCursor(after)
        return number
    except (ValueError, TypeError, binascii.Error, RecursionError) as problem:
        raise BadCursor(after) from problem


def _place(after: str, stretches: tuple[Stretch, ...]) -> tuple[int, Beyond | None]:
    if not after:
        return 0, None
    try:
        number, rank, value, pk = _read(after)
        at = datetime.fromisoformat(value)
        is_known = type(number) is type(rank) is int and 0 <= number < len(stretches)
        if not is_known or not 0 <= rank < len(stretches[number].ranks) or at.tzinfo is None:
            raise BadCursor(after)
        return number, Beyond(rank, at.astimezone(UTC), UUID(pk))
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error, RecursionError) as problem:
        raise BadCursor(after) from problem
