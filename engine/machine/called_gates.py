"""Which calls of a run may hold approvals: to skip or jump past one of them is to pass over those.

Asked by whoever writes facts into events, as only they know the definitions that a run's calls are pinned to.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.definition import CallSpec, Definition, GateSpec
from engine.machine.state import State


def gated(state: State | None, known: Callable[[str], Definition]) -> tuple[str, ...]:
    """Return the calls whose playbook has a gate, or calls a further one: which that will be is not known before.

    `known` gives the definition with a digest.
    """
    calls = state.calls if state is not None else {}
    return tuple(call for call in sorted(calls) if _may_ask(known(calls[call])))


def _may_ask(definition: Definition) -> bool:
    return any(isinstance(step.does, GateSpec | CallSpec) for step in definition.steps.values())
