"""What waits for one person: gates to vote in, tasks that are the person's, and tasks the person may take.

Takes the projections of runs (steps, candidates, votes); leaves rights to the guard, which is asked again at the act.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from uuid import UUID, uuid4

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboards import called, ladders, quorums, standing_in
from dashboards.ladders import Line
from dashboards.standing_in import Lender
from dashboards.tasks import is_one_click
from engine.definition import TaskSpec
from engine.lifecycles import GateStatus, VisitStatus
from runs import definitions
from runs.models import Candidate, Draft, Step, Vote
from workflows.models import Person

#: So many gates and so many tasks are read, what is due first: a page is for a day's work, the board lists the rest.
FIRST = 100
_DUE = Coalesce("due_at", "opened_at")
_OPEN = Q(kind__in=["task", "gate"], status__in=[VisitStatus.OPEN.value, VisitStatus.ACTIVE.value])


@dataclass(frozen=True)
class Item:
    """One line. `silence` is the next thing that happens by itself, `missing` what a gate still lacks.

    `digest` is that of what a gate shows now; `lender` is whom the reader would act for, where it is not the reader's
    own.
    """

    step: Step
    title: str = ""
    silence: Line | None = None
    missing: str = ""
    vote: Vote | None = None
    digest: str = ""
    one_click: bool = False
    lender: Lender | None = None
    begun: bool = False
    ticked: int = 0
    items: int = 0
    key: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True)
class Work:
    """The reader's open steps, each list with what is due first at its head. `paused`: nobody can do them now.

    `more`: there are gates or tasks beyond the first.
    """

    gates: list[Item] = field(default_factory=list)
    voted: list[Item] = field(default_factory=list)
    later: list[Item] = field(default_factory=list)
    delegated: list[Item] = field(default_factory=list)
    mine: list[Item] = field(default_factory=list)
    open: list[Item] = field(default_factory=list)
    paused: list[Item] = field(default_factory=list)
    groups: frozenset[str] = frozenset()
    lenders: tuple[Lender, ...] = ()
    deputies: tuple[str, ...] = ()
    more: bool = False

    @property
    def count(self) -> int:
        """What stands beside My work: what nobody but the reader is expected to do."""
        return len(self.gates) + len(self.mine)

    @property
    def others(self) -> int:
        return len(self.voted) + len(self.later) + len(self.delegated)

    @property
    def anything(self) -> bool:
        return bool(self.gates or self.mine or self.open or self.others or self.paused)

    @property
    def sentence(self) -> str:
        """How much waits, and how much of it is late."""
        if not self.gates and not self.mine:
            return "Nothing waits for you."
        counts = [_count(len(self.gates), "gate"), _count(len(self.mine), "task")]
        late = sum(item.step.overdue for item in [*self.gates, *self.mine])
        sentence = (
            f"{' and '.join(words for words in counts if words)} {_wait(len(self.gates) + len(self.mine))} for you"
        )
        return sentence[0].upper() + sentence[1:] + (f"; {late} {'is' if late == 1 else 'are'} late." if late else ".")


def _count(number: int, noun: str) -> str:
    if number >= FIRST:
        return f"{number} {noun}s or more"
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"


def _waiting_for(person: Person, lenders: Sequence[Lender] = ()) -> QuerySet[Step]:
    """Open tasks and gates for which the person is a candidate, or which the person has claimed; of lenders as well."""
    named, asked = _named(person), _asked_in_groups(person)
    if not lenders:
        return _among(_claimed(person), named, asked).annotate(by_name=Exists(named.filter(step=OuterRef("pk"))))
    by_name, by_group = (Exists(rows.filter(step=OuterRef("pk"))) for rows in (named, asked))
    mine = Q(claimed_by=person) | Q(claimed_for=person) | by_name | by_group
    theirs = [Exists(Step.objects.filter(lender.asked, pk=OuterRef("pk"))) for lender in lenders]
    lent = Prefetch("candidates", Candidate.objects.select_related("group"), to_attr="asked")
    return (
        Step.objects.filter(_OPEN)
        .annotate(by_name=by_name, own=Case(When(mine, then=True), default=False))
        .filter(reduce(or_, theirs, Q(own=True)))
        .prefetch_related(lent)
    )


def _among(claimed: QuerySet[Step], *asked: QuerySet[Candidate]) -> QuerySet[Step]:
    """Go from the person to the steps: asking every open step whether it waits for them takes longer the more are."""
    keys = claimed.order_by().values("pk").union(*(rows.order_by().values("step") for rows in asked))
    return Step.objects.filter(_OPEN, pk__in=keys)


def _claimed(person: Person) -> QuerySet[Step]:
    return Step.objects.filter(Q(claimed_by=person) | Q(claimed_for=person), _OPEN)


def _named(person: Person) -> QuerySet[Candidate]:
    return Candidate.objects.filter(person=person, is_open=True)


def _asked_in_groups(person: Person) -> QuerySet[Candidate]:
    return Candidate.objects.filter(group__in=person.groups.values("pk"), is_open=True, step__claimed_by=None)


def waiting_count(person: Person) -> int:
    """How many gates wait for the person's vote and how many tasks are the person's, or of those they act for."""
    lenders, _ = standing_in.of(person, timezone.now())
    if lenders:
        return of(person).count
    held = _claimed(person).exclude(claimed_by=person, claimed_for__isnull=False)
    mine = _among(held, _named(person).filter(step__claimed_by=None))
    tasks = mine.filter(kind="task", run__paused=False).order_by()[:FIRST].count()
    waiting = _waiting_for(person).filter(run__paused=False)
    asked = waiting.filter(~_voted(person), kind="gate", gate__status=GateStatus.OPEN.value).select_related("run")
    gates = list(asked.order_by()[:FIRST])
    groups = _groups(person) if gates else frozenset()
    return tasks + sum(_asked(step, person, groups) == "now" for step in gates)


def _voted(person: Person) -> Exists:
    return Exists(Vote.objects.filter(gate__step=OuterRef("pk"), person=person))


def _groups(person: Person) -> frozenset[str]:
    return frozenset(person.groups.values_list("name", flat=True))


def _asked(step: Step, person: Person, groups: frozenset[str]) -> str:
    state = definitions.state_of(step.run)
    visit = state.visits.get(step.number)
    definition = definitions.by_digest(state.definition)
    return quorums.is_asked(definition, state, visit, person.username, groups) if visit else ""


def of(person: Person, runs: Collection[UUID] | None = None) -> Work:
    """Read what waits for the person, and for those they act for: a few statements however much it is.

    With `runs`, only what waits in these.
    """
    lenders, deputies = standing_in.of(person, timezone.now())
    votes = Prefetch("gate__votes", Vote.objects.filter(person=person).select_related("on_behalf_of"), to_attr="mine")
    same = {"run": OuterRef("run"), "name": OuterRef("name"), "scope": OuterRef("scope")}
    earlier = Step.objects.filter(**same, undoes=None, number__lt=OuterRef("number"))
    waiting = _waiting_for(person, lenders)
    if runs is not None:
        waiting = waiting.filter(run__in=runs)
    steps = list(
        waiting.filter(_first(waiting, person))
        .select_related("run__version", "run__started_by", "gate", "claimed_by")
        .prefetch_related(votes)
        .annotate(
            again=Case(When(undoes=None, then=Exists(earlier)), default=False),
            drafted=Exists(Draft.objects.filter(step=OuterRef("pk"), person=person)),
            ticked=Count("ticks", distinct=True),
        )
        .order_by(_DUE, "pk")
    )
    more = FIRST in Counter(step.kind for step in steps).values()
    work = Work(groups=_groups(person), lenders=lenders, deputies=deputies, more=more)
    for step in steps:
        lender, asked = _whose(step, person, work)
        if asked:
            _sort(work, step, asked, lender)
    return work


def _first(waiting: QuerySet[Step], person: Person) -> Q:
    """The gates and the tasks that come first: what can be done now, by the person before by anyone, the oldest due."""
    own = Q(claimed_by=person) | Q(claimed_for=person) | Q(by_name=True)
    gates = waiting.filter(kind="gate").order_by("run__paused", _voted(person), _DUE, "pk")
    tasks = waiting.filter(kind="task").order_by("run__paused", Case(When(own, then=0), default=1), _DUE, "pk")
    return Q(pk__in=gates.values("pk")[:FIRST]) | Q(pk__in=tasks.values("pk")[:FIRST])


def _whose(step: Step, person: Person, work: Work) -> tuple[Lender | None, str]:
    """Say what the step is to the reader: their own first, else that of the first whom they may act for here."""
    asked = ""
    if not work.lenders or step.own:
        asked = _of_gate(step, person, work.groups) if step.kind == "gate" else _of_task(step, person, step.by_name)
    for lender in work.lenders if asked in ("", "claimed") else ():
        if lender.covers(step.run.version.artifact_id):
            theirs = _for_lender(step, person, work.groups, lender)
            if theirs:
                return lender, theirs
    return None, asked


def _of_gate(step: Step, person: Person, groups: frozenset[str]) -> str:
    """What a gate is to the reader: voted in already, asked now, asked when others have approved, or delegated."""
    if step.gate.status != GateStatus.OPEN:
        return ""
    asked = _asked(step, person, groups)
    return "voted" if step.gate.mine and not (step.run.paused and not asked) else asked


def _of_task(step: Step, person: Person, by_name: bool) -> str:
    if step.claimed_by_id is not None:
        return "mine" if person.pk == (step.claimed_for_id or step.claimed_by_id) else "claimed"
    return "mine" if by_name else "open"


def _for_lender(step: Step, person: Person, groups: frozenset[str], lender: Lender) -> str:
    if step.kind == "gate":
        if step.gate.status != GateStatus.OPEN:
            return ""
        if step.gate.mine:
            return "voted" if step.gate.mine[0].on_behalf_of_id == lender.person.pk else ""
        state = definitions.state_of(step.run)
        visit, definition = state.visits.get(step.number), definitions.by_digest(state.definition)
        return quorums.is_asked_for(definition, state, visit, person, groups, lender) if visit else ""
    by_name = any(one.person_id == lender.person.pk for one in step.asked)
    by_group = any(one.group_id in lender.group_keys for one in step.asked if one.group_id is not None)
    asked = _of_task(step, lender.person, by_name)
    return asked if asked == "mine" or (asked == "open" and by_group) else ""


def _sort(work: Work, step: Step, asked: str, lender: Lender | None) -> None:
    """Put a step where it belongs; what is paused nobody can do now."""
    if step.run.paused:
        work.paused.append(Item(step, _title(step), lender=lender))
    elif step.kind == "gate":
        place = {"voted": work.voted, "now": work.gates, "later": work.later, "delegated": work.delegated}[asked]
        place.append(_gate(step, lender))
    elif asked != "claimed":
        (work.mine if asked == "mine" else work.open).append(_task(step, lender))


def _gate(step: Step, lender: Lender | None = None) -> Item:
    state = definitions.state_of(step.run)
    definition, visit = definitions.by_digest(state.definition), state.visits.get(step.number)
    vote = step.gate.mine[0] if step.gate.mine else None
    if visit is None:
        return Item(step, _title(step), vote=vote, lender=lender)
    silence, missing = ladders.next_of(definition, state, visit), quorums.missing(definition, visit)
    digest = visit.asking.digest if visit.asking is not None else ""
    return Item(step, _title(step), silence, missing, vote, digest, lender=lender)


def _title(step: Step) -> str:
    """The title with the item it is for; only where there are items the run's state is read for it."""
    if not step.scope:
        return step.title
    state = definitions.state_of(step.run)
    return called.named(step, definitions.by_digest(state.definition), state)


def _task(step: Step, lender: Lender | None = None) -> Item:
    does = step.spec_in(definitions.by_digest(step.run.version.digest)).does
    assert isinstance(does, TaskSpec)
    begun = bool(step.drafted or step.ticked)
    one_click, items = is_one_click(does), len(does.checklist)
    return Item(step, _title(step), one_click=one_click, lender=lender, begun=begun, ticked=step.ticked, items=items)
