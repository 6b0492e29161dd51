"""The playbooks that others adapt: as published, and as shipped.

What is published counts where a playbook is published. A file that is only compiled or rehearsed may adapt the files
given with it, what is published where there is a database to ask, and what is shipped (in
`workflows/library/<id>/<id>.yaml`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db import DatabaseError

from engine import values
from engine.compiler import Parent, Parents, is_decision
from engine.definition import Definition
from engine.lifecycles import VersionStatus
from workflows.models import Version

FOLDER = Path(__file__).parent / "library"
_EXTENDS = re.compile(r"^extends\s*:", re.MULTILINE)
#: An exact version may be adapted as long as runs on it may go on.
_USABLE = (VersionStatus.PUBLISHED, VersionStatus.DEPRECATED)


@dataclass(frozen=True)
class AsCompiled:
    """The parents as a version was compiled with them: by the digests that it remembers."""

    digests: Mapping[str, str]

    def find(self, id: str, version: str) -> Parent | None:
        known = Version.objects.playbooks().filter(artifact__slug=id).values_list("number", "source")
        wanted = self.digests.get(id)
        found = next(((number, text) for number, text in known if values.digest(text) == wanted), None)
        return PUBLISHED.find(id, version) if found is None else Parent(f"{id}@{found[0]}", found[1])

    def ids(self) -> Iterable[str]:
        return self.digests


class Published:
    """Versions in the database: `^2` is the published one if it is the second or a newer.

    One that adapts another itself stands on that as it was published with it: who adapts it learns of a newer one
    above when it is published with that.
    """

    def find(self, id: str, version: str) -> Parent | None:
        known = Version.objects.playbooks().filter(artifact__slug=id)
        if version and not version.startswith("^"):
            found = known.filter(number=int(version), status__in=_USABLE)
        else:
            oldest = int(version[1:]) if version else 1
            found = known.filter(number__gte=oldest, status=VersionStatus.PUBLISHED)
        row = found.values_list("number", "source", "definition").first()
        return None if row is None else Parent(f"{id}@{row[0]}", row[1], _above(*row[1:]))

    def ids(self) -> Iterable[str]:
        published = Version.objects.playbooks().filter(status=VersionStatus.PUBLISHED)
        return list(published.values_list("artifact__slug", flat=True))


def of(version: Version) -> Parents:
    """Return where the parents of a version are: as it was compiled with."""
    return _above(version.source, version.definition) or PUBLISHED


def _above(source: str, definition: str) -> AsCompiled | None:
    """Return where the parents of a version are, if it has any."""
    if not _EXTENDS.search(source):
        return None
    extends = json.loads(definition).get("extends", ())
    return AsCompiled({one["playbook"]: one["digest"] for one in extends}) if extends else None


class Shipped:
    """The files of the shipped library, whatever version is asked for."""

    def find(self, id: str, version: str) -> Parent | None:
        file = _files().get(id)
        return None if file is None else Parent(file.name, file.read_text(encoding="utf-8"))

    def ids(self) -> Iterable[str]:
        return list(_files())


@cache
def _files() -> dict[str, Path]:
    found = (file for file in sorted(FOLDER.glob("*/*.yaml")) if file.stem == file.parent.name)
    return {file.stem: file for file in found if not is_decision(file.read_text(encoding="utf-8"))}


class AtHand:
    """What is published, where there is a database to ask, before what is shipped."""

    def find(self, id: str, version: str) -> Parent | None:
        try:
            found = PUBLISHED.find(id, version)
        except DatabaseError:
            found = None
        return found or SHIPPED.find(id, version)

    def ids(self) -> Iterable[str]:
        try:
            published = PUBLISHED.ids()
        except DatabaseError:
            published = ()
        return [*published, *SHIPPED.ids()]


PUBLISHED, SHIPPED, AT_HAND = Published(), Shipped(), AtHand()


def version_of(definition: Definition) -> Version | None:
    """Return the version that a playbook was compiled with, of the one that it adapts; None where it adapts nothing."""
    if not definition.extends:
        return None
    nearest = definition.extends[0]
    known = Version.objects.playbooks().filter(artifact__slug=nearest.playbook).exclude(status=VersionStatus.DRAFT)
    return next((one for one in known.only("source") if values.digest(one.source) == nearest.digest), None)
