"""Walls between units: what one person finds of artifacts and their versions, as conditions without joins.

A person finds what is published in their units, below and above them; what names them or whom they stand in for, as
a role of a playbook or as who answers for a plan; what they were asked in, started, decided for somebody, or own. So
whoever sees a run finds its playbook. What is not published yet is for those who keep the unit, and for its reviewers
(docs/decisions/0034, 0040).

`runs.models.seeing` says who sees which runs, by rules of its own.
"""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Length, Replace, Substr

from engine.lifecycles import ReviewStatus, VersionStatus
from workflows.models.person import Person
from workflows.models.unit import Part, Unit
from workflows.models.written import written_once

#: What is or was published; a version that was rejected is retired too, and never was.
OUT = Q(status__in=[VersionStatus.PUBLISHED.value, VersionStatus.DEPRECATED.value]) | Q(
    status=VersionStatus.RETIRED.value, published_at__isnull=False
)


def out() -> Q:
    """What is true of every version on which runs may have started: also of one that is or was rolled out in stages."""
    return OUT | Q(pk__in=_all("Rollout").values("version"))


@written_once("Artifact")
def artifacts(person: Person, now: datetime) -> Q:
    """What is true of every artifact of which the person finds something."""
    is_out = Exists(_all("Version").filter(OUT, artifact=OuterRef("pk")))
    return (_found(person, now) & Q(is_out)) | _opened(person) | Q(pk__in=_reviewed(person).values("version__artifact"))


@written_once("Version")
def versions(person: Person, now: datetime) -> Q:
    """What is true of every version that the person finds."""
    found, opened = (_all("Artifact").filter(where).values("pk") for where in (_found(person, now), _opened(person)))
    reviewed = Q(pk__in=_reviewed(person).values("version"))
    return (out() & Q(artifact__in=found)) | Q(artifact__in=opened) | reviewed


def naming(person: Person) -> QuerySet[Any]:
    """Versions that name the person or one of their groups: for a role, or to answer for a plan (`workflows.named`)."""
    return _naming(Person.objects.filter(pk=person.pk))


def _found(person: Person, now: datetime) -> Q:
    """Artifacts of which the person finds what was published. Whoever gives all rights finds all of them."""
    if person.is_superuser:
        return Q()
    lent = apps.get_model("runs", "Delegation").objects.order_by().in_force(now).filter(to=person)
    lenders = lent.values("person")
    voted = _all("Vote", "runs").filter(person=person, on_behalf_of__isnull=False)
    named = [
        _naming(Person.objects.filter(pk=person.pk)),
        _naming(Person.objects.filter(pk__in=lenders)),
        _asked(person=person),
        _asked(person__in=lenders),
    ]
    return reduce(
        or_,
        (Q(pk__in=versions.filter(OUT).values("artifact")) for versions in named),
        Q(unit__in=Unit.objects.order_by().near(person).values("pk"))
        | Q(pk__in=_all("Version").filter(_started(person)).values("artifact"))
        | Q(pk__in=voted.values("gate__step__run__version__artifact")),
    )


def _asked(**whom: Any) -> QuerySet[Any]:
    """Versions in whose runs somebody was asked by name: by an escalation, or as the one whom a task was given to."""
    return _all("Version").filter(Exists(_all("Candidate", "runs").filter(version=OuterRef("pk"), **whom)))


def _started(person: Person) -> Exists:
    return Exists(_all("Run", "runs").filter(started_by=person, version=OuterRef("pk")))


def _opened(person: Person) -> Q:
    """Artifacts of which the person reads every version, whatever became of it."""
    return Q(owner=person) | Q(unit__in=Unit.objects.order_by().kept_by(person).values("pk"))


def _naming(people: QuerySet[Person]) -> QuerySet[Any]:
    version = apps.get_model("workflows", "Version")
    members = Person.groups.through.objects.filter(person__in=people)
    groups = version.role_groups.through.objects.filter(group__in=members.values("group"))
    by_name = version.role_people.through.objects.filter(person__in=people)
    return _all("Version").filter(Q(pk__in=groups.values("version")) | Q(pk__in=by_name.values("version")))


def _reviewed(person: Person) -> QuerySet[Any]:
    """Reviews that wait for the person, by a part that holds in the unit or by a group, and those they spoke in."""
    groups = person.groups.order_by().annotate(name_listed=_listed(F("name")), asked=_text(OuterRef("asked")))
    parts = Part.objects.filter(person=person).annotate(
        name_listed=_listed(F("part")), asked=_text(OuterRef("asked")), here=_text(OuterRef("here"))
    )
    parts = parts.filter(unit__path=Substr("here", 1, Length("unit__path")))
    is_named = F("name_listed")
    waiting = Q(status=ReviewStatus.OPEN.value) & Q(
        Exists(parts.filter(asked__contains=is_named)) | Exists(groups.filter(asked__contains=is_named))
    )
    reviews = _all("Review").annotate(asked=_listed(F("approvers")), here=F("version__artifact__unit__path"))
    return reviews.filter(waiting | Q(pk__in=_all("Opinion").filter(person=person).values("review")))


def _listed(names: F) -> Concat:
    """Names with a comma before and after each: one of them is found among them whole."""
    return Concat(Value(","), Replace(names, Value(" "), Value("")), Value(","), output_field=CharField())


def _text(outer: OuterRef) -> ExpressionWrapper:
    return ExpressionWrapper(outer, output_field=CharField())


def _all(name: str, app: str = "workflows") -> QuerySet[Any]:
    """Every row of a model that stands above this module, in no order."""
    return apps.get_model(app, name)._default_manager.order_by()
