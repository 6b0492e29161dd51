"""What expressions may read at this instant, from what a run holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import values
from engine.definition import MAIN
from engine.expressions import Scope
from engine.machine.state import State


def scope(
    state: State,
    now: datetime,
    steps: Mapping[str, Any] | None = None,
    counts: Mapping[str, int] | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Scope:
    """Return the scope of this state; the others replace what it holds while an event is applied."""
    held = state.values.get(MAIN, {}) if steps is None else steps
    return Scope(
        inputs={name: values.decode(value) for name, value in (state.inputs if inputs is None else inputs).items()},
        steps={step: values.decode(data) for step, data in held.items()},
        visits=dict(state.counts.get(MAIN, {}) if counts is None else counts),
        run={"id": state.run, "started_by": state.started_by, "started_at": state.started_at},
        now=now,
    )
