"""One page of people: found by words, narrowed by group, part and kind of account, by keyset along the name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib.auth.models import Group
from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower, Trim
from django.http import QueryDict

from workflows.models import Part, Person

PAGE = 50
LONGEST = 100
SHOWN = {
    "active": ("Active accounts", Q(is_active=True)),
    "inactive": ("Accounts that are not active", Q(is_active=False)),
    "administrators": ("Administrators", Q(is_superuser=True, is_active=True)),
    "services": ("Service accounts", Q(is_service=True)),
    "all": ("Every account", Q()),
}
#: Along this the list runs. It ends in the username, which has no spaces, so no two people share it.
KEY = Lower(Trim(Concat("first_name", Value(" "), "last_name", Value(" "), "username")))
#: What each row shows beside the person.
WITH = (
    Prefetch("groups", Group.objects.order_by("name")),
    Prefetch("parts", Part.objects.select_related("unit").order_by("unit__path", "part")),
)


@dataclass(frozen=True)
class Filters:
    """What is asked for; `after` is the username that the page before ended with."""

    text: str = ""
    group: str = ""
    part: str = ""
    show: str = "active"
    after: str = ""

    @property
    def is_narrowed(self) -> bool:
        return replace(self, after="") != Filters()

    def query(self, **changes: str) -> str:
        """The address of the same list with these changes, at its first page unless `after` is among them."""
        asked = replace(self, **{"after": "", **changes})
        said = {"q": asked.text, "group": asked.group, "part": asked.part, "show": asked.show, "after": asked.after}
        said = {name: value for name, value in said.items() if value and (name, value) != ("show", "active")}
        return f"?{urlencode(said)}" if said else ""


@dataclass(frozen=True)
class Page:
    """`after` is where the next page begins, empty on the last."""

    people: tuple[Person, ...]
    after: str


def read(get: QueryDict, groups: Collection[str]) -> Filters:
    """Take the filters out of an address; what is unknown there is left out."""
    group, part, show = get.get("group", ""), get.get("part", ""), get.get("show", "")
    return Filters(
        text=get.get("q", "").strip()[:LONGEST],
        group=group if group in groups else "",
        part=part if part in Part.Kind.values else "",
        show=show if show in SHOWN else "active",
        after=get.get("after", "")[:150],
    )


def page(filters: Filters, size: int = PAGE) -> Page:
    """Read one page with groups and parts: three statements, one more after the first page."""
    found = _narrowed(filters).annotate(key=KEY).order_by("key")
    if filters.after and (last := Person.objects.filter(username=filters.after).annotate(key=KEY).first()):
        found = found.filter(key__gt=last.key)
    people = list(found.prefetch_related(*WITH)[: size + 1])
    return Page(tuple(people[:size]), people[size - 1].username if len(people) > size else "")


def _narrowed(filters: Filters) -> QuerySet[Person]:
    people = Person.objects.filter(SHOWN[filters.show][1])
    if filters.group:
        people = people.filter(groups__name=filters.group)
    if filters.part:
        people = people.filter(pk__in=Part.objects.filter(part=filters.part).values("person"))
    for word in filters.text.split():
        names = Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(username__icontains=word)
        people = people.filter(names | Q(job_title__icontains=word) | Q(email__icontains=word))
    return people
