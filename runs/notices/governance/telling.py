"""From entries of the log of governance that nobody was told of to notices, exactly once. Done by the clock.

The row that says so is deleted in the transaction that writes the notices, so that an entry is told once however many
clocks there are and whenever one is killed. Where telling of one goes wrong the others are told, and it is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError

from runs.clock import Clock, database_clock
from runs.models import Matter, Notice
from runs.notices import sight
from runs.notices.audience import LONGEST_TITLE
from runs.notices.governance import exceptions, keeping, reviews
from runs.notices.governance.piece import Happened, Piece
from workflows.models import GovernanceEntry, Untold
from workflows.writing import writing

#: So many entries at one go of the clock.
PAGE = 100
#: So long a telling that went wrong waits for its next try.
PAUSE = timedelta(minutes=5)

Kind = GovernanceEntry.Kind
#: What is news of each kind of entry; of every other kind nothing is.
NEWS: Mapping[str, Callable[[Happened], Iterable[Piece]]] = {
    Kind.SUBMITTED: reviews.asked,
    Kind.APPROVED: reviews.decided,
    Kind.REOPENED: reviews.decided,
    Kind.REJECTED: reviews.decided,
    Kind.REMARKED: reviews.remarked,
    Kind.EXCEPTION_ASKED: exceptions.asked,
    Kind.EXCEPTION_GRANTED: exceptions.decided,
    Kind.EXCEPTION_REFUSED: exceptions.decided,
    Kind.EXCEPTION_REVOKED: exceptions.decided,
    Kind.EXCEPTION_ENDING: exceptions.ending,
    Kind.PUBLISHED: keeping.published,
    Kind.RETIRED: keeping.retired,
    Kind.ROLLOUT_ENDED: keeping.rolled_out,
    Kind.OWNER: keeping.handed_over,
    Kind.REVIEW_DUE: keeping.due,
}

log = structlog.get_logger()


def tell(clock: Clock = database_clock) -> int:
    """Tell of what nobody was told of; return how many entries that were. One statement where there is nothing."""
    waiting = list(Untold.objects.order_by("due_at", "pk").values_list("pk", "due_at")[:PAGE])
    if not waiting:
        return 0
    now = clock()
    return sum(_tell(pk, now) for pk, due_at in waiting if due_at <= now)


def _tell(pk: int, now: datetime) -> int:
    try:
        with writing():
            rows = Untold.objects.select_for_update(of=("self",), skip_locked=True)
            row = rows.select_related("entry__artifact__owner", "entry__artifact__unit").filter(pk=pk).first()
            if row is None:  # another clock has told of it, or is about to
                return 0
            matters = _news(Happened(row.entry, row.of))
            Notice.objects.bulk_create([matter.notice for matter in matters])
            Matter.objects.bulk_create(matters)
            row.delete()
    except OperationalError:
        raise  # the database is away: the next sweep tries again
    except Exception:
        log.exception("entry_not_told", entry=pk)
        with writing():
            Untold.objects.filter(pk=pk).update(due_at=now + PAUSE)
        return 0
    return 1


def _news(happened: Happened) -> list[Matter]:
    """Return one notice, with its matter, for each person and piece of news, if they may see now what it is about."""
    news = NEWS.get(happened.entry.kind)
    return [one for piece in (news(happened) if news else ()) for one in _of(piece, happened)]


def _of(piece: Piece, happened: Happened) -> Iterator[Matter]:
    for person in dict.fromkeys(piece.people):
        if person is None or person == happened.by or not person.is_active or person.is_service:
            continue
        notice = Notice(
            person=person,
            kind=piece.kind,
            title=" ".join(piece.title.split())[:LONGEST_TITLE],
            body=piece.body,
            url=piece.url,
            at=happened.entry.at,
        )
        matter = Matter(notice=notice, review=piece.review, exception=piece.exception, artifact=piece.artifact)
        # who is asked was found by the gate just now
        if piece.kind == Notice.Kind.REVIEW or sight.of(person, [notice]).finds(notice):
            yield matter
