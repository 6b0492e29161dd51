"""The form of “How I am told”: which kind goes out by what, how often, and never when. Read with its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from django.http import QueryDict

from runs.models import Notice, NoticeWish
from runs.notices import routes
from runs.notices.routes import Route
from workflows.models import Person

Rhythm = NoticeWish.Rhythm
NOT_A_TIME = "Write a time of day, such as 22:00."


@dataclass(frozen=True)
class Choices:
    """What the form holds, as typed; `errors` by field."""

    kinds: list[tuple[str, str, Route]]
    rhythm: str
    daily_at: str
    quiet_from: str
    quiet_until: str
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def rhythms(self) -> list[tuple[str, str]]:
        return list(Rhythm.choices)


def kinds_for(person: Person) -> list[Notice.Kind]:
    """The kinds that this person may ever be told of."""
    return [kind for kind in Notice.Kind if kind != Notice.Kind.ADMINISTRATION or person.is_superuser]


def kept(person: Person) -> Choices:
    wishes = routes.of([person.pk])[person.pk]
    when = wishes.when
    return Choices(
        [(kind.value, kind.label, wishes.routes[kind.value]) for kind in kinds_for(person)],
        when.rhythm,
        f"{when.daily_at:%H:%M}",
        f"{when.quiet_from:%H:%M}" if when.quiet_from else "",
        f"{when.quiet_until:%H:%M}" if when.quiet_until else "",
    )


def keep(person: Person, post: QueryDict) -> Choices | None:
    """Keep what was chosen; return the form with its errors where it cannot be."""
    errors: dict[str, str] = {}
    chosen = {
        kind.value: Route(f"mail-{kind.value}" in post, f"channels-{kind.value}" in post) for kind in kinds_for(person)
    }
    rhythm = post.get("rhythm", "")
    if rhythm not in Rhythm.values:
        errors["rhythm"] = "Choose one of these."
    daily_at, start, end = (_time(post.get(name, "")) for name in ("daily_at", "quiet_from", "quiet_until"))
    for name, found in (("daily_at", daily_at), ("quiet_from", start), ("quiet_until", end)):
        if post.get(name, "").strip() and found is None:
            errors[name] = NOT_A_TIME
    if daily_at is None and rhythm == Rhythm.DAILY:
        errors.setdefault("daily_at", "Say at what time of day.")
    if "quiet_from" not in errors and "quiet_until" not in errors:
        if (start is None) != (end is None):
            errors["quiet_until" if end is None else "quiet_from"] = "Quiet hours have a beginning and an end."
        elif start is not None and start == end:
            errors["quiet_until"] = "Quiet hours end at another time than they begin."
    if errors:
        typed = (post.get(name, "")[:20] for name in ("rhythm", "daily_at", "quiet_from", "quiet_until"))
        return Choices([(kind.value, kind.label, chosen[kind.value]) for kind in kinds_for(person)], *typed, errors)
    quiet = (start, end) if start is not None and end is not None else None
    routes.choose(person, chosen, rhythm, daily_at or time(8, 0), quiet)
    return None


def _time(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed.strip()).replace(tzinfo=None)
    except ValueError:
        return None
