"""The definition that a run is pinned to, from memory: a digest never changes its meaning.

One query per digest and process; never one per transition.
"""

from __future__ import annotations

import json

from engine.definition import Definition
from engine.machine import state as states
from engine.machine.advance import advance
from engine.machine.commands import Advance, Refusal
from engine.machine.events import Event, Migrate
from engine.machine.state import State
from runs.models import Run, Step
from workflows.models import Version
from workflows.playbooks import by_digest as by_digest


def of_version(version: Version) -> Definition:
    return by_digest(version.digest)


def of(run: Run) -> Definition:
    """Return the definition this run is pinned to: that of its state, whatever its version says today."""
    return by_digest(state_of(run).definition)


def first_of(run: Run) -> str:
    """Return the digest of the definition that the run began on: what its first entry is sealed with."""
    state = state_of(run)
    return state.began_on or state.definition


def of_step(step: Step, now: Definition) -> Definition:
    """Return the definition in which this visit was last open, given the one that its run is pinned to now."""
    if step.ended_at is None or not state_of(step.run).began_on:
        return now
    moved = step.run.entries.filter(kind="migrate", at__gte=step.ended_at).order_by("seq").values_list("at", "event")
    for at, event in moved:
        if at > step.ended_at or step.name not in now.steps:
            return by_digest(json.loads(event)["before"])
    return now


def take(definition: Definition, state: State | None, event: Event) -> Advance | Refusal:
    """Let the machine decide; where the event moves the run, with the definition that it names."""
    if not isinstance(event, Migrate):
        return advance(definition, state, event)
    try:
        return advance(definition, state, event, by_digest(event.to))
    except LookupError:
        return advance(definition, state, event)


def state_of(run: Run) -> State:
    return states.load(run.state)
