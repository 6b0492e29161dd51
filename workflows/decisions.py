"""The decisions of the library: their tables as published, read once for each digest."""

from __future__ import annotations

import json
from functools import lru_cache

from engine.lifecycles import VersionStatus
from engine.tables import table as tables
from engine.tables.table import Table
from workflows.models import Version


def known() -> dict[str, Table]:
    """Return the tables that playbooks published now may ask, by id. One query, and one for each that is new here."""
    published = Version.objects.decisions().filter(status=VersionStatus.PUBLISHED)
    digests = published.values_list("artifact__slug", "digest")
    return {slug: by_digest(digest) for slug, digest in digests}


def of_version(version: Version) -> Table:
    return by_digest(version.digest)


@lru_cache(maxsize=256)
def by_digest(digest: str) -> Table:
    """Return the table with this digest. Raises `LookupError` when no version holds it."""
    stored = Version.objects.decisions().filter(digest=digest).values_list("definition", flat=True).first()
    if stored is None:
        raise LookupError(f"no version has the decision {digest}")
    return tables.from_json(json.loads(stored))
