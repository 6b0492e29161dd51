"""What happens next in a run: what each open step waits for, who can end it, until when, and where that leads.

Takes the run as read; leaves words with the times that the machine's timers hold, and what was sent and not yet taken.
What happens when nobody does anything is `dashboards.course.future`'s.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards import called, shown
from dashboards.course import ways
from dashboards.course.reading import Seen
from dashboards.course.told import in_words
from engine.definition import GateSpec, WaitSpec
from engine.lifecycles import VISIT_OPEN, VisitStatus
from engine.machine import quorum
from engine.machine.events import Signal
from engine.machine.state import Timer
from runs.directory import USER
from runs.models import Run, Step
from workflows.models import Person

#: So many open steps are told one by one, so many signals, and so many people of a step.
TOLD, SIGNALS, NAMED = 12, 8, 5


@dataclass(frozen=True)
class Ahead:
    """One open step. `waits` ends before `at`, the time it names, and `then` follows it; `run` is the one it called.

    `who` says who can end it, `follows` where its ways lead. `has_rules`: something happens there by itself.
    """

    step: Step
    title: str
    href: str
    who: str
    follows: str
    has_rules: bool
    waits: str
    at: datetime | None = None
    then: str = ""
    run: Run | None = None


@dataclass(frozen=True)
class Sent:
    """A signal that nobody has taken yet: `says` is what it holds, in short."""

    name: str
    by: str
    at: datetime
    says: str


def of(seen: Seen, href: Callable[[Step], str]) -> tuple[tuple[Ahead, ...], int]:
    """Tell what is open, the first steps of it, and how many more there are. One query, for names."""
    open_steps = [
        step
        for step in seen.steps
        if step.status in VISIT_OPEN and (step.kind not in ("parallel", "each") or step.number in seen.stuck)
    ]
    told = sorted(open_steps, key=lambda step: (step.number not in seen.stuck, step.number))[:TOLD]
    may = {step.number: _may_end(seen, step) for step in told}
    people = Person.objects.filter(username__in={name for names in may.values() for name in names})
    names = {person.username: str(person) for person in people} if any(may.values()) else {}
    return tuple(_ahead(seen, step, may, names, href) for step in told), len(open_steps) - len(told)


def _ahead(
    seen: Seen, step: Step, may: Mapping[int, list[str]], names: Mapping[str, str], href: Callable[[Step], str]
) -> Ahead:
    run = seen.called.get(step.number)
    waits, at, then = _waits(seen, step)
    address = href(step) if step.kind in ("task", "gate") or (step.kind == "call" and run) else ""
    return Ahead(
        step,
        called.named(step, seen.definition, seen.state),
        address,
        _who(step, [names.get(name) or f"everybody in the role {shown.role(name)}" for name in may[step.number]]),
        ways.follows(seen.definition, step, step.number in seen.stuck),
        any(timer.visit == step.number for timer in seen.state.timers.values()),
        waits,
        at,
        then,
        run,
    )


def _may_end(seen: Seen, step: Step) -> list[str]:
    """Who can end a step now: usernames, and roles where it is open to a role."""
    visit = seen.state.visits.get(step.number)
    if visit is None or step.number in seen.stuck or step.status == VisitStatus.WAITING:
        return []
    if step.kind == "task" and step.claimed_by is None:
        return [name.removeprefix(USER) for name in (visit.assigned, *visit.added) if name]
    asking = visit.asking
    if asking is None:
        return []
    does = step.spec_in(seen.definition).does
    assert isinstance(does, GateSpec)
    handed = {one.by: one.to for one in asking.delegations}
    seats = [seat.person for seat in asking.seats or () if quorum.may_speak(does, seat, asking.stage)]
    return [handed.get(person, person) for person in seats if person not in asking.spoke]


def _who(step: Step, names: Sequence[str]) -> str:
    if not names:
        return ""
    many = [*names[:NAMED], f"{len(names) - NAMED} more"] if len(names) > NAMED else list(names)
    said = " and ".join([", ".join(many[:-1]), many[-1]]) if len(many) > 1 else many[0]
    said = said[0].upper() + said[1:]
    return f"{said} can {'vote' if step.kind == 'gate' else 'do it'}."


Words = tuple[str, datetime | None, str]


def _waits(seen: Seen, step: Step) -> Words:
    """Say what a step waits for, and when that is over."""
    timers = {timer.kind: timer for timer in seen.state.timers.values() if timer.visit == step.number}
    if step.number in seen.stuck:
        return "Waits for an operator", None, ""
    if step.status == VisitStatus.WAITING:
        return _timed(seen, timers.get("window"), "Its window opens", "Waits for its window to open")
    if step.kind == "task":
        return (f"Is with {step.claimed_by}" if step.claimed_by else "Waits for somebody to take it"), None, ""
    if step.kind == "gate":
        return "Waits for votes", None, ""
    if step.kind == "call":
        return "Waits for the run that it called", None, ""
    if step.kind == "wait":
        return _waiting(seen, step, timers.get("wait") or timers.get("deadline"))
    if "retry" in timers:
        return _timed(seen, timers["retry"], "The next attempt is", "The next attempt is to come")
    if "window" in timers:
        return _timed(
            seen, timers["window"], "The next attempt waits for its window, which opens", "Waits for its window"
        )
    return "Is with the machine", None, ""


def _waiting(seen: Seen, step: Step, timer: Timer | None) -> Words:
    spec = seen.definition.steps[step.name].does
    signal = in_words(spec.signal or "") if isinstance(spec, WaitSpec) and step.undoes is None else ""
    if not signal:
        return _timed(seen, timer, "Goes on", "Goes on after the pause" if seen.run.paused else "Goes on at its time")
    if timer is None or seen.run.paused:
        return f"Waits for the signal {signal}", None, ""
    return f"Waits for the signal {signal} until", timer.due_at, ", then goes the way for when none came"


def _timed(seen: Seen, timer: Timer | None, before: str, without: str) -> Words:
    """Name the time of a timer; while the run is paused it has none."""
    return (before, timer.due_at, "") if timer is not None and not seen.run.paused else (without, None, "")


def kept(seen: Seen) -> tuple[tuple[Sent, ...], int]:
    """Tell the signals that are kept, and those held in a pause, the newest first, and how many more there are."""
    held = [one for one in seen.state.held if isinstance(one, Signal)]
    signals = sorted([*seen.state.kept, *held], key=lambda signal: signal.at, reverse=True)
    shown = signals[:SIGNALS]
    people = {one.username: str(one) for one in Person.objects.filter(username__in={signal.actor for signal in shown})}
    sent = [Sent(in_words(one.name), people.get(one.actor, ""), one.at, _says(one)) for one in shown]
    return tuple(sent), len(signals) - len(shown)


def _says(signal: Signal) -> str:
    text = "" if signal.data is None else json.dumps(signal.data, ensure_ascii=False)
    return text if len(text) <= 120 else text[:119] + "…"
