"""The playbooks' titles by their ids, for menus and tables: of the newest version that was published."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Lower

from workflows.models import Artifact, Person, Version


def titles(person: Person) -> dict[str, str]:
    """Return the titles of the playbooks this person may find, by slug, in the order of the alphabet. One query."""
    newest = Version.objects.visible_to(person).out().playbooks().filter(artifact=OuterRef("pk")).order_by("-number")
    named = Artifact.objects.visible_to(person).annotate(title=Subquery(newest.values("title")[:1]))
    named = named.exclude(title=None)
    return dict(named.order_by(Lower("title"), "slug").values_list("slug", "title"))
