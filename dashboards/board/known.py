"""What a reader may filter the Runs page by: playbooks and their versions, units, people. Asked only where needed.

Nothing here shows a run: a filter narrows what its reader may see anyway. It keeps names from those who have nothing to
do with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboards.shelf.titles import titles
from workflows.models import Artifact, Person, Unit, Version

#: So many people fit a list to pick from.
PICKABLE = 300


@dataclass(frozen=True)
class Place:
    """A unit in the tree."""

    title: str
    path: str

    @property
    def indent(self) -> str:
        """What sets it in, in a list to pick from, below the units above it."""
        return "\u2003" * (self.path.count("/") - 2)


@dataclass(frozen=True)
class Known:
    """Each part is read at most once, in one query, when it is first asked for."""

    reader: Person
    _versions: dict[str, Mapping[int, str]] = field(default_factory=dict)

    @cached_property
    def playbooks(self) -> Mapping[str, str]:
        """Titles by slug."""
        return titles(self.reader)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The units in which the reader has a part."""
        return tuple(self.reader.parts.values_list("unit__path", flat=True).distinct())

    @property
    def own_units(self) -> Mapping[str, Place]:
        """Units by slug in which the reader has a part, by itself or in one above: a view may be shared with them."""
        return {slug: unit for slug, unit in self.units.items() if unit.path.startswith(self.paths)}

    @cached_property
    def units(self) -> Mapping[str, Place]:
        """Units by slug, in the order of the tree: those with a playbook the reader may find, and all above them."""
        playbooks = Artifact.objects.visible_to(self.reader).filter(unit=OuterRef("pk"))
        rows = list(Unit.objects.annotate(holds=Exists(playbooks)).order_by("path"))
        mine = [unit.path for unit in rows if unit.holds or unit.path.startswith(self.paths)]
        above = {path for unit in rows if unit.path in set(mine) for path in unit.paths}
        return {unit.slug: Place(unit.title, unit.path) for unit in rows if unit.path in above}

    @cached_property
    def people(self) -> Mapping[str, str]:
        """Full names by username: the reader, then colleagues by name."""
        rows = self._colleagues().order_by("first_name", "last_name", "username")[:PICKABLE]
        found = {person.username: str(person) for person in rows}
        return {self.reader.username: str(self.reader), **found}

    def name_of(self, username: str) -> str:
        """Return the full name of a colleague, also of one beyond those who fit the list; empty: none."""
        if username in self.people or len(self.people) < PICKABLE:
            return self.people.get(username, "")
        found = self._colleagues().filter(username=username).first()
        return str(found) if found else ""

    def versions(self, playbook: str) -> Mapping[int, str]:
        """The versions of a playbook that were ever published, newest first: status by number."""
        if playbook not in self._versions:
            self.prepare([playbook])
        return self._versions[playbook]

    def prepare(self, playbooks: Iterable[str]) -> None:
        """Read the versions of several playbooks in one query."""
        found: dict[str, dict[int, str]] = {slug: {} for slug in playbooks}
        rows = Version.objects.visible_to(self.reader).playbooks().filter(artifact__slug__in=found)
        for slug, number, status in rows.order_by("-number").values_list("artifact__slug", "number", "status"):
            found[slug][number] = status.replace("_", " ")
        self._versions.update(found)

    def _colleagues(self) -> QuerySet[Person]:
        """Whoever shares a group or a unit with the reader, or is in a role of the playbooks of the reader's units."""
        in_units, of_units = Q(pk__in=[]), Q(pk__in=[])
        for path in self.paths:
            in_units |= Q(parts__unit__path__startswith=path)
            of_units |= Q(version__artifact__unit__path__startswith=path)
        roles = Version.role_groups.through.objects.filter(of_units).values("group")
        mine = Q(groups__in=self.reader.groups.values("pk"))
        found = Person.objects.filter(mine | in_units | Q(groups__in=roles)).values("pk")
        return Person.objects.filter(pk__in=found)
