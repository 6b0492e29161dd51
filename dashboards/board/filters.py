"""The filters of the Runs page: read from the address, checked, written back as links.

The address is the state: a link shows the same list to everybody who may see those runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet

from engine.lifecycles import RUN_ENDED, RUN_OPEN, VISIT_OPEN, RunStatus
from runs.models import Step
from runs.models.run import RunQuerySet
from workflows.models import Person

OPEN = [status.value for status in RUN_OPEN]
ENDED = [status.value for status in RUN_ENDED]
OPEN_VISITS = [status.value for status in VISIT_OPEN]

#: What `state` may say, with the words of its filter.
STATES = {
    "running": "every run that has not ended",
    "waiting": "waiting for people",
    "attention": "needs attention",
    "overdue": "overdue",
    "paused": "paused",
    "done": "completed today",
    "ended": "ended, in whatever way",
    "all": "running and ended",
}
#: What an empty list of a state says.
NOTHING = {
    "running": "Nothing is running",
    "waiting": "Nothing waits for people",
    "attention": "Nothing needs attention",
    "overdue": "Nothing is overdue",
    "paused": "Nothing is paused",
    "done": "Nothing was completed today yet",
}
#: What `mine` may say.
MINE = {"started": "started by me", "waiting": "waiting for me"}
#: In these states somebody may have to act, so runs that others called are listed there too.
WITH_CALLED = ("waiting", "attention", "overdue", "paused")
#: What `called` may say.
CALLED = {"1": "with the runs that they called"}
#: What `order` may say.
ORDERS = {"need": "What needs somebody first", "change": "Newest change first", "due": "Due next"}
LONGEST = 100


@dataclass(frozen=True)
class Filters:
    """`problems` are sentences about what in the address could not be used; the rest holds anyway."""

    state: str = "running"
    playbook: str = ""
    text: str = ""
    mine: str = ""
    order: str = "need"
    after: str = ""
    called: str = ""
    problems: tuple[str, ...] = ()

    def query(self, **changes: str) -> str:
        """Write these filters, with changes, as the query of an address. A changed filter starts at the first page."""
        written = replace(self, **{"after": "", **changes})
        given = {
            "state": written.state if written.state != "running" else "",
            "playbook": written.playbook,
            "q": written.text,
            "mine": written.mine,
            "order": written.order if written.order != "need" else "",
            "called": written.called,
            "after": written.after,
        }
        return "?" + urlencode({name: value for name, value in given.items() if value})

    def first_page(self) -> Filters:
        return replace(self, after="")

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the state decides what is shown."""
        return bool(self.playbook or self.text or self.mine)

    def chosen(self, titles: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return what narrows the list, each as (words, the address without it)."""
        chips = []
        if self.state not in ("running", "waiting", "attention", "overdue", "done"):
            chips.append((STATES[self.state], self.query(state="running")))
        if self.called:
            chips.append((CALLED[self.called], self.query(called="")))
        if self.playbook:
            chips.append((titles.get(self.playbook, self.playbook), self.query(playbook="")))
        if self.mine:
            chips.append((MINE[self.mine], self.query(mine="")))
        if self.text:
            chips.append((f"“{self.text}”", self.query(text="")))
        return tuple(chips)


def read(address: Mapping[str, str], playbooks: Mapping[str, str]) -> Filters:
    """Read the filters from an address. `playbooks` are the titles of those the reader may find, by slug."""
    problems: list[str] = []

    def one_of(name: str, known: Mapping[str, str], default: str) -> str:
        value = address.get(name, "").strip()
        if value and value not in known:
            problems.append(f"There is no {name} “{value[:40]}”.")
        return value if value in known else default

    text = " ".join(address.get("q", "").replace("\0", " ").split())
    if len(text) > LONGEST:
        problems.append(f"Only the first {LONGEST} characters were looked for.")
    return Filters(
        state=one_of("state", STATES, "running"),
        playbook=one_of("playbook", playbooks, ""),
        text=text[:LONGEST],
        mine=one_of("mine", MINE, ""),
        order=one_of("order", ORDERS, "need"),
        after=address.get("after", ""),
        called=one_of("called", CALLED, ""),
        problems=tuple(problems),
    )


def overdue(now: datetime) -> Q:
    """Open runs of which a step, or the whole, should have ended; a paused one stands still."""
    return Q(status__in=OPEN, paused=False) & (Q(next_due_at__lt=now) | Q(due_at__lt=now))


def narrow(runs: RunQuerySet, filters: Filters, person: Person, now: datetime, today: datetime) -> RunQuerySet:
    """Return those runs that the filters leave. `today` is the first instant of the reader's day.

    A run that another called is a part of that one: it is left out unless it is asked or searched for.
    """
    runs = runs.filter(_state(filters.state, now, today))
    if not (filters.called or filters.text or filters.mine == "waiting" or filters.state in WITH_CALLED):
        runs = runs.filter(parent=None)
    if filters.playbook:
        runs = runs.filter(version__artifact__slug=filters.playbook)
    if filters.text:
        runs = runs.filter(_text(filters.text))
    if filters.mine == "started":
        runs = runs.filter(started_by=person)
    elif filters.mine == "waiting":
        runs = runs.filter(Exists(waiting_for(person)))
    return runs


def waiting_for_people() -> Q:
    """Runs with an open task or gate that are not paused: `Run.waiting` is also true of those that wait for a time."""
    asked = Step.objects.filter(run=OuterRef("pk"), status__in=OPEN_VISITS, kind__in=["task", "gate"])
    return Q(Exists(asked), paused=False)


def waiting_for(person: Person) -> QuerySet[Step]:
    """Open steps, of the run that is asked about, that this person has claimed or may take."""
    mine = Q(candidates__person=person) | Q(candidates__group__in=person.groups.all())
    steps = Step.objects.filter(run=OuterRef("pk"), status__in=OPEN_VISITS)
    return steps.filter(Q(claimed_by=person) | (Q(claimed_by__isnull=True) & mine))


def _state(state: str, now: datetime, today: datetime) -> Q:
    return {
        "running": Q(status__in=OPEN),
        "waiting": Q(status__in=OPEN) & waiting_for_people(),
        "attention": Q(status__in=OPEN, incident_count__gt=0),
        "overdue": overdue(now),
        "paused": Q(status__in=OPEN, paused=True),
        "done": Q(status=RunStatus.COMPLETED.value, ended_at__gte=today),
        "ended": Q(status__in=ENDED),
        "all": Q(),
    }[state]


def _text(text: str) -> Q:
    """Match the title, where it stands, the starter; a number matches the run's own."""
    named = Q(started_by__first_name__icontains=text) | Q(started_by__last_name__icontains=text)
    found = Q(title__icontains=text) | Q(stands_at__icontains=text) | Q(started_by__username=text) | named
    digits = text.removeprefix("#").removeprefix("run ").strip()
    return found | Q(number=int(digits)) if digits.isdecimal() and len(digits) < 19 else found
