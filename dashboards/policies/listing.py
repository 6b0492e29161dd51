"""Exceptions as they are listed: those that wait for a decision, those that count, and those that are over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from engine.lifecycles import ExceptionStatus
from engine.naming import WORDS
from engine.policies import say
from workflows.models import GovernanceEntry, Person, PolicyException, Version
from workflows.policies.binding import all_bound
from workflows.policies.checking import LONGEST_REQUIREMENT
from workflows.policies.exceptions import named

#: Of what is over so many are listed, the newest first; the log of governance keeps all.
MOST_OVER = 100
SOON = timedelta(days=14)


@dataclass(frozen=True)
class Shown:
    """One exception with the titles that people know, and how it stands: a look of the statuses, and words.

    `demand` is what it need not keep, in words where the policy demands it still.
    """

    row: PolicyException
    playbook: str
    policy: str
    demand: str
    look: str
    words: str
    ends_soon: bool = False


@dataclass(frozen=True)
class Shelf:
    asked: tuple[Shown, ...]
    in_force: tuple[Shown, ...]
    over: tuple[Shown, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.asked or self.in_force or self.over)


def read(person: Person, now: datetime) -> Shelf:
    """Read the exceptions that this person may see. A fixed number of statements."""
    seen = PolicyException.objects.visible_to(person).select_related("policy", "playbook", "asked_by", "decided_by")
    open_now = seen.filter(ends_at__gt=now, status__in=(ExceptionStatus.ASKED.value, ExceptionStatus.GRANTED.value))
    rows = list(open_now.order_by("ends_at"))
    over = list(seen.exclude(pk__in=[row.pk for row in rows]).order_by("-ends_at")[:MOST_OVER])
    telling = _Telling(now, titles_of([*rows, *over]), demands() if rows or over else {})
    found = [_shown(row, telling) for row in rows]
    return Shelf(
        tuple(one for one in found if one.row.status == ExceptionStatus.ASKED),
        tuple(one for one in found if one.row.status == ExceptionStatus.GRANTED),
        tuple(_shown(row, telling) for row in over),
    )


def shown(row: PolicyException, now: datetime) -> Shown:
    return _shown(row, _Telling(now, titles_of([row]), demands()))


def log_of(exception: PolicyException) -> tuple[GovernanceEntry, ...]:
    """Return what the log of governance says of it, the newest first."""
    says = GovernanceEntry.objects.filter(artifact=exception.playbook, about__contains=named(exception)).select_related(
        "artifact"
    )
    return tuple(says.order_by("-pk")[:50])


def titles_of(rows: Iterable[PolicyException]) -> dict[int, str]:
    """Return the title of the newest version of each artifact, by its key."""
    wanted = {key for row in rows for key in (row.policy_id, row.playbook_id)}
    newest = Version.objects.filter(artifact__in=wanted).values("artifact").annotate(last=Max("number"))
    last = {row["artifact"]: row["last"] for row in newest}
    versions = Version.objects.filter(artifact__in=wanted).values_list("artifact", "number", "title")
    return {artifact: title for artifact, number, title in versions if last.get(artifact) == number}


def demands() -> dict[str, str]:
    """Return what published policies demand, in words, by the sentence that exceptions hold. One statement."""
    every = (demand for bound in all_bound() for demand in bound.policy.require)
    return {say(demand)[:LONGEST_REQUIREMENT]: say(demand, WORDS) for demand in every}


@dataclass(frozen=True)
class _Telling:
    """What exceptions are told with, looked up for all of them: when, titles, and demands in words."""

    now: datetime
    titles: Mapping[int, str]
    demands: Mapping[str, str]


def _shown(row: PolicyException, telling: _Telling) -> Shown:
    look, words = _standing(row, telling.now)
    return Shown(
        row,
        telling.titles.get(row.playbook_id, row.playbook.slug),
        telling.titles.get(row.policy_id, row.policy.slug),
        telling.demands.get(row.requirement, row.requirement),
        look,
        words,
        ends_soon=words == "in force" and row.ends_at - telling.now <= SOON,
    )


def _standing(row: PolicyException, now: datetime) -> tuple[str, str]:
    if row.status == ExceptionStatus.REFUSED:
        return "failed", "refused"
    if row.status == ExceptionStatus.REVOKED:
        return "paused", "ended before its date"
    if row.ends_at <= now:
        return "paused", "over" if row.status == ExceptionStatus.GRANTED else "never decided"
    if row.status == ExceptionStatus.ASKED:
        return "waiting", "waits for a decision"
    return ("done", "in force") if row.starts_at <= now else ("waiting", "granted, not begun")
