"""Which runs somebody sees because of whom they act for: a condition within the one statement that asks for runs."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from runs.models.delegation import Delegation
from workflows.models import Person


def lent_to(person: Person) -> Q:
    """Runs with a step that waits, or waited, for somebody who has delegated to this person for now."""
    candidates = apps.get_model("runs", "Candidate").objects
    lent = Delegation.objects.in_force(timezone.now()).filter(to=person)
    here = lent.filter(Q(playbooks=None) | Q(playbooks=OuterRef("step__run__version__artifact")))
    groups = Person.groups.through.objects.filter(person__in=lent.values("person")).values("group")
    by_name = candidates.filter(Exists(here.filter(person=OuterRef("person"))), person__in=lent.values("person"))
    by_group = candidates.filter(Exists(here.filter(person__groups=OuterRef("group"))), group__in=groups)
    votes = apps.get_model("runs", "Vote").objects.filter(person=person, on_behalf_of__isnull=False)
    return (
        Q(pk__in=by_name.values("step__run"))
        | Q(pk__in=by_group.values("step__run"))
        | Q(pk__in=votes.values("gate__step__run"))
    )
