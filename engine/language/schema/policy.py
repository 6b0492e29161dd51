"""A policy."""

from __future__ import annotations

from engine.language.keys import KINDS, keys_of
from engine.language.playbook import KINDS as LABELS
from engine.language.playbook import RISKS
from engine.language.policy import APPLIES, BEFORE, GATE, KEYS, MOST_PEOPLE, PUBLISH, REQUIREMENTS
from engine.language.schema.shapes import NAME, TEXT, TEXTS, Schema, closed, integer, one_of, several


def made() -> Schema:
    """Return the schema."""
    shapes: dict[str, Schema] = {
        "policy": NAME,
        "title": TEXT,
        "summary": TEXT,
        "unit": TEXT,
        "applies": closed("applies", APPLIES, {**_APPLIES, "domain": TEXTS, "tags": TEXTS}),
        "require": several(one_of(*_requirements())),
        "publish": _approval(PUBLISH, "approvers"),
    }
    return {"title": "A policy of Penstock", **closed("policy", KEYS, shapes, ("policy", "title", "unit"))}


def _among(words: tuple[str, ...]) -> Schema:
    return {"type": "array", "items": {"enum": list(words)}, "uniqueItems": True}


_APPLIES = {"risk": _among(RISKS), "kind": _among(LABELS)}


def _requirements() -> list[Schema]:
    before = closed("before", BEFORE, {"action": TEXT, "tag": TEXT})
    bound: Schema = {"type": "string", "pattern": r"^\s*<=\s*\S"}
    shapes = {
        "before": {**before, "minProperties": 1, "maxProperties": 1},
        "gate": _approval(GATE, "roles"),
        "review_every": bound,
    }
    found = [closed("requirement", keys, shapes, keys) for act, keys in REQUIREMENTS.items() if act != "every"]
    keys = REQUIREMENTS["every"]
    for kind in KINDS:
        of_kind = {"every": {"const": kind}, "has": {**_among(keys_of(kind)), "minItems": 1}}
        found.append(closed("requirement", keys, of_kind, keys))
    return found


def _approval(keys: tuple[str, ...], people: str) -> Schema:
    named: Schema = {"type": "array", "items": NAME, "uniqueItems": True, "minItems": 1}
    shapes = {people: named, "quorum": integer(1, MOST_PEOPLE), "exclude": TEXTS}
    return closed("approval", keys, shapes, (people,))
