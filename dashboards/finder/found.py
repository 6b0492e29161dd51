"""All that fits what somebody typed, in groups; and what to offer before anything was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from dashboards.finder import pages, playbooks, runs
from dashboards.finder.entries import LONGEST, MOST, Entry, Group
from dashboards.finder.pages import Around
from dashboards.people import listed
from runs import sight, words
from workflows.models import Person


@dataclass(frozen=True)
class Found:
    text: str
    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        """How many places were found; what may be done at them is not counted."""
        return sum(not entry.is_act for group in self.groups for entry in group.entries)


def read(address: Mapping[str, str]) -> str:
    return " ".join(address.get("q", "").replace("\0", " ").split())[:LONGEST]


def find(person: Person, text: str, around: Around, now: datetime) -> Found:
    """Look for it everywhere the reader may look. A fixed number of statements, each of a few rows."""
    seen = sight.read(person)
    if not text:
        groups = [
            Group("runs", "Waiting for you, and started by you", runs.recent(person, seen, now)),
            Group("pages", "Pages", pages.found(person, around, [])),
        ]
        return Found(text, _filled(groups))
    asked = words.folded(text)
    found = runs.found(person, seen, text, now)
    everything = f"{reverse('runs')}?{urlencode({'state': 'all', 'q': text})}"
    is_more = sum(not entry.is_act for entry in found) >= MOST
    groups = [Group("runs", "Runs", found, everything if is_more else "")]
    if asked:
        called = {name: Group(name, title, entries) for name, title, entries in _others(person, around, text, asked)}
        # whoever writes the name of a page wants the page
        first = [called.pop("pages")] if _is_named(called["pages"].entries, text) else []
        groups = [*first, *groups, *called.values()]
    return Found(text, _filled(groups))


def _others(person: Person, around: Around, text: str, asked: list[str]) -> list[tuple[str, str, tuple[Entry, ...]]]:
    return [
        ("playbooks", "Playbooks", playbooks.found(person, asked)),
        ("people", "People", _people(around, text)),
        ("pages", "Pages", pages.found(person, around, asked)),
        ("acts", "Do", pages.acts(person, around, asked)),
    ]


def _people(around: Around, text: str) -> tuple[Entry, ...]:
    """People, for those who may read their pages."""
    if not around.reads_directory:
        return ()
    page = listed.page(listed.Filters(text=text), MOST)
    return tuple(
        Entry(str(one), reverse("person", args=[one.username]), "person", one.job_title, one.username, person=one)
        for one in page.people
    )


def _is_named(entries: tuple[Entry, ...], text: str) -> bool:
    return any(entry.title.lower() == text.lower() for entry in entries)


def _filled(groups: list[Group]) -> tuple[Group, ...]:
    return tuple(group for group in groups if group.entries)
