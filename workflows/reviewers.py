"""Who may say now whether a version in review is good: everybody whom `guard.may_review` lets, in one query."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from workflows import guard
from workflows.models import Part, Person, Review, Unit


def of(review: Review) -> QuerySet[Person]:
    """Return who may review it, by the parts and groups that its gate names, without its author and whom it bars."""
    unit = review.version.artifact.unit
    people = Person.objects.filter(_named(review.approvers, unit), is_active=True, is_service=False)
    if review.exclude:
        people = people.exclude(_named(review.exclude, unit))
    authors = [key for key in (review.version.author_id, review.opened_by_id) if key is not None]
    return people.exclude(pk__in=authors).order_by("pk")


def _named(names: str, unit: Unit) -> Q:
    """What is true of whoever has one of these parts in the unit or above, or is in one of these groups."""
    parts, groups = guard.parts_and_groups(names)
    held = Part.objects.filter(part__in=parts, unit__path__in=unit.paths)
    members = Person.groups.through.objects.filter(group__name__in=groups)
    return Q(pk__in=held.values("person")) | Q(pk__in=members.values("person"))
