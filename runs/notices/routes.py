"""How each kind of notice reaches a person besides the page: what they chose, else what is usual."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time

from runs.models import Notice, NoticeRoute, NoticeWish
from workflows.models import Person
from workflows.writing import writing

Kind = Notice.Kind


@dataclass(frozen=True)
class Route:
    """The page shows every notice; these are what it goes out by as well."""

    mail: bool = False
    channels: bool = False


#: What asks for an act goes everywhere, what one may want to know by mail, the rest stays on the page.
USUAL: dict[Notice.Kind, Route] = {
    Kind.ASKED: Route(True, True),
    Kind.TASK: Route(True, True),
    Kind.REWORK: Route(True, True),
    Kind.REMINDER: Route(True, True),
    Kind.OVERDUE: Route(True, True),
    Kind.INCIDENT: Route(True, True),
    Kind.MENTION: Route(True, True),
    Kind.REVIEW: Route(True, True),
    Kind.ADMINISTRATION: Route(True, True),
    Kind.DECIDED: Route(True),
    Kind.DELEGATION: Route(True),
    Kind.STAFFING: Route(True),
    Kind.REVIEWED: Route(True),
    Kind.OWNED: Route(True),
    Kind.OFFERED: Route(),
    Kind.ENDED: Route(),
}


@dataclass(frozen=True)
class Wishes:
    """All that one person has chosen."""

    when: NoticeWish
    routes: Mapping[str, Route]


def of(people: Collection[int]) -> dict[int, Wishes]:
    """Return what these people have chosen, by their keys: two statements."""
    whens = {wish.person_id: wish for wish in NoticeWish.objects.filter(person__in=people)}
    routes: dict[int, dict[str, Route]] = {pk: {kind.value: route for kind, route in USUAL.items()} for pk in people}
    for row in NoticeRoute.objects.filter(person__in=people):
        routes[row.person_id][row.kind] = Route(row.mail, row.channels)
    return {pk: Wishes(whens.get(pk) or NoticeWish(person_id=pk), routes[pk]) for pk in people}


def choose(
    person: Person,
    routes: Mapping[str, Route],
    rhythm: str,
    daily_at: time,
    quiet: tuple[time, time] | None,
) -> None:
    """Keep what a person has chosen."""
    quiet_from, quiet_until = quiet or (None, None)
    with writing():
        NoticeWish.objects.update_or_create(
            person=person,
            defaults={
                "rhythm": NoticeWish.Rhythm(rhythm),
                "daily_at": daily_at,
                "quiet_from": quiet_from,
                "quiet_until": quiet_until,
            },
        )
        NoticeRoute.objects.filter(person=person).delete()
        NoticeRoute.objects.bulk_create(
            NoticeRoute(person=person, kind=kind, mail=route.mail, channels=route.channels)
            for kind, route in routes.items()
            if route != USUAL[Kind(kind)]
        )
