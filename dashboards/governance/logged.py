"""One page of the governance log, newest first, by days: what was done, by whom, about what, from when to when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboards.governance import told
from dashboards.governance.items import within
from dashboards.governance.told import Line
from workflows.models import GovernanceEntry, Unit

PAGE = 100
KINDS = tuple((value, str(words).capitalize()) for value, words in GovernanceEntry.Kind.choices)


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `problems` say at which filter (by its name) what could not be used, and why."""

    kind: str = ""
    by: str = ""
    about: str = ""
    since: str = ""
    until: str = ""
    before: int = 0
    problems: Mapping[str, str] = field(default_factory=dict)

    def address(self, before: int = 0) -> str:
        given = {"kind": self.kind, "by": self.by, "about": self.about, "from": self.since, "to": self.until}
        given |= {"before": str(before)} if before else {}
        return "?" + urlencode({name: value for name, value in given.items() if value})

    @property
    def is_narrow(self) -> bool:
        return any((self.kind, self.by, self.about, self.since, self.until))


@dataclass(frozen=True)
class Log:
    """`earlier` is the address of the page that follows, or empty."""

    asked: Asked
    days: tuple[tuple[date, tuple[Line, ...]], ...]
    earlier: str


def asked(address: Mapping[str, str]) -> Asked:
    """Read the filters; a date that is none is said at its field, and left out."""
    kind, by, about = (address.get(name, "").replace("\0", "").strip()[:300] for name in ("kind", "by", "about"))
    since, until, before = (address.get(name, "").strip()[:20] for name in ("from", "to", "before"))
    problems = {name: "Write a day, as 2026-06-30." for name, text in (("from", since), ("to", until)) if _wrong(text)}
    if not problems and since and until and since > until:
        problems["to"] = "This is before the first day: nothing lies between."
    number = int(before) if before.isdecimal() and len(before) < 19 else 0
    known = kind if kind in GovernanceEntry.Kind.values else ""
    return Asked(known, by[:150], about, since, until, number, problems)


def entries(paths: Sequence[str], wanted: Asked) -> QuerySet[GovernanceEntry]:
    """Return what fits, newest first, of these units and below; what is about no unit goes to whoever has the whole."""
    mine = within(paths, "unit")
    if Unit.objects.filter(parent=None, path__in=paths).exists():
        mine |= Q(unit=None)
    found = GovernanceEntry.objects.filter(mine).select_related("artifact").order_by("-pk")
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.by:
        found = found.filter(by=wanted.by)
    if wanted.about:
        found = found.filter(Q(artifact__slug=wanted.about) | Q(unit__slug=wanted.about) | Q(about=wanted.about))
    if wanted.since and "from" not in wanted.problems:
        found = found.filter(at__gte=_midnight(date.fromisoformat(wanted.since)))
    if wanted.until and "to" not in wanted.problems:
        found = found.filter(at__lt=_midnight(date.fromisoformat(wanted.until) + timedelta(days=1)))
    return found


def read(paths: Sequence[str], address: Mapping[str, str], size: int = PAGE) -> Log:
    """Read the page that the address asks for. Three statements."""
    wanted = asked(address)
    fitting = entries(paths, wanted)
    found = list((fitting.filter(pk__lt=wanted.before) if wanted.before else fitting)[: size + 1])
    days = groupby(told.lines(found[:size]), key=lambda line: timezone.localtime(line.entry.at).date())
    earlier = wanted.address(before=found[size - 1].pk) if len(found) > size else ""
    return Log(wanted, tuple((day, tuple(lines)) for day, lines in days), earlier)


def _midnight(day: date) -> datetime:
    """Return when this day begins where the reader is."""
    return datetime.combine(day, time(), timezone.get_current_timezone())


def _wrong(text: str) -> bool:
    try:
        return bool(text) and not date(1900, 1, 1) <= date.fromisoformat(text) <= date(2200, 1, 1)
    except ValueError:
        return True
