"""A case of `test_no_difference` as plain numbers: what happens in the organisation, and who tries what, one by one.

The numbers are read against the run as it stands, so that many acts are legal, many too late, and many nonsense.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from engine.machine.state import step_of
from runs import appoint, definitions
from runs.models import Run
from tests.runs import house
from tests.trust import world
from tests.trust.world import People
from workflows.models import Part, Person, Unit

Number = int
Numbers = tuple[Number, Number, Number]

PLAYBOOKS = (world.TRUSTED, world.BOTH, world.CHAIN, world.BESIDE, world.OF_A_ROLE)
ACTORS = ("mia", "max", "eve", "ann", "olga", "odd", "zoe", "dee", "bot", "boss", "mo", "ben")
STARTERS = ("zoe", "mia", "eve", "ann", "olga", "boss")
CHOICES = ("approve", "approve", "approve", "reject", "return", "abstain")
#: Every act as often as it stands here.
ACTS = (
    *("vote",) * 7,
    *("vote-for",) * 4,
    *("delegate",) * 4,
    *("complete",) * 3,
    *("change", "skip", "jump", "withdraw", "take-back", "claim", "release", "complete-for", "reassign"),
    *("pause", "resume", "cancel", "retry"),
)
MEMBERSHIPS = ("join", "leave", "deactivate", "activate", "operator", "break_glass", "no-parts", "service", "appoint")


@dataclass(frozen=True)
class Act:
    """Who does what, where, with what. `given` is as `Entrance.do` takes it."""

    kind: str
    person: Person
    visit: int
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def to(self) -> str:
        return str(self.given.get("to", ""))


def script(seed: int, length: int = 14) -> list[Numbers]:
    chance = random.Random(seed)
    return [(chance.randrange(10_000), chance.randrange(10_000), chance.randrange(10_000)) for _ in range(length)]


def begin(people: People, numbers: Numbers) -> Run:
    """Start a run of one of the playbooks, and bring some of them to their gate."""
    text, by = PLAYBOOKS[numbers[0] % len(PLAYBOOKS)], STARTERS[numbers[1] % len(STARTERS)]
    return world.begin(people, text, by=by)


def act(people: People, run: Run, numbers: Numbers) -> Act:
    """Read three numbers as an act on this run."""
    state, definition = definitions.state_of(house.now(run)), definitions.of(run)
    kind = ACTS[numbers[0] % len(ACTS)]
    person = people[ACTORS[numbers[1] % len(ACTORS)]]
    other = ACTORS[numbers[2] % len(ACTORS)]
    kinds = {number: step_of(definition, one).kind for number, one in state.visits.items()}
    tasks = [number for number, of in kinds.items() if of == "task"] or _last(run, "task")
    gates = [number for number, of in kinds.items() if of == "gate"] or _last(run, "gate")
    if not tasks and kind in ("complete", "complete-for", "claim", "release", "reassign"):
        kind = "vote"  # no task has been opened yet, and so there is no address of one
    if not gates:
        kind = "complete"
        gates = tasks
    tasks = tasks or gates
    gate, task, any_of = gates[0], tasks[numbers[2] % len(tasks)], [*gates, *tasks][numbers[2] % 2]
    match kind:
        case "vote" | "vote-for":
            choice = CHOICES[(numbers[2] // 7) % len(CHOICES)]
            given = {"choice": choice, "comment": "as I see it"}
            if kind == "vote-for":
                given["on_behalf_of"] = _delegator(run, gate, person, other)
            if numbers[2] % 11 == 0:
                given["digest"] = "0" * 64
            return Act("vote", person, gate, given)
        case "delegate":
            return Act(kind, person, gate, {"to": other})
        case "withdraw" | "take-back":
            return Act(kind, person, gate)
        case "complete":
            return Act(kind, person, task, {"form": _form(run, task)})
        case "complete-for":
            return Act(kind, person, task, {"form": _form(run, task), "on_behalf_of": other})
        case "reassign":
            return Act(kind, person, task, {"to": other})
        case "claim" | "release":
            return Act(kind, person, task)
        case "skip" | "retry":
            return Act(kind, person, any_of)
        case "jump":
            return Act(kind, person, 0, {"to": ("ship", "board", "done")[numbers[2] % 3]})
        case "change":
            return Act(kind, person, 0, {"values": {"inputs.service": f"shop {numbers[2]}"}})
    return Act(kind, person, 0)


def _last(run: Run, kind: str) -> list[int]:
    """Return the last visit of this kind, which has ended; nothing where there was none."""
    return list(run.steps.filter(kind=kind).order_by("-number").values_list("number", flat=True)[:1])


def _delegator(run: Run, gate: int, person: Person, other: str) -> str:
    """Mostly somebody who has delegated to this person, else anybody at all."""
    there = definitions.state_of(house.now(run)).visits.get(gate)
    handed = [one.by for one in there.asking.delegations if one.to == person.username] if there and there.asking else []
    return handed[0] if handed else other


def _form(run: Run, visit: int) -> dict[str, str]:
    there = definitions.state_of(house.now(run)).visits.get(visit)
    form = getattr(step_of(definitions.of(run), there).does, "form", ()) if there else ()
    return {spec.name: "carefully" for spec in form}


def change(people: People, numbers: Numbers) -> str:
    """Let something change in the organisation, and say what."""
    kind = MEMBERSHIPS[numbers[0] // 10 % len(MEMBERSHIPS)]
    person = people[ACTORS[numbers[1] % len(ACTORS)]]
    group = Group.objects.get(name=("managers", "engineers")[numbers[2] % 2])
    platform = Unit.objects.get(slug="platform")
    match kind:
        case "join":
            group.user_set.add(person)
        case "leave":
            group.user_set.remove(person)
        case "deactivate" | "activate":
            Person.objects.filter(pk=person.pk).update(is_active=kind == "activate")
        case "service":
            Person.objects.filter(pk=person.pk).update(is_service=not person.is_service)
        case "appoint":
            other, now = people[ACTORS[numbers[2] % len(ACTORS)]], timezone.now()
            appoint.appoint(person, other, now, now + timedelta(days=1), person)
            return f"{kind} {other.username} for {person.username} until tomorrow"
        case "no-parts":
            Part.objects.filter(person=person).delete()
        case _:
            Part.objects.get_or_create(unit=platform, person=person, part=kind)
    person.refresh_from_db()
    return f"{kind} {person.username} {group.name}"
