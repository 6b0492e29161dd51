"""Who did what in a run: what the log counts for everybody, with the steps they did and work on, and their votes.

Takes a run as read; leaves people with a few words each. Three queries, however long the log is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from dashboards import called
from dashboards.course.narrowing import Choices
from dashboards.course.reading import Seen
from dashboards.course.voting import VOTED
from engine.lifecycles import VISIT_OPEN
from engine.machine.events import ENGINE
from runs.models import Run, Vote
from workflows.models import Person

#: So many people, and so many things of each, are told one by one.
PEOPLE, THINGS = 12, 6

#: What the log counts of somebody beside steps and votes.
COUNTED = {
    "comment": "commented",
    "delegate": "delegated a vote",
    "withdraw": "withdrew a vote",
    "signal": "sent a signal",
    "pause": "paused it",
    "resume": "resumed it",
    "retry": "retried a step",
    "skip": "skipped a step",
    "reassign": "reassigned a step",
    "jump": "sent it to another step",
    "change": "changed data",
    "migrate": "moved it to another version",
    "rollback": "had it rolled back",
    "cancel": "cancelled it",
}


@dataclass(frozen=True)
class Acts:
    """How often everybody did what, by username and kind of event, and for whom; the names of all of them."""

    counts: Mapping[tuple[str, str], int]
    usernames: tuple[str, ...]
    names: Mapping[str, Person]

    def word(self, username: str) -> str:
        return "The machine" if username == ENGINE else str(self.names.get(username, username))


@dataclass(frozen=True)
class Doer:
    """`more` things beyond those told."""

    person: Person | str
    did: tuple[str, ...]
    more: int = 0


def acts(run: Run, seq: int = 0) -> Acts:
    """Count who did what, up to an entry where one is given. Two queries."""
    entries = run.entries.filter(seq__lte=seq) if seq else run.entries
    rows = entries.order_by().values_list("actor", "on_behalf_of", "kind").annotate(count=Count("pk"))
    counts: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    for actor, behalf, kind, count in rows:
        counts[actor, kind] = counts.get((actor, kind), 0) + count
        seen |= {actor, behalf} - {""}
    people = Person.objects.filter(username__in=seen - {ENGINE})
    names = {person.username: person for person in people}
    # a called run was started in somebody's name by a machine: whoever is no person here stands at the end
    ordered = sorted(seen, key=lambda name: (name == ENGINE, name not in names, str(names.get(name, name)).casefold()))
    return Acts(counts, tuple(ordered), names)


def choices(seen: Seen, done: Acts) -> Choices:
    """Return what the log can be narrowed by: who acted, and which steps were visited."""
    steps = {step.name: step.title for step in reversed(seen.steps)}
    visited = [name for name in seen.definition.steps if name in steps]
    return Choices(
        tuple((username, done.word(username)) for username in done.usernames),
        tuple((name, steps[name]) for name in visited),
    )


def of(seen: Seen, done: Acts, at: datetime | None = None) -> tuple[tuple[Doer, ...], int]:
    """Tell who did what, whoever works on it now first, and how many more people did something. One query.

    `at`: as of that moment, after which votes are left out.
    """
    did: dict[str, list[str]] = {}

    def tell(username: str, words: str) -> None:
        did.setdefault(username, []).append(words)

    for step in seen.steps:
        if step.status in VISIT_OPEN and step.claimed_by is not None:
            tell(step.claimed_by.username, f"works on {called.numbered(step)} now")
    if seen.state.started_by in done.usernames:
        tell(seen.state.started_by, "started it")
    for step in seen.steps:
        if step.kind == "task" and step.ended_at is not None and step.ended_by is not None:
            tell(step.ended_by.username, f"handed in {called.numbered(step)}")
    votes = Vote.objects.filter(gate__step__run=seen.run).select_related("gate__step", "person", "on_behalf_of")
    for vote in (votes.filter(at__lte=at) if at else votes).order_by("at"):
        behalf = f" for {vote.on_behalf_of}" if vote.on_behalf_of else ""
        tell(vote.person.username, f"{VOTED.get(vote.choice, 'voted at')} {called.numbered(vote.gate.step)}{behalf}")
    for (username, kind), count in done.counts.items():
        if kind in COUNTED:
            tell(username, COUNTED[kind] + _times(count))
    did.pop(ENGINE, None)
    told = [_doer(done.names.get(username, username), things) for username, things in did.items()]
    return tuple(told[:PEOPLE]), max(0, len(told) - PEOPLE)


def _doer(person: Person | str, things: Iterable[str]) -> Doer:
    """Say a thing that was done several times once."""
    counts: dict[str, int] = {}
    for thing in things:
        counts[thing] = counts.get(thing, 0) + 1
    said = [thing + _times(count) for thing, count in counts.items()]
    return Doer(person, tuple(said[:THINGS]), max(0, len(said) - THINGS))


def _times(count: int) -> str:
    return "" if count == 1 else " twice" if count == 2 else f" {count} times"
