"""The definition that a run is pinned to, from memory: a digest never changes its meaning.

One query per digest and process; never one per transition.
"""

from __future__ import annotations

from engine.definition import Definition
from engine.machine import state as states
from engine.machine.state import State
from runs.models import Run
from workflows.models import Version
from workflows.playbooks import by_digest as by_digest


def of_version(version: Version) -> Definition:
    return by_digest(version.digest)


def of(run: Run) -> Definition:
    """Return the definition this run is pinned to: that of its state, whatever its version says today."""
    return by_digest(state_of(run).definition)


def state_of(run: Run) -> State:
    return states.load(run.state)
