"""A view of the Runs page that somebody keeps: a name for an address. `dashboards.board.saved` has the verbs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from engine.lifecycles import VersionStatus
from workflows.models import Person, Unit, Version

LONGEST_NAME = 60


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, person: Person) -> SavedViewQuerySet:
        """One's own, and those shared with a unit that one has a part in, or a role of a published playbook of it.

        A view shows nobody a run: it is an address, and whoever opens it sees their own runs through it.
        """
        if not person.is_active:
            return self.none()
        shared = Q(pk__in=[])
        for path in person.parts.values_list("unit__path", flat=True).distinct():
            shared |= Q(unit__path__startswith=path)
        published = {"version__artifact__unit": OuterRef("unit"), "version__status": VersionStatus.PUBLISHED.value}
        in_group = Version.role_groups.through.objects.filter(group__in=person.groups.values("pk"), **published)
        by_name = Version.role_people.through.objects.filter(person=person, **published)
        return self.filter(Q(owner=person) | shared | Exists(in_group) | Exists(by_name))


class SavedView(models.Model):
    """`query` is what `dashboards.board.filters.Filters.query` writes. Without a unit it is the owner's alone."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.TextField()
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="With whom it is shared."
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("owner", Lower("name"), name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name
