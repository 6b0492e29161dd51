"""From notices to letters: who wants what by which means, and when. Done by the clock, after the event is committed.

A notice that nobody has sorted is found by the next sweep, so nothing is lost with a process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from engine.definition import GateSpec, TaskSpec
from runs import definitions, directory
from runs.clock import Clock, database_clock
from runs.models import Channel, Letter, Notice
from runs.notices import hours, routes, sight
from runs.notices.overtaken import IS_OVER
from workflows import guard
from workflows.writing import writing

#: So many notices in one transaction.
PAGE = 200
#: What is found later than this stands on the page and goes out no more: a clock that stood still floods nobody.
STALE = timedelta(days=1)
#: What is asked of a role is told in the role's channels.
_OF_A_ROLE = (Notice.Kind.ASKED, Notice.Kind.OFFERED, Notice.Kind.REWORK, Notice.Kind.REMINDER, Notice.Kind.REVIEW)


def sort(clock: Clock = database_clock) -> int:
    """Write the letters of all notices that have none yet; return how many notices that were."""
    count = 0
    while Notice.objects.filter(sorted_at__isnull=True).exists():
        done = _sort_page(clock)
        count += done
        if done < PAGE:
            break
    return count


def _sort_page(clock: Clock) -> int:
    with writing():
        now = clock()
        rows = Notice.objects.filter(sorted_at__isnull=True).order_by("pk")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        keys = list(rows.values_list("pk", flat=True)[:PAGE])
        if not keys:
            return 0
        fresh = Notice.objects.filter(pk__in=keys, read_at__isnull=True, at__gte=now - STALE).exclude(IS_OVER)
        notices = list(fresh.select_related("person", "run__version", "step", "matter__review").order_by("pk"))
        Letter.objects.bulk_create([*_to_people(notices, now), *_to_roles(notices, now)])
        Notice.objects.filter(pk__in=keys).update(sorted_at=now)
    return len(keys)


def _to_people(notices: Sequence[Notice], now: datetime) -> Iterator[Letter]:
    people = {notice.person_id for notice in notices}
    wishes = routes.of(people)
    channels: dict[int, list[Channel]] = {}
    for channel in Channel.objects.filter(person__in=people, verified_at__isnull=False).order_by("pk"):
        channels.setdefault(channel.person_id or 0, []).append(channel)
    for notice in notices:
        person, wish = notice.person, wishes[notice.person_id]
        route = wish.routes[notice.kind]
        due_at = hours.due(wish.when, person.zone, now)
        if route.mail and person.email and settings.PENSTOCK_SENDS_MAIL:
            yield Letter(notice=notice, means=Letter.Means.MAIL, person=person, due_at=due_at)
        for channel in channels.get(person.pk, ()) if route.channels else ():
            yield Letter(notice=notice, means=Letter.Means.CHANNEL, channel=channel, due_at=due_at)


def _to_roles(notices: Sequence[Notice], now: datetime) -> Iterator[Letter]:
    """One letter for each thing that is asked of a role, however many people are in it."""
    channels: dict[str, list[Channel]] = {}
    for channel in Channel.objects.filter(group__isnull=False, verified_at__isnull=False).select_related("group"):
        channels.setdefault(channel.group.name, []).append(channel)
    told: set[tuple[int, str | int | None, str, datetime]] = set()
    for notice in notices if channels else ():
        if notice.kind not in _OF_A_ROLE:
            continue
        for channel in (channel for group in _groups(notice) for channel in channels.get(group, ())):
            key = (channel.pk, notice.url or notice.step_id, notice.kind, notice.at)
            if key not in told:
                told.add(key)
                yield Letter(notice=notice, means=Letter.Means.CHANNEL, channel=channel, due_at=now + hours.GATHER)


def _groups(notice: Notice) -> list[str]:
    """The groups of the roles that this step waits for, or that the policy names for this review."""
    matter = sight.matter(notice)
    if matter is not None and matter.review is not None:
        return guard.parts_and_groups(matter.review.approvers)[1]
    if notice.run is None or notice.step is None:
        return []
    definition = definitions.of_version(notice.run.version)
    does = notice.step.spec_in(definition).does
    names = does.approvers if isinstance(does, GateSpec) else (does.assign,) if isinstance(does, TaskSpec) else ()
    return list(dict.fromkeys(group for name in names for group in directory.meaning(definition, name)[0]))
