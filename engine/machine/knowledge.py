"""What expressions may read at this instant, from what a run holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import values
from engine.expressions import Scope
from engine.machine import scopes
from engine.machine.state import Snapshot, State

Scoped = Mapping[str, Mapping[str, Any]]


def scope(
    state: State,
    now: datetime,
    at: str = scopes.OUTSIDE,
    within: str = "",
    steps: Scoped | None = None,
    counts: Mapping[str, Mapping[str, int]] | None = None,
    inputs: Mapping[str, Any] | None = None,
    items: Scoped | None = None,
) -> Scope:
    """Return the scope of this state in an item (`at`), for an expression of the list `within`.

    The others replace what the state holds while an event is applied.
    """
    held = visible(state.values if steps is None else steps, at)
    return Scope(
        inputs=_decoded(state.inputs if inputs is None else inputs),
        steps=_decoded(held),
        visits=visible(state.counts if counts is None else counts, at),
        run=_run(state),
        now=now,
        within=within,
        each=_decoded(visible(state.items if items is None else items, at)),
    )


def remembered(state: State, now: datetime, snapshot: Snapshot, within: str) -> Scope:
    """Return the scope that an undo reads: the data as it was when the visit ended."""
    return Scope(
        inputs=_decoded(snapshot.inputs),
        steps=_decoded(snapshot.steps),
        visits=snapshot.counts,
        run=_run(state),
        now=now,
        within=within,
        each=_decoded(snapshot.each),
    )


def visible(scoped: Mapping[str, Mapping[str, Any]], at: str) -> Mapping[str, Any]:
    """Return what of this can be read in an item: its own, before that of what lies around it."""
    if not at:
        return scoped.get(scopes.OUTSIDE, {})
    found: dict[str, Any] = {}
    for one in scopes.chain(at):
        found.update(scoped.get(one, {}))
    return found


def _run(state: State) -> dict[str, Any]:
    return {"id": state.run, "started_by": state.started_by, "started_at": state.started_at}


def _decoded(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.decode(value) for name, value in stored.items()}
