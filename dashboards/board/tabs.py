"""The views over the table: those that everybody has, one's own, and those that others share. A view is an address.

A tab is the current one when its address is that of the page; nothing else says which view is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from dashboards.board import filters as asked
from dashboards.board.filters import Filters
from dashboards.board.known import Known
from dashboards.board.saved import MOST
from dashboards.models import SavedView
from workflows.models import Person

#: What everybody has.
STANDING = (
    ("All running", Filters()),
    ("Waiting for me", Filters(mine="waiting")),
    ("Started by me", Filters(mine="started")),
)
#: So many saved views stand over the table; all others are on the page of views.
SHOWN = 6


@dataclass(frozen=True)
class Tab:
    words: str
    query: str
    is_current: bool


@dataclass(frozen=True)
class Tabs:
    """`own` are the reader's views, to save over; `more` counts the saved views that have no tab."""

    tabs: tuple[Tab, ...]
    own: tuple[SavedView, ...]
    more: int


@dataclass(frozen=True)
class Told:
    """A view as the page of views tells it: what it filters in words, what of it no longer makes sense."""

    view: SavedView
    words: str
    problems: tuple[str, ...]


def read(person: Person, filters: Filters) -> Tabs:
    """Lay out the tabs for the page with these filters."""
    views, here = saved_views(person), filters.query()
    current = [view for view in views if view.query == here]
    shown = [*current, *(view for view in views if view not in current)][:SHOWN]
    shown.sort(key=views.index)
    tabs = [Tab(words, standing.query(), standing.query() == here) for words, standing in STANDING]
    tabs += [Tab(name(view, person), view.query, view.query == here) for view in shown]
    return Tabs(tuple(tabs), tuple(view for view in views if view.owner_id == person.pk), len(views) - len(shown))


def saved_views(person: Person) -> list[SavedView]:
    """Return one's own views by name, then the shared ones by owner and name. Two queries."""
    rows = SavedView.objects.visible_to(person).select_related("owner", "unit")
    views = sorted(rows, key=lambda view: (view.owner_id != person.pk, str(view.owner), view.name.casefold()))
    return views[: 4 * MOST]


def name(view: SavedView, person: Person) -> str:
    return view.name if view.owner_id == person.pk else f"Shared by {view.owner.first_name or view.owner}: {view.name}"


def told(views: Sequence[SavedView], known: Known) -> tuple[Told, ...]:
    """Say in words what each view filters; the versions that they name are read in one query."""
    known.prepare({QueryDict(view.query.removeprefix("?")).get("playbook", "") for view in views})
    read = [asked.read_query(view.query, known) for view in views]
    return tuple(Told(view, one.words(known), one.problems) for view, one in zip(views, read, strict=True))
