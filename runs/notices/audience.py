"""From news to rows: who they are now, and one notice for each, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from runs import onlookers
from runs.mentions import MOST_OF_A_GROUP
from runs.models import Delegation, Notice, Run, Step
from runs.notices.piece import News
from workflows.models import Part, Person

LONGEST_TITLE = 300


@dataclass
class Known:
    """The people that the news speak of: keys by username (of those who can be told), names, groups, operators.

    `seeing` are those who may see a run that somebody was called into.
    """

    keys: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    operators: dict[str, set[str]] = field(default_factory=dict)
    seeing: dict[UUID, set[str]] = field(default_factory=dict)


def write(news: Sequence[News], steps: Mapping[tuple[UUID, int], int], at: datetime) -> None:
    """Write the notices of these news; `steps` are the rows of their visits."""
    if not news:
        return
    known, acting = _known(news, at)
    steps = {**_untouched(news, steps), **steps}
    rows: dict[tuple[str, UUID, int | None, str], Notice] = {}
    for one in news:
        for username, absent in _recipients(one, known, acting[one.playbook]).items():
            key = (username, one.run, one.visit, one.kind)
            if username in known.keys and key not in rows:
                rows[key] = Notice(
                    person_id=known.keys[username],
                    kind=one.kind,
                    run_id=one.run,
                    step_id=steps.get((one.run, one.visit)) if one.visit is not None else None,
                    title=_title(one, absent, known),
                    body=_body(one, known),
                    at=at,
                )
    if rows:
        Notice.objects.bulk_create(rows.values())


def told(news: Sequence[News], at: datetime) -> list[tuple[str, ...]]:
    """Return whom each of these news would be told, by full name: the same people that `write` writes rows for."""
    if not news:
        return []
    known, acting = _known(news, at)
    return [
        tuple(known.names[name] for name in _recipients(one, known, acting[one.playbook]) if name in known.keys)
        for one in news
    ]


def _known(news: Sequence[News], at: datetime) -> tuple[Known, dict[str, list[tuple[str, str]]]]:
    """Return everybody these news speak of, and by playbook who acts for whom: at most three statements."""
    acting = _acting_for({name for one in news if one.asks for name in one.people}, at, {one.playbook for one in news})
    return _look_up(news, {name for pairs in acting.values() for pair in pairs for name in pair}), acting


def _acting_for(usernames: Collection[str], at: datetime, playbooks: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return by playbook who acts now for these people, as (delegate, delegator): one statement."""
    found: dict[str, list[tuple[str, str]]] = {playbook: [] for playbook in playbooks}
    if usernames:
        rows = Delegation.objects.in_force(at).filter(person__username__in=usernames).order_by("starts_at", "pk")
        for delegate, delegator, only in rows.values_list("to__username", "person__username", "playbooks__slug"):
            for playbook in found if only is None else found.keys() & {only}:
                found[playbook].append((delegate, delegator))
    return found


def _untouched(news: Sequence[News], steps: Mapping[tuple[UUID, int], int]) -> dict[tuple[UUID, int], int]:
    """Return the rows of visits that the batch left as they were: a reminder changes nothing."""
    wanted = {(one.run, one.visit) for one in news if one.visit is not None} - steps.keys()
    if not wanted:
        return {}
    rows = Step.objects.filter(run__in={run for run, _ in wanted}, number__in={number for _, number in wanted})
    return {(run, number): pk for run, number, pk in rows.values_list("run", "number", "pk")}


def _recipients(one: News, known: Known, acting: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return who is told, each with the person in whose place, or nothing."""
    found: dict[str, str] = {}
    if one.asks:
        for delegate, delegator in acting:
            if delegator in one.people and delegate not in one.barred:
                found.setdefault(delegate, delegator)
    found |= dict.fromkeys(one.people, "")
    for group in one.groups:
        members = known.groups.get(group, set())
        if len(members) <= MOST_OF_A_GROUP:
            found |= dict.fromkeys(members, "")
    for path in one.operators_of:
        found |= {name: "" for name in known.operators.get(path, ()) if name not in found}
    if one.kind == Notice.Kind.MENTION:  # asked once more: nobody is told of what they may not see
        found = {name: absent for name, absent in found.items() if name in known.seeing.get(one.run, ())}
    return {name: absent for name, absent in sorted(found.items()) if name not in one.without}


def _look_up(news: Sequence[News], more: Collection[str]) -> Known:
    """Two statements for any number of news: people with their groups, and operators where one is to be told."""
    usernames = set(more).union(*(one.people for one in news))
    usernames |= {name for one in news for name, _ in one.quotes if name}
    groups = frozenset().union(*(one.groups for one in news))
    known = Known()
    people = Person.objects.filter(Q(username__in=usernames) | Q(groups__name__in=groups))
    columns = ("pk", "username", "first_name", "last_name", "is_active", "is_service", "groups__name")
    for pk, username, first, last, active, service, group in people.values_list(*columns):
        known.names[username] = f"{first} {last}".strip() or username
        if active and not service:
            known.keys[username] = pk
            if group in groups:
                known.groups.setdefault(group, set()).add(username)
    called_into = {one.run for one in news if one.kind == Notice.Kind.MENTION}
    for run in Run.objects.filter(pk__in=called_into).select_related("unit", "version") if called_into else ():
        seeing = onlookers.of(run).filter(Q(username__in=usernames) | Q(groups__name__in=groups))
        known.seeing[run.pk] = set(seeing.values_list("username", flat=True))
    paths = {path for one in news for path in one.operators_of}
    if paths:
        parts = Part.objects.filter(part=Part.Kind.OPERATOR, unit__path__in=paths, person__is_active=True)
        named = ("person__username", "person__first_name", "person__last_name")
        for path, pk, username, first, last in parts.filter(person__is_service=False).values_list(
            "unit__path", "person__pk", *named
        ):
            known.keys[username] = pk
            known.names[username] = f"{first} {last}".strip() or username
            known.operators.setdefault(path, set()).add(username)
    return known


def _title(one: News, absent: str, known: Known) -> str:
    title = f"For {known.names.get(absent, absent)}: {one.title}" if absent else one.title
    return " ".join(title.split())[:LONGEST_TITLE]


def _body(one: News, known: Known) -> str:
    quotes = [
        f"{known.names.get(person, person)}: “{text}”" if text else f"{known.names.get(person, person)} gave no reason."
        for person, text in one.quotes
        if person
    ]
    return "\n".join(filter(None, (*quotes, one.body)))
