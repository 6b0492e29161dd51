"""Runs found by what somebody types: `exact` for a number or an id, `numbers` for words.

Neither asks who is looking: the caller narrows by `Run.objects.visible_to`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import connection
from django.db.models.expressions import RawSQL

from runs import definitions, search_index, words
from runs.models import Run, SearchText
from runs.story import Story
from workflows.writing import writing

#: The most numbers that words give; where more fit, the newest.
MOST = 5_000
#: On PostgreSQL: words that so many of the latest runs have are looked for from the newest run backwards, all others
#: in the index, which knows no order. The planner's own guess is far off where words never stand together.
LATEST, OFTEN = 2_000, 80

_NUMBER = re.compile(r"(?:run\s*|#\s*)*([0-9]{1,18})", re.IGNORECASE)
_SQLITE = f"SELECT rowid FROM {search_index.INDEX} WHERE {search_index.INDEX} MATCH %s ORDER BY rowid DESC LIMIT {MOST}"
_FROM, _FITS = f"FROM {search_index.TABLE}", "found @@ CAST(%s AS tsquery)"
_POSTGRESQL = (
    f"WITH latest AS MATERIALIZED (SELECT count(*) AS hits FROM "
    f"(SELECT found {_FROM} ORDER BY number DESC LIMIT {LATEST}) AS those WHERE {_FITS}), "
    f"often AS MATERIALIZED (SELECT number {_FROM} "
    f"WHERE (SELECT hits FROM latest) >= {OFTEN} AND {_FITS} ORDER BY number DESC LIMIT {MOST}), "
    f"seldom AS MATERIALIZED (SELECT number {_FROM} WHERE (SELECT hits FROM latest) < {OFTEN} AND {_FITS}) "
    f"SELECT number FROM (TABLE often UNION ALL TABLE seldom) AS every ORDER BY number DESC LIMIT {MOST}"
)


def exact(text: str) -> int | None:
    """Return the number that `4127`, `#4127`, `run 4127` or the id of a run names; None for any other text."""
    text = text.strip()
    if named := _NUMBER.fullmatch(text):
        return int(named[1])
    try:
        return Run.objects.filter(pk=UUID(text)).values_list("number", flat=True).first()
    except ValueError:
        return None


def numbers(text: str) -> RawSQL:
    """Return, for `number__in=…`, the runs that have a word beginning with each word of the text: the newest `MOST`.

    Nothing of the text but its letters and digits reaches the database; a text without any finds nothing.
    """
    asked = words.folded(text)[: words.MOST_ASKED]
    if not asked:
        return RawSQL(f"SELECT number FROM {search_index.TABLE} WHERE 1 = 0", ())
    if connection.vendor == "sqlite":
        return RawSQL(_SQLITE, (" ".join(f'"{word}"*' for word in asked),))
    return RawSQL(_POSTGRESQL, (" & ".join(f"'{word}':*" for word in asked),) * 3)


def write(stories: Sequence[Story]) -> None:
    """Write the words of the runs whose words are new or have changed: one statement, or none.

    Called by `runs.records` alone.
    """
    rows = []
    for story in stories:
        assert story.state is not None, "only stories in which something happened are written"
        if not words.may_differ(story.before, story.state):
            continue
        found = words.of_run(story.definition, story.state)
        if story.before is None or found != words.of_run(story.defined_before, story.before):
            rows.append(SearchText(number=story.run.number, words=found))
    _put(rows)


def rebuild(every: int = 500) -> Iterator[int]:
    """Make the index and all words anew from the runs themselves; give how many runs are done, now and then."""
    with writing():
        search_index.drop(connection)
        search_index.make(connection)
        search_index.fill(connection)
    done = last = 0
    while last is not None:
        with writing():  # a run that changes waits, so that its new words are not written over with the old
            runs = Run.objects.select_for_update().filter(number__gt=last).order_by("number")
            found = {run.number: _words(run) for run in runs.only("number", "state")[:every]}
            there = dict(SearchText.objects.filter(number__in=found).values_list("number", "words"))
            _put([SearchText(number=number, words=it) for number, it in found.items() if there.get(number) != it])
        done, last = done + len(found), max(found, default=None)
        yield done


def _words(run: Run) -> str:
    state = definitions.state_of(run)
    return words.of_run(definitions.by_digest(state.definition), state)


def _put(rows: list[SearchText]) -> None:
    if rows:
        SearchText.objects.bulk_create(rows, update_conflicts=True, unique_fields=["number"], update_fields=["words"])
