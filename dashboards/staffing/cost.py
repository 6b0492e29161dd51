"""What one gate costs: how long it is waited at before and after it is opened, and how it is decided.

Exact figures by SQL, over all versions of the playbook, for gates decided in the period. A fixed number of statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, DurationField, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncWeek

from dashboards.metrics.gates import DECIDED
from dashboards.metrics.percentiles import Spread, spreads
from dashboards.metrics.period import Period
from engine.lifecycles import GateStatus
from runs.models import Gate, Opening, Vote
from workflows.models import Artifact, Person

DAYS = 90
#: A decision so soon after the page was opened has hardly been read.
HASTY = timedelta(seconds=10)
DEFINITION = (
    "For gates of every version of this playbook that were decided in the period, by votes or by a rule. Told is when "
    "the gate was asked; opened is when the first of its approvers first had it before them; decided is when it "
    "closed. A gate that nobody opened (a rule decided it, or a link) counts in the whole, not in the two parts. p50: "
    "half were at most that long; p85 and p95: 85 and 95 of 100 were. Between two gates the value is interpolated."
)


@dataclass(frozen=True)
class Voter:
    """One person's votes: `hasty` of `timed` came within ten seconds of opening; `decided` gates by the last word."""

    person: Person
    votes: int
    timed: int
    hasty: int
    decided: int


@dataclass(frozen=True)
class Cost:
    """`by_rule` were decided by the playbook itself, `overridden` passed over by an operator and in no other figure."""

    whole: Spread | None
    unopened: Spread | None
    opened: Spread | None
    weeks: tuple[tuple[date, Spread | None], ...]
    decided: int
    rejected: int
    returned: int
    by_rule: int
    overridden: int
    votes: int
    timed: int
    hasty: int
    voters: tuple[Voter, ...]

    @property
    def is_empty(self) -> bool:
        return not self.decided and not self.overridden

    @property
    def by_people(self) -> int:
        return self.decided - self.by_rule

    @property
    def rejected_share(self) -> int:
        return _percent(self.rejected, self.decided)

    @property
    def returned_share(self) -> int:
        return _percent(self.returned, self.decided)

    @property
    def hasty_share(self) -> int:
        return _percent(self.hasty, self.timed)

    @property
    def most_share(self) -> int:
        return _percent(self.most.decided if self.most else 0, self.by_people)

    @property
    def most(self) -> Voter | None:
        """Who decides most of these gates by their word."""
        found = max(self.voters, key=lambda voter: voter.decided, default=None)
        return found if found is not None and found.decided else None


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def measure(artifact: Artifact, step: str, period: Period) -> Cost:
    """Measure one gate. Seven statements, one more where anybody voted."""
    gates = Gate.objects.filter(
        step__run__version__artifact=artifact, step__name=step, decided_at__gte=period.starts_at
    )
    decided = gates.filter(status__in=[status.value for status in DECIDED])
    first = Opening.objects.filter(step=OuterRef("pk")).order_by().values("step").annotate(first=Min("at"))
    seen = decided.annotate(first=Subquery(first.values("first"))).filter(first__lte=F("decided_at"))
    weeks = spreads(
        decided.annotate(week=TruncWeek("decided_at", tzinfo=period.zone)), "step__opened_at", "decided_at", by=["week"]
    )
    by_week = {week.date(): spread for (week,), spread in weeks.items()}
    counted = gates.aggregate(
        decided=Count("pk", filter=Q(status__in=[status.value for status in DECIDED])),
        rejected=Count("pk", filter=Q(status=GateStatus.REJECTED.value)),
        returned=Count("pk", filter=Q(status=GateStatus.RETURNED.value)),
        by_rule=Count("pk", filter=Q(status__in=[s.value for s in DECIDED], decided_by__startswith="rung:")),
        overridden=Count("pk", filter=Q(status=GateStatus.OVERRIDDEN.value)),
    )
    voters = _voters(decided)
    return Cost(
        whole=spreads(decided, "step__opened_at", "decided_at").get(()),
        unopened=spreads(seen, "step__opened_at", "first").get(()),
        opened=spreads(seen, "first", "decided_at").get(()),
        weeks=tuple((monday, by_week.get(monday)) for monday in period.buckets),
        votes=sum(voter.votes for voter in voters),
        timed=sum(voter.timed for voter in voters),
        hasty=sum(voter.hasty for voter in voters),
        voters=voters,
        **counted,
    )


def _voters(decided: QuerySet[Gate]) -> tuple[Voter, ...]:
    """Count each person's votes, those cast in haste, and the gates that their word decided."""
    opened = Opening.objects.filter(step=OuterRef("gate"), person=OuterRef("person"), digest=OuterRef("digest"))
    votes = Vote.objects.filter(gate__in=decided).annotate(opened=Subquery(opened.values("at")[:1]))
    took = ExpressionWrapper(F("at") - F("opened"), output_field=DurationField())
    counted = votes.annotate(took=took).order_by().values("person")
    rows = counted.annotate(
        votes=Count("pk"),
        timed=Count("pk", filter=Q(opened__lte=F("at"))),
        hasty=Count("pk", filter=Q(opened__lte=F("at"), took__lt=HASTY)),
        closed=Count("pk", filter=Q(person__username=F("gate__decided_by"))),
    )
    found = {row["person"]: row for row in rows}
    if not found:
        return ()
    people = Person.objects.filter(pk__in=found)
    voters = [
        Voter(one, found[one.pk]["votes"], found[one.pk]["timed"], found[one.pk]["hasty"], found[one.pk]["closed"])
        for one in people
    ]
    return tuple(sorted(voters, key=lambda voter: (-voter.decided, -voter.votes, str(voter.person))))
