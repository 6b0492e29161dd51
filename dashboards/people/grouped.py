"""One page of groups: who is in each, and which published playbooks make a role of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from dashboards.board.rows import group_name
from dashboards.people import roles
from dashboards.people.roles import Use
from workflows.models import Person

PAGE, MOST = 50, 8


@dataclass(frozen=True)
class Row:
    """`count` are the members that count now: active, and no program. `more` of them are not named."""

    group: Group
    name: str
    members: tuple[Person, ...]
    count: int
    uses: tuple[Use, ...]

    @property
    def more(self) -> int:
        return self.count - len(self.members)


@dataclass(frozen=True)
class Page:
    """`after` is the name that the page ends with, where another follows."""

    rows: tuple[Row, ...]
    after: str
    is_first: bool


def page(reader: Person, after: str = "", size: int = PAGE) -> Page:
    """Read one page, by keyset along the name: three statements."""
    acting = Q(user__is_active=True, user__is_service=False)
    found = Group.objects.filter(name__gt=after).annotate(count=Count("user", filter=acting)).order_by("name")
    groups = list(found[: size + 1])
    shown = groups[:size]
    members, uses = _members(shown), roles.of_groups([group.name for group in shown], reader)
    rows = tuple(
        Row(group, group_name(group.name), tuple(members[group.pk]), group.count, tuple(uses.get(group.name, ())))
        for group in shown
    )
    return Page(rows, shown[-1].name if len(groups) > size else "", not after)


def _members(groups: list[Group]) -> dict[int, list[Person]]:
    place = Window(RowNumber(), partition_by=F("groups"), order_by=["first_name", "last_name", "username"])
    acting = Person.objects.filter(groups__in=groups, is_active=True, is_service=False)
    found: dict[int, list[Person]] = defaultdict(list)
    for person in acting.annotate(group=F("groups"), place=place).filter(place__lte=MOST).order_by("group", "place"):
        found[person.group].append(person)
    return found
