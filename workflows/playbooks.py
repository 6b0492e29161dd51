"""The playbooks of the library that others may call: as published, each definition read when it is first asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property, lru_cache

from django.db import DatabaseError

from engine.compiler import Library
from engine.definition import Definition, from_json
from engine.lifecycles import VersionStatus
from workflows.models import Version

_CALLED = (VersionStatus.PUBLISHED, VersionStatus.DEPRECATED)


class Published(Library):
    """What is published when it is first asked: one query for all, and one for each definition that is new here."""

    def __getitem__(self, playbook: str) -> Definition:
        return by_digest(self._newest[playbook][1])

    def __iter__(self) -> Iterator[str]:
        return iter(self._newest)

    def __len__(self) -> int:
        return len(self._newest)

    def __contains__(self, playbook: object) -> bool:
        return playbook in self._newest

    def at(self, playbook: str, version: str) -> Definition | None:
        number, digest = self._newest.get(playbook, (0, ""))
        if not digest:
            return None
        if version.isdecimal() and int(version) != number:
            older = Version.objects.playbooks().filter(artifact__slug=playbook, number=int(version), status__in=_CALLED)
            digest = older.values_list("digest", flat=True).first() or ""
        elif version.startswith("^") and number < int(version[1:]):
            return None
        return by_digest(digest) if digest else None

    @cached_property
    def _newest(self) -> dict[str, tuple[int, str]]:
        """Playbook -> the number and the digest of its published version."""
        published = Version.objects.playbooks().filter(status=VersionStatus.PUBLISHED)
        return {
            slug: (number, digest)
            for slug, number, digest in published.values_list("artifact__slug", "number", "digest")
        }


class AtHand(Published):
    """What is published, for somebody who compiles files: nothing where there is no database to ask."""

    @cached_property
    def _newest(self) -> dict[str, tuple[int, str]]:
        try:
            return super()._newest
        except DatabaseError:
            return {}


@lru_cache(maxsize=1000)
def by_digest(digest: str) -> Definition:
    """Return the definition with this digest. Raises `LookupError` when no version holds it."""
    stored = Version.objects.playbooks().filter(digest=digest).values_list("definition", flat=True).first()
    if stored is None:
        raise LookupError(f"no version has the definition {digest}")
    return from_json(json.loads(stored))
