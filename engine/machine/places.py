"""For which place a run asks: the value of `concurrency.key`, known before the run begins.

Who holds a place and who waits for it is a question of many runs; that is left to whoever keeps them (`runs.places`).
"""

from __future__ import annotations

from engine.definition import Definition
from engine.expressions import EvaluationError, Evaluator, Scope
from engine.machine import tasks
from engine.machine.commands import Refusal
from engine.machine.events import Start
from engine.values import canonical, decode

LONGEST_KEY = 200


def key_of(definition: Definition, start: Start) -> str | Refusal:
    """Return the key of the place that this start asks for; `""` is a key too, shared by all that have none.

    A key that has no value, or a longer one than can be kept, refuses the start (semantics [error]).
    """
    assert definition.concurrency is not None, "only a playbook with `concurrency` has places"
    inputs = tasks.filled(definition.inputs, start.inputs)
    if isinstance(inputs, Refusal):
        return inputs
    scope = Scope(
        inputs={name: decode(value) for name, value in inputs.items()},
        run={"id": start.run, "started_by": start.actor, "started_at": start.at},
        now=start.at,
    )
    try:
        value = Evaluator.of(definition).resolve(definition.concurrency.key, scope)
    except EvaluationError as error:
        return Refusal("not-open", f"The key of its place (`concurrency`) has no value: {error}")
    key = value if isinstance(value, str) else canonical(value).decode()
    if len(key) > LONGEST_KEY:
        return Refusal("not-open", f"The key of its place (`concurrency`) has more than {LONGEST_KEY} characters.")
    return key


def full(definition: Definition, key: str) -> str:
    """Say that there is no place left under this key."""
    assert definition.concurrency is not None
    limit = definition.concurrency.limit
    others = "another run" if limit == 1 else f"{limit} other runs"
    of = f" for “{key}”" if key else ""
    return f"There is no place{of}: {others} of this playbook {'is' if limit == 1 else 'are'} under way already."
