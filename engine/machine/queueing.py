"""A place under way: the key it is held by, and what is said where none is free (semantics “Locks”)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import values
from engine.definition import Definition
from engine.expressions import EvaluationError, Evaluator, Scope
from engine.machine.commands import Refusal
from engine.machine.events import Start

#: What can be kept of a key, in characters.
LONGEST_KEY = 200


def key_of(definition: Definition, event: Start, inputs: Mapping[str, Any]) -> str | Refusal:
    """Return under which key this start wants a place, `""` where the playbook asks for none.

    `inputs` are the encoded values with their defaults. A key that cannot be evaluated refuses the start.
    """
    if definition.concurrency is None:
        return ""
    scope = Scope(
        inputs={name: values.decode(value) for name, value in inputs.items()},
        run={"id": event.run, "started_by": event.actor, "started_at": event.at},
        now=event.at,
    )
    try:
        key = Evaluator.of(definition).resolve(definition.concurrency.key, scope)
    except EvaluationError as error:
        return Refusal("not-open", f"This run cannot start: the key of `concurrency` cannot be computed: {error}")
    if len(str(key)) > LONGEST_KEY:
        says = f"the key of `concurrency` has more than {LONGEST_KEY} characters."
        return Refusal("not-open", f"This run cannot start: {says}")
    return str(key)


def full(definition: Definition, key: str) -> Refusal:
    """Say that there is no place, to whoever wanted to start."""
    limit = definition.concurrency.limit if definition.concurrency else 0
    runs = "one run" if limit == 1 else f"{limit} runs"
    words = f" for {key}" if key else ""
    return Refusal("not-open", f"Only {runs} of {definition.title} may be under way at once{words}; try again later.")
