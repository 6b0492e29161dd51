"""The state of a run in the words of another version: steps under the names that they have there.

What has no counterpart stays behind, and values that do not fit there. What is open is not touched otherwise:
its clocks and its questions are `engine.machine.migrating`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from engine import fields
from engine.machine.state import Done, Draining, Region, State, Visit
from engine.migration.counterparts import Counterparts

_T = TypeVar("_T")
_EACH = re.compile(r"([^\[\]/]+)(?=\[)")


def carried(state: State, parts: Counterparts) -> State:
    """Return the state as the other version would hold it."""
    return replace(
        state,
        definition=parts.after.digest,
        semantics=parts.after.semantics,
        inputs=inputs_in(state.inputs, parts),
        visits={number: _visit(visit, parts) for number, visit in state.visits.items()},
        values=_scoped(state.values, parts, values=True),
        counts=_scoped(state.counts, parts),
        items={scope_in(scope, parts): item for scope, item in state.items.items()},
        doers=_named(state.doers, parts),
        ended={_line(key, parts): line for key, line in state.ended.items() if _goes_on(_step(key), parts)},
        done=tuple(there for one in state.done if (there := _done(one, parts)) is not None),
        draining={number: _draining(one, parts) for number, one in state.draining.items()},
    )


def scope_in(scope: str, parts: Counterparts) -> str:
    """Return an item as the other version calls it."""
    return _EACH.sub(lambda found: parts.meant(found[1]), scope)


def _goes_on(step: str, parts: Counterparts) -> bool:
    return step in parts.before.steps and parts.of(step) is not None


def inputs_in(held: Mapping[str, Any], parts: Counterparts, fill: bool = True) -> dict[str, Any]:
    """Return the inputs that the other version knows and takes; with `fill` its defaults for those that are new."""
    found: dict[str, Any] = {}
    for spec in parts.after.inputs:
        value = held.get(parts.input_of(spec.name) or "", spec.default if fill else None)
        if value is not None and fields.check(spec, value) is None:
            found[spec.name] = value
    return found


def _visit(visit: Visit, parts: Counterparts) -> Visit:
    step = parts.meant(visit.step)
    there = parts.after.steps.get(step)
    return replace(
        visit,
        step=step,
        within=there.within if there else visit.within,
        scope=scope_in(visit.scope, parts),
        region=None if visit.region is None else _region(visit.region, parts),
    )


def _region(region: Region, parts: Counterparts) -> Region:
    """Rename the steps of a list of needs; branches and items are called the same."""
    edges = {">".join(map(parts.meant, edge.split(">"))): state for edge, state in region.edges.items()}
    if not region.edges and not any(name in parts.before.steps for name in region.open):
        return region
    return replace(region, edges=edges, open=tuple(map(parts.meant, region.open)))


def _scoped(held: Mapping[str, Mapping[str, Any]], parts: Counterparts, values: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for scope, steps in held.items():
        there = {step: data for step, data in steps.items() if _goes_on(step, parts)}
        named = {parts.meant(step): _kept(step, data, parts) if values else data for step, data in there.items()}
        if named:
            found[scope_in(scope, parts)] = named
    return found


def _kept(step: str, data: Any, parts: Counterparts) -> Any:
    if not isinstance(data, Mapping):
        return data
    kept = {name: value for name, value in data.items() if parts.keeps(step, name)}
    return {parts.value_of(step, name): value for name, value in kept.items()}


def _named(held: Mapping[str, _T], parts: Counterparts) -> dict[str, _T]:
    """Return this by the steps' names there; what is no step (`starter`) is called as before."""
    return {
        parts.meant(step): value
        for step, value in held.items()
        if step not in parts.before.steps or parts.of(step) is not None
    }


def _step(line: str) -> str:
    return line.partition("@")[0].removesuffix(".undo")


def _line(key: str, parts: Counterparts) -> str:
    line, _, scope = key.partition("@")
    step = line.removesuffix(".undo")
    renamed = parts.meant(step) + line[len(step) :]
    return f"{renamed}@{scope_in(scope, parts)}" if scope else renamed


def _done(done: Done, parts: Counterparts) -> Done | None:
    step = parts.of(done.step)
    if step is None or parts.after.steps[step].undo is None:
        return None
    held = done.snapshot.steps
    left = {one: _kept(one, data, parts) if _goes_on(one, parts) else data for one, data in held.items()}
    snapshot = replace(
        done.snapshot,
        inputs=inputs_in(done.snapshot.inputs, parts, fill=False),
        steps=_named(left, parts),
        counts=_named(done.snapshot.counts, parts),
    )
    return replace(done, step=step, scope=scope_in(done.scope, parts), snapshot=snapshot)


def _draining(one: Draining, parts: Counterparts) -> Draining:
    return replace(one, done=None if one.done is None else _done(one.done, parts))
