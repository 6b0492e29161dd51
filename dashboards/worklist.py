"""What waits for one person: gates to vote in, tasks that are the person's, and tasks the person may take.

Takes the projections of runs (steps, candidates, votes); leaves rights to the guard, which is asked again at the act.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from engine.lifecycles import GateStatus, VisitStatus
from runs.models import Candidate, Step, Vote
from workflows.models import Person


@dataclass(frozen=True)
class Work:
    """The reader's open steps, each list with what is due first at its head."""

    gates: list[Step] = field(default_factory=list)
    voted: list[Step] = field(default_factory=list)
    mine: list[Step] = field(default_factory=list)
    open: list[Step] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.gates) + len(self.mine)


def _waiting_for(person: Person) -> QuerySet[Step]:
    """Open tasks and gates of open runs for which the person is a candidate, or which the person has claimed."""
    candidates = Candidate.objects.filter(step=OuterRef("pk"))
    by_name = candidates.filter(person=person)
    by_group = candidates.filter(group__in=person.groups.values("pk"))
    return Step.objects.filter(
        Q(claimed_by=person) | Exists(by_name) | Q(claimed_by=None) & Exists(by_group),
        kind__in=["task", "gate"],
        status__in=[VisitStatus.OPEN.value, VisitStatus.ACTIVE.value],
    ).annotate(by_name=Exists(by_name))


def waiting_count(person: Person) -> int:
    """How many gates wait for the person's vote and how many tasks are the person's, in one query."""
    voted = Vote.objects.filter(gate__step=OuterRef("pk"), person=person)
    mine = Q(kind="task") & (Q(claimed_by=person) | Q(claimed_by=None, by_name=True))
    return _waiting_for(person).filter(mine | Q(kind="gate") & ~Exists(voted)).count()


def of(person: Person) -> Work:
    """Read everything that waits for the person: two queries however much it is."""
    votes = Prefetch("gate__votes", Vote.objects.filter(person=person), to_attr="mine")
    steps = (
        _waiting_for(person)
        .select_related("run__version__artifact", "run__started_by", "gate", "claimed_by")
        .prefetch_related(votes)
        .order_by(Coalesce("due_at", "opened_at"), "pk")
    )
    work = Work()
    for step in steps:
        if step.kind == "gate":
            if step.gate.status == GateStatus.OPEN:
                (work.voted if step.gate.mine else work.gates).append(step)
        elif step.claimed_by_id == person.pk or (step.claimed_by_id is None and step.by_name):
            work.mine.append(step)
        elif step.claimed_by_id is None:
            work.open.append(step)
    return work
