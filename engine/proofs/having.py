"""Whether a step has a key that a policy asks for: what the key says is there, however the file came to say it.

Asked of the definition, so that it is the same for a file, a version that was published long ago, and what a template
brought. A key that always has a value, given or by default (`quorum`, `timeout`, `join`), is always there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.definition import STARTER, ActionSpec, Definition, StepSpec

#: Keys whose value is held under another name, or is there only where it says something else than the default.
_HELD: dict[str, Callable[[StepSpec], Any]] = {
    "assign": lambda step: getattr(step.does, "assign", STARTER) != STARTER,
    "ask": lambda step: getattr(step.does, "ask", "") not in ("", step.title),
    "with": lambda step: getattr(step.does, "parameters", None),
    "retry": lambda step: isinstance(step.does, ActionSpec) and step.does.retry.attempts > 1,
    "as": lambda step: getattr(step.does, "name", ""),
    "on_error": lambda step: getattr(step.does, "on_error", "incident") != "incident",
    "table": lambda step: getattr(step.does, "table", None),
    "branches": lambda step: getattr(step.does, "branches", ()),
    "title": lambda step: step.title.casefold() != step.id.replace("-", " ").replace("_", " ").casefold(),
}
#: Keys that lead somewhere, by the triggers of the ways they make.
_LEADING = {
    "on_outcome": "outcome:",
    "on_reject": "reject",
    "on_return": "return",
    "on_deadline": "deadline",
    "otherwise": "otherwise",
}
#: Fields that are empty, or None, where the key is not given.
_PLAIN = frozenset(
    {"when", "due", "escalate", "undo", "window", "tags", "locked", "instructions", "checklist", "form", "outcomes"}
    | {"require", "show", "approvers", "exclude", "idempotency_key", "at_most", "message", "until", "signal", "match"}
    | {"deadline"}
)


def lacks(definition: Definition, step: StepSpec, key: str) -> bool:
    """Say whether the step has nothing of what this key says."""
    if key in _LEADING:
        return not any(way.trigger.startswith(_LEADING[key]) for way in definition.ways[step.id])
    if key in _HELD:
        return not _HELD[key](step)
    if key in _PLAIN:
        return not (getattr(step, key, None) or getattr(step.does, key, None))
    return False
