"""What a task's page shows beside its form: who may do it, what was ticked and given, the ways to hand it in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from dashboards import shown
from dashboards.attachments import Held, Shown
from dashboards.consequences import leads_to
from dashboards.visits import Seen
from engine.definition import TaskSpec
from engine.machine import rights
from runs import directory
from runs.models import Entry, Ticked
from workflows.models import Person


@dataclass(frozen=True)
class Item:
    """One line of the checklist; `tick` says who ticked it and when."""

    text: str
    tick: Ticked | None = None


@dataclass(frozen=True)
class Button:
    """One way to hand the task in. `leads` is a consequence such as `opens Change board`."""

    outcome: str
    words: str
    leads: str


@dataclass(frozen=True)
class Checklist:
    items: Sequence[Item]

    @property
    def ticked(self) -> int:
        return sum(item.tick is not None for item in self.items)

    @property
    def missing(self) -> int:
        return len(self.items) - self.ticked

    @property
    def percent(self) -> int:
        return 100 * self.ticked // len(self.items) if self.items else 100


def spec(seen: Seen) -> TaskSpec:
    does = seen.spec.does
    if not isinstance(does, TaskSpec):
        raise TypeError(f"{seen.step} is no task")
    return does


def acts_for(seen: Seen, reader: Person, wanted: str = "") -> tuple[str, str]:
    """Return for whom the reader would do the task, as username and name; empty where it is their own.

    Whom they want, where they may; else nobody where they hold the task themselves, else the first they may act for.
    """
    if seen.visit is None:
        return "", ""
    me = reader.username
    known = directory.look_up([me], [me], timezone.now())
    facts = known.facts(seen.definition, seen.run.unit.path, seen.state, me, seen.step.number)

    def may(whom: str | None) -> bool:
        return rights.to_complete(seen.definition, seen.state, seen.step.number, me, facts, whom) is None

    names = [name for name in rights.lenders(seen.visit, facts) if may(name)]
    if wanted not in names and (may(None) or not names):
        return "", ""
    whom = next(name for name in (wanted, seen.visit.claimed_for, *names) if name in names)
    return whom, known.name(whom)


def is_one_click(does: TaskSpec) -> bool:
    """Whether nothing is asked but that it is done: such a task is finished from the list."""
    return not (does.form or does.checklist or does.outcomes)


def checklist(seen: Seen) -> Checklist:
    items = spec(seen).checklist
    ticks = {tick.item: tick for tick in Ticked.objects.filter(step=seen.step).select_related("by")} if items else {}
    return Checklist([Item(item, ticks.get(item)) for item in items])


def buttons(seen: Seen) -> list[Button]:
    """One button for each outcome, or one that says what happens."""
    does = spec(seen)
    is_undo = seen.step.undoes is not None
    if not does.outcomes:
        words = "Hand it in" if does.form else "Mark it as undone" if is_undo else "Mark it as done"
        return [Button("", words, "" if is_undo else leads_to(seen.definition, seen.step.name, "done"))]
    routed = {way.trigger for way in seen.definition.ways[seen.step.name]}
    return [
        Button(
            outcome,
            f"Hand in: {outcome.replace('_', ' ').replace('-', ' ')}",
            ""
            if is_undo
            else leads_to(seen.definition, seen.step.name, way if (way := f"outcome:{outcome}") in routed else "done"),
        )
        for outcome in does.outcomes
    ]


def candidates(seen: Seen) -> list[tuple[str, list[Person]]]:
    """Who may do the task by its assignment and its escalation: (role in words, people), names in order."""
    if seen.visit is None:
        return []
    names = [name for name in (seen.visit.assigned, *seen.visit.added) if name]
    means = directory.people_of((seen.definition, name) for name in names)
    usernames = {who for people in means.values() for who in people}
    people = {person.username: person for person in Person.objects.filter(username__in=usernames)}
    return [
        (shown.role(name), sorted((people[who] for who in means[seen.definition.digest, name]), key=str))
        for name in dict.fromkeys(names)
    ]


def pickable(seen: Seen) -> list[Person]:
    """The people that a field of type `user` offers; none are read where there is no such field."""
    if not any(field.type == "user" for field in spec(seen).form):
        return []
    return sorted(Person.objects.filter(is_active=True), key=str)


def given(seen: Seen, held: Held) -> list[shown.Row]:
    """The inputs of the run, as its starter gave them."""
    return shown.rows(seen.definition, {"inputs": dict(seen.state.inputs)}, held)


@dataclass(frozen=True)
class HandedIn:
    """What was handed in at a visit that is over: its form, and the files beside it."""

    rows: Sequence[shown.Row] = ()
    files: Sequence[Shown] = ()

    def __bool__(self) -> bool:
        return bool(self.rows or self.files)


def handed_in(seen: Seen, held: Held) -> HandedIn:
    """What was handed in at a visit that is over, from the log."""
    if seen.visit is not None:
        return HandedIn()
    events = Entry.objects.filter(run=seen.run, kind="complete").order_by("-seq").values_list("event", flat=True)
    for text in events.iterator():
        event: dict[str, Any] = json.loads(text)
        if event["visit"] == seen.step.number:
            rows = shown.rows(seen.definition, {f"steps.{seen.step.name}": event["form"]}, held)
            return HandedIn(rows, held.among(event.get("files") or []))
    return HandedIn()
