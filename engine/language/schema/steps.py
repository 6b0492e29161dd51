"""Steps of every kind, gates, rungs, and what a step holds."""

from __future__ import annotations

from engine.language.doing import ACTION, RETRY
from engine.language.escalation import KEYS as RUNG
from engine.language.keys import INSIDE, KINDS, beside_id
from engine.language.kinds import PICKED
from engine.language.lookup import LOOKUP, OTHERWISE
from engine.language.regions import MOST_ITEMS
from engine.language.routes import RULE
from engine.language.schema.shapes import (
    EXPRESSION,
    FILLED,
    FLAG,
    NAME,
    OPEN,
    REFERENCE,
    TEXT,
    TEXT_OR_TEXTS,
    TEXTS,
    Schema,
    by_name,
    choice,
    closed,
    duration,
    integer,
    named,
    one_of,
    several,
)

_JOIN = one_of({"enum": ["all", "any"]}, {"type": "integer", "minimum": 1}, FILLED)
_COUNTS: Schema = {"type": "object", "additionalProperties": integer(1, 10_000), "minProperties": 1}
_TARGETS: Schema = {"type": "object", "additionalProperties": TEXT_OR_TEXTS}
_PERCENT: Schema = {"type": "string", "pattern": r"^\s*[0-9]{1,6}%\s*$"}


def definitions() -> dict[str, Schema]:
    """Return the pieces that refer to each other."""
    steps, needing = ([_step(kind, is_graph) for kind in KINDS] for is_graph in (False, True))
    return {
        "step": {"title": "A step", **one_of(*steps)},
        "steps": several(named("step"), 1),
        "step-that-needs": {"title": "A step that says what it needs", **one_of(*needing)},
        "steps-that-need": several(named("step-that-needs"), 1),
        "rung": closed("rung", RUNG, _RUNG),
        "lookup": closed("lookup", LOOKUP, _LOOKUP, ("table",)),
        "retry": closed("retry", RETRY, _RETRY),
        "task": closed("task", INSIDE["task"], _TASK, ("assign",)),
        "gate": closed("gate", INSIDE["gate"], _GATE, ("approvers",)),
        "decide": one_of(
            several(one_of(_rule(), closed("rule", RULE[2:], _RULE, RULE[2:])), 1),
            closed("lookup", (*LOOKUP, "go", OTHERWISE), _LOOKUP, ("table", "go")),
        ),
        "undo": one_of(
            closed("step", ("task",), _STEP, ("task",)),
            closed("step", ACTION, _STEP, ("action",)),
        ),
    }


def _rule() -> Schema:
    """Return the shape of a rule with a condition: `otherwise` stands alone."""
    return {**closed("rule", RULE, _RULE, RULE[:2]), "not": {"required": [OTHERWISE]}}


def _step(kind: str, is_graph: bool) -> Schema:
    keys = beside_id(kind, is_graph)
    required = ("id", kind, *(key for key in ("steps",) if kind == "each"))
    return {"title": f"A step of the kind `{kind}`", **closed("step", keys, _STEP, required)}


_RUNG: dict[str, Schema] = {
    "after": duration(business=True),
    "before_due": duration(business=True),
    "when": EXPRESSION,
    "remind": TEXT_OR_TEXTS,
    "add": TEXT,
    "reassign": TEXT,
    "outcome": TEXT,
    "go": TEXT,
    "incident": FLAG,
    "every": duration(),
    "for": TEXT,
}
_RETRY: dict[str, Schema] = {
    "attempts": integer(1, 100),
    "backoff": choice(("fixed", "exponential")),
    "first": duration(),
    "max": duration(),
}
_TASK: dict[str, Schema] = {
    "assign": one_of(
        TEXT, closed("picked", PICKED, {"role": TEXT, "pick": choice(("round-robin", "least-busy"))}, PICKED)
    ),
    "instructions": TEXT,
    "checklist": TEXTS,
    "form": by_name(named("field")),
    "outcomes": TEXTS,
    "require": TEXTS,
}
_GATE: dict[str, Schema] = {
    "ask": TEXT,
    "show": TEXTS,
    "approvers": TEXTS,
    "quorum": one_of({"enum": ["any", "all"]}, {"type": "integer", "minimum": 1}, _PERCENT, _COUNTS, FILLED),
    "order": choice(("any", "sequential")),
    "reject": choice(("any", "majority", "impossible")),
    "exclude": TEXTS,
    "require": TEXTS,
}
_RULE: dict[str, Schema] = {"when": EXPRESSION, "go": TEXT_OR_TEXTS, "otherwise": TEXT_OR_TEXTS}
_LOOKUP: dict[str, Schema] = {"table": TEXT, "with": OPEN, "on": TEXT, "go": _TARGETS, "otherwise": TEXT_OR_TEXTS}
_WAIT = closed(
    "wait",
    INSIDE["wait"],
    {
        "until": EXPRESSION,
        "signal": TEXT,
        "match": EXPRESSION,
        "deadline": duration(business=True),
        "on_deadline": TEXT,
    },
)
_PARALLEL = closed(
    "parallel",
    INSIDE["parallel"],
    {"branches": by_name(named("steps")), "steps": named("steps-that-need"), "join": _JOIN},
)
_STEP: dict[str, Schema] = {
    "id": NAME,
    "title": TEXT,
    "when": EXPRESSION,
    "next": TEXT,
    "needs": TEXTS,
    "due": duration(business=True),
    "escalate": several(named("rung")),
    "undo": named("undo"),
    "window": TEXT,
    "tags": TEXTS,
    "locked": FLAG,
    "task": named("task"),
    "gate": named("gate"),
    "action": TEXT,
    "decide": named("decide"),
    "parallel": _PARALLEL,
    "each": EXPRESSION,
    "call": REFERENCE,
    "wait": one_of(*duration(business=True)["anyOf"], _WAIT),
    "set": by_name(one_of(EXPRESSION, named("lookup"))),
    "rollback": FLAG,
    "end": choice(("completed", "failed")),
    "on_outcome": _TARGETS,
    "on_reject": TEXT,
    "on_return": TEXT,
    "on_error": TEXT,
    "with": OPEN,
    "timeout": duration(),
    "retry": named("retry"),
    "idempotency_key": TEXT,
    "as": TEXT,
    "mode": choice(("parallel", "sequence")),
    "at_most": integer(1, MOST_ITEMS),
    "steps": named("steps"),
    "join": _JOIN,
    "message": TEXT,
}
