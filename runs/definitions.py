"""The definition that a run is pinned to, from memory: a digest never changes its meaning.

One query per digest and process; never one per transition.
"""

from __future__ import annotations

import json
from functools import lru_cache

from engine import definition as definitions
from engine.definition import Definition
from engine.machine import state as states
from engine.machine.state import State
from runs.models import Run
from workflows.models import Version


@lru_cache(maxsize=1000)
def by_digest(digest: str) -> Definition:
    """Return the definition with this digest. Raises `LookupError` when no version holds it."""
    stored = Version.objects.filter(digest=digest).values_list("definition", flat=True).first()
    if stored is None:
        raise LookupError(f"no version has the definition {digest}")
    return definitions.from_json(json.loads(stored))


def of_version(version: Version) -> Definition:
    return by_digest(version.digest)


def of(run: Run) -> Definition:
    """Return the definition this run is pinned to: that of its state, whatever its version says today."""
    return by_digest(state_of(run).definition)


def state_of(run: Run) -> State:
    return states.load(run.state)
