"""A decision: the columns are the author's, so a rule may have any."""

from __future__ import annotations

from engine.language.decision import KEYS, MOST_RULES, THEN
from engine.language.schema import fields
from engine.language.schema.shapes import EXPRESSION, NAME, TEXT, TEXTS, Schema, choice, closed, named, one_of, several
from engine.language.schema.words import WORDS
from engine.tables.table import HITS

_CELL = one_of(TEXT, several(TEXT, 1))


def made() -> Schema:
    """Return the schema."""
    columns: Schema = {"type": "object", "additionalProperties": named("column"), "minProperties": 1}
    then: Schema = {"type": "object", "additionalProperties": EXPRESSION, "description": WORDS["decision"][THEN]}
    rule: Schema = {"type": "object", "properties": {THEN: then}, "required": [THEN], "additionalProperties": _CELL}
    shapes: dict[str, Schema] = {
        "decision": NAME,
        "title": TEXT,
        "summary": TEXT,
        "owner": TEXT,
        "domain": TEXT,
        "tags": TEXTS,
        "inputs": columns,
        "outputs": columns,
        "hit": choice(HITS),
        "rules": {**several(rule, 1), "maxItems": MOST_RULES},
    }
    return {
        "title": "A decision of Penstock",
        **closed("decision", KEYS, shapes, ("decision", "inputs", "outputs", "rules")),
        "$defs": {"column": fields.column()},
    }
