"""What a reader may filter the Runs page by: playbooks and their versions, units, people. Asked only where needed.

Nothing here shows a run: a filter narrows what its reader may see anyway. It keeps names from those who have nothing to
do with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Exists, OuterRef

from dashboards.shelf.titles import titles
from workflows.models import Artifact, Person, Unit, Version
from workflows.prepared import rows

#: So many people fit a list to pick from.
PICKABLE = 300
#: Whoever shares a group or a unit with the reader, or is in a role of the playbooks of their units. Written out,
#: as the ORM takes longer over it than over the whole page.
COLLEAGUES = f"""
SELECT person.username, person.first_name, person.last_name FROM workflows_person person
WHERE (%s = '' OR person.username = %s) AND (
    EXISTS (
        SELECT 1 FROM workflows_person_groups mine
        JOIN workflows_person_groups theirs ON theirs.group_id = mine.group_id
        WHERE mine.person_id = %s AND theirs.person_id = person.id
    ) OR EXISTS (
        SELECT 1 FROM workflows_part held
        JOIN workflows_unit above ON above.id = held.unit_id
        JOIN workflows_unit unit ON substr(unit.path, 1, length(above.path)) = above.path
        JOIN workflows_part theirs ON theirs.unit_id = unit.id
        WHERE held.person_id = %s AND theirs.person_id = person.id
    ) OR EXISTS (
        SELECT 1 FROM workflows_part held
        JOIN workflows_unit above ON above.id = held.unit_id
        JOIN workflows_unit unit ON substr(unit.path, 1, length(above.path)) = above.path
        JOIN workflows_artifact artifact ON artifact.unit_id = unit.id
        JOIN workflows_version version ON version.artifact_id = artifact.id
        JOIN workflows_version_role_groups role ON role.version_id = version.id
        JOIN workflows_person_groups member ON member.group_id = role.group_id
        WHERE held.person_id = %s AND member.person_id = person.id
    )
)
ORDER BY person.first_name, person.last_name, person.username LIMIT {PICKABLE}
"""


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
    _names: dict[str, str] = field(default_factory=dict)

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
        return {self.reader.username: str(self.reader), **self._colleagues()}

    def name_of(self, username: str) -> str:
        """Return the full name of a colleague, without reading the whole list; empty: none."""
        if username == self.reader.username:
            return str(self.reader)
        if username not in self._names:
            self._names[username] = self._colleagues(username).get(username, "")
        return self._names[username]

    def versions(self, playbook: str) -> Mapping[int, str]:
        """The versions of a playbook that were ever published, newest first: status by number."""
        if playbook not in self._versions:
            self.prepare([playbook])
        return self._versions[playbook]

    def prepare(self, playbooks: Iterable[str]) -> None:
        """Read the versions of several playbooks in one query."""
        found: dict[str, dict[int, str]] = {slug: {} for slug in playbooks}
        rows = Version.objects.visible_to(self.reader).out().playbooks().filter(artifact__slug__in=found)
        for slug, number, status in rows.order_by("-number").values_list("artifact__slug", "number", "status"):
            found[slug][number] = status.replace("_", " ")
        self._versions.update(found)

    def _colleagues(self, username: str = "") -> dict[str, str]:
        """Return the full names of colleagues by username, so many as can be picked from, or of this one alone."""
        key = self.reader.pk
        found = rows(COLLEAGUES, [username, username, key, key, key])
        return {name: str(Person(username=name, first_name=first, last_name=last)) for name, first, last in found}
