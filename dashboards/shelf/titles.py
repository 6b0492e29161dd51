"""The playbooks' titles by their ids, for menus and tables: of the newest version that was published."""

from __future__ import annotations

from workflows.models import Person, Version
from workflows.prepared import rows


def titles(person: Person) -> dict[str, str]:
    """Return the titles of the playbooks this person may find, by slug, in the order of the alphabet. One query."""
    found = Version.objects.visible_to(person).out().playbooks().order_by("number")
    newest = dict(rows(*found.values_list("artifact__slug", "title").query.sql_with_params()))
    return dict(sorted(newest.items(), key=lambda named: (named[1].lower(), named[0])))
