"""The bell and the page: what is unread, a page of notices by key, and marking them as read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from runs.clock import database_clock
from runs.models import Notice
from runs.notices import sight
from runs.notices.overtaken import IS_OVER, with_what_became
from runs.notices.sight import Sight
from workflows.models import Person
from workflows.writing import writing

PAGE = 30
#: The bell counts no further.
MOST_COUNTED = 99
_NEW = Q(read_at__isnull=True) & ~IS_OVER


class BadCursor(ValueError):
    """This place in the list is none."""


@dataclass(frozen=True)
class Page:
    """Unread ones first; `after` is where the next page begins, or empty. `sight` says which have vanished."""

    unread: list[Notice]
    earlier: list[Notice]
    sight: Sight
    after: str = ""

    @property
    def newest(self) -> int:
        return max((notice.pk for notice in (*self.unread, *self.earlier)), default=0)


def unread_count(person: Person) -> int:
    """How many notices are news; one whose step is over is none, and beyond `MOST_COUNTED` nobody counts."""
    return Notice.objects.filter(_NEW, person=person).order_by()[: MOST_COUNTED + 1].count()


def newest_unread(person: Person) -> int:
    """The latest notice that is news, or 0: up to it everything can be marked as read."""
    newest = Notice.objects.filter(_NEW, person=person).order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def page(person: Person, after: str = "") -> Page:
    """Return one page: what is unread first, the latest first. Raises `BadCursor`."""
    rows = _ranked(person)
    if after:
        rank, pk = _place(after)
        rows = rows.filter(Q(rank__gt=rank) | Q(rank=rank, pk__lt=pk))
    found = list(with_what_became(rows).order_by("rank", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    is_more = len(found) > PAGE
    return Page(
        [notice for notice in shown if notice.rank == 0],
        [notice for notice in shown if notice.rank],
        sight.of(person, shown),
        f"{shown[-1].rank}-{shown[-1].pk}" if is_more else "",
    )


def _ranked(person: Person) -> QuerySet[Notice]:
    rank = Case(When(_NEW, then=Value(0)), default=Value(1), output_field=IntegerField())
    return Notice.objects.filter(person=person).annotate(rank=rank)


def _place(after: str) -> tuple[int, int]:
    rank, _, pk = after.partition("-")
    if rank not in {"0", "1"} or not pk.isascii() or not pk.isdigit() or len(pk) > 18:
        raise BadCursor(after)
    return int(rank), int(pk)


def mark(person: Person, notices: Collection[int]) -> int:
    """Mark these notices of this person as read; return how many were not."""
    return _mark(Notice.objects.filter(person=person, pk__in=notices))


def mark_all(person: Person, newest: int) -> int:
    """Mark everything up to this one as read: what came since the page was drawn stays."""
    return _mark(Notice.objects.filter(person=person, pk__lte=newest))


def opened(person: Person, run: int, visit: int | None = None) -> int:
    """The person has this step, or this run, before them: what was told of it is read.

    The page of a run reads what is about the run alone; what a step asks stays until the step is opened.
    """
    step = {"step__number": visit} if visit is not None else {"step__isnull": True}
    about_run = Q(**step)
    if visit is None:
        about_run |= Q(kind__in=[Notice.Kind.DECIDED, Notice.Kind.INCIDENT, Notice.Kind.OVERDUE])
    return _mark(Notice.objects.filter(about_run, person=person, run__number=run))


def opened_page(person: Person, path: str) -> int:
    """The person has this page before them: what led there, or to a place on it, is read."""
    there = Q(url=path) | Q(url__startswith=f"{path}#")
    return _mark(Notice.objects.filter(there, person=person)) if path else 0


def past(until: datetime) -> None:
    """What was before this is nobody's news any more: for a history that is made up."""
    Notice.objects.filter(at__lt=until, read_at__isnull=True).update(read_at=F("at"))
    Notice.objects.filter(sorted_at__isnull=True).update(sorted_at=F("at"))


def _mark(notices: QuerySet[Notice]) -> int:
    unread = list(notices.filter(read_at__isnull=True).values_list("pk", flat=True))
    if not unread:
        return 0
    with writing():
        # by key, without a join; whoever reads twice reads nothing new
        return Notice.objects.filter(pk__in=unread, read_at__isnull=True).update(read_at=database_clock())
