"""The decisions of the library: their tables as published, and as shipped.

What is published counts where a playbook is published. A file that is only compiled or rehearsed may ask the decisions
given with it, and those that are shipped (in `workflows/library/<id>/<id>.yaml`), as it may name shipped calendars.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from engine.compiler import compile_text, is_decision
from engine.lifecycles import VersionStatus
from engine.tables import table as tables
from engine.tables.table import Table
from workflows.models import Version

FOLDER = Path(__file__).parent / "library"


def known() -> dict[str, Table]:
    """Return the tables that playbooks published now may ask, by id. One query, and one for each that is new here."""
    published = Version.objects.decisions().filter(status=VersionStatus.PUBLISHED)
    digests = published.values_list("artifact__slug", "digest")
    return {slug: by_digest(digest) for slug, digest in digests}


class BrokenDecision(Exception):
    """A decision of the shipped library has errors: the installation is broken."""


class Shipped(Mapping[str, Table]):
    """The shipped tables by id, each compiled when it is first asked for."""

    def __iter__(self) -> Iterator[str]:
        return iter(_files())

    def __len__(self) -> int:
        return len(_files())

    def __contains__(self, name: object) -> bool:
        return name in _files()

    def __getitem__(self, name: str) -> Table:
        return _shipped(_files()[name])


@cache
def _files() -> dict[str, Path]:
    found = (file for file in sorted(FOLDER.glob("*/*.yaml")) if file.stem == file.parent.name)
    return {file.stem: file for file in found if is_decision(file.read_text(encoding="utf-8"))}


@cache
def _shipped(file: Path) -> Table:
    compiled = compile_text(file.read_text(encoding="utf-8"), file.name)
    if not compiled.ok or compiled.table is None:
        said = compiled.problems[0].message if compiled.problems else "it is no decision."
        raise BrokenDecision(f"{file.name}: {said}")
    return compiled.table


SHIPPED = Shipped()


def of_version(version: Version) -> Table:
    return by_digest(version.digest)


@lru_cache(maxsize=256)
def by_digest(digest: str) -> Table:
    """Return the table with this digest. Raises `LookupError` when no version holds it."""
    stored = Version.objects.decisions().filter(digest=digest).values_list("definition", flat=True).first()
    if stored is None:
        raise LookupError(f"no version has the decision {digest}")
    return tables.from_json(json.loads(stored))
