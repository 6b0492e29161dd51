"""One page of the directory's log, newest first, by days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from dashboards.people import told
from dashboards.people.told import Line
from workflows.models import DirectoryEntry

PAGE = 100


@dataclass(frozen=True)
class Log:
    """`of` narrows it to what was done to a person or by them, `kind` to one kind of change."""

    days: tuple[tuple[date, tuple[Line, ...]], ...]
    of: str
    kind: str
    earlier: str
    newest: str
    is_first: bool
    kinds: tuple[tuple[str, str], ...]


def read(get: QueryDict, size: int = PAGE) -> Log:
    """Read what the address asks for: two statements."""
    of, kind, before = get.get("of", "").strip()[:150], get.get("kind", ""), get.get("before", "")
    kinds = tuple((value, str(words).capitalize()) for value, words in DirectoryEntry.Kind.choices)
    kind = kind if kind in DirectoryEntry.Kind.values else ""
    entries = DirectoryEntry.objects.select_related("person").order_by("-pk")
    if of:
        entries = entries.filter(Q(person__username=of) | Q(by=of))
    if kind:
        entries = entries.filter(kind=kind)
    is_first = not (before.isdecimal() and len(before) < 19)
    if not is_first:
        entries = entries.filter(pk__lt=int(before))
    found = list(entries[: size + 1])
    days = groupby(told.lines(found[:size]), key=lambda line: timezone.localtime(line.entry.at).date())
    asked = {name: value for name, value in (("of", of), ("kind", kind)) if value}
    earlier = f"?{urlencode({**asked, 'before': found[size - 1].pk})}" if len(found) > size else ""
    return Log(
        tuple((day, tuple(lines)) for day, lines in days), of, kind, earlier, f"?{urlencode(asked)}", is_first, kinds
    )
