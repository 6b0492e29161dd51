"""A playbook, or one that adapts another."""

from __future__ import annotations

from engine.language import template
from engine.language.playbook import KEYS, KINDS, MATURITIES, REQUIRED, RISKS, ROLE
from engine.language.schema import fields, steps
from engine.language.schema.shapes import (
    EXPRESSION,
    FLAG,
    NAME,
    OPEN,
    REFERENCE,
    TEXT,
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
from engine.language.triggers import CONCURRENCY, MOST_AT_ONCE, SCHEDULE, WEBHOOK

_TRIGGER: dict[str, Schema] = {
    "schedule": TEXT,
    "timezone": TEXT,
    "catch_up": choice(("once", "each", "skip")),
    "webhook": NAME,
    "with": OPEN,
}
_ROLES = by_name(closed("role", ROLE, {"groups": TEXTS, "users": TEXTS}))
_FIELDS = by_name(named("field"))
_HEAD: dict[str, Schema] = {
    "playbook": NAME,
    "title": TEXT,
    "kind": choice(KINDS),
    "summary": TEXT,
    "owner": TEXT,
    "domain": TEXT,
    "tags": TEXTS,
    "risk": choice(RISKS),
    "maturity": choice(MATURITIES),
    "review_every": duration(),
    "sla": duration(business=True),
    "calendar": TEXT,
    "run_title": TEXT,
    "template": FLAG,
    "parameters": _FIELDS,
    "inputs": _FIELDS,
    "roles": _ROLES,
    "steps": named("steps"),
    "outputs": by_name(EXPRESSION),
    "concurrency": closed(
        "concurrency",
        CONCURRENCY,
        {"key": TEXT, "limit": integer(1, MOST_AT_ONCE), "when_full": choice(("queue", "refuse"))},
    ),
    "triggers": several(
        one_of(
            {
                **closed("trigger", (*SCHEDULE, "webhook"), _TRIGGER, SCHEDULE[:1]),
                "not": {"required": ["webhook"]},
            },
            closed("trigger", WEBHOOK, _TRIGGER, WEBHOOK[:1]),
        )
    ),
}


def made() -> Schema:
    """Return the schema; whoever writes `extends` gets the keys of a child, everybody else those of a playbook."""
    pieces = steps.definitions()
    return {
        "title": "A playbook of Penstock",
        "if": {"type": "object", "required": [template.EXTENDS]},
        "then": _adaptation(),
        "else": closed("playbook", KEYS, _HEAD, REQUIRED),
        "$defs": {**pieces, "field": fields.field()},
    }


def _adaptation() -> Schema:
    incoming = one_of(named("steps"), named("step"), named("steps-that-need"), named("step-that-needs"))
    texts: dict[str, Schema] = {**dict.fromkeys(template.ACTS, TEXT), "insert": incoming, "with": incoming}
    changes = (
        closed("change", keys, texts, keys)
        for keys in ((act, beside) if beside else (act,) for act, beside in template.BESIDE.items())
    )
    shapes = {
        **_HEAD,
        "extends": REFERENCE,
        "parameters": OPEN,
        "set": closed("playbook", template.SETTABLE, _HEAD),
        "change": several(one_of(*changes)),
    }
    return closed("adaptation", template.KEYS, shapes, ("playbook", template.EXTENDS))
