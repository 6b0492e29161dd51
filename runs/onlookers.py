"""Who may see a run: `Run.objects.visible_to(person)` asked the other way round, for whoever wants to call somebody in.

Takes one run; leaves a queryset of people, so that a page asks for the few that fit what was typed, where
`runs.audience` asks of known people and many runs. A test holds all of them to the same answers.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from runs.models import Candidate, Delegation, Run, Vote
from runs.models.seeing import OVERSEEING
from workflows.models import Part, Person


def of(run: Run) -> QuerySet[Person]:
    """Return the people who may see this run now; service accounts are no people. One statement, whatever it is asked.

    `run` has its unit and its version at hand.
    """
    version = run.version
    oversee = Part.objects.filter(part__in=OVERSEEING, unit__path__in=run.unit.paths)
    candidates = Candidate.objects.filter(step__run=run)
    asked = candidates.filter(person__isnull=False).values("person")
    lent = Delegation.objects.in_force(timezone.now()).filter(
        Q(playbooks=None) | Q(playbooks=version.artifact_id),
        Q(person__in=asked) | Q(person__groups__in=candidates.filter(group__isnull=False).values("group")),
    )
    voted_for = Vote.objects.filter(gate__step__run=run, on_behalf_of__isnull=False)
    mine = (
        Q(pk=run.started_by_id)
        | Q(pk__in=oversee.values("person"))
        | Q(groups__in=version.role_groups.values("pk"))
        | Q(pk__in=version.role_people.values("pk"))
        | Q(pk__in=asked)
        | Q(pk__in=lent.values("to"))
        | Q(pk__in=voted_for.values("person"))
    )
    seeing = Person.objects.filter(mine).values("pk")
    return Person.objects.filter(pk__in=seeing, is_active=True, is_service=False)
