"""Inputs, form fields, parameters and columns."""

from __future__ import annotations

from engine import fields
from engine.language.decision import NOT_IN_A_COLUMN
from engine.language.field import ITEMS, OF_TYPE, always
from engine.language.schema.shapes import ANY, FLAG, TEXT, TEXTS, Schema, choice, closed, one_of
from engine.tables import cells

_BOUND: Schema = {"type": ["string", "number"]}
_SHAPES: dict[str, Schema] = {
    "title": TEXT,
    "help": TEXT,
    "default": ANY,
    "required": FLAG,
    "min": _BOUND,
    "max": _BOUND,
    "pattern": TEXT,
    "multiline": FLAG,
    "secret": FLAG,
    "options": TEXTS,
    "of": choice(ITEMS),
}


def field() -> Schema:
    """Return the shape of a field: each type has its own keys."""
    return one_of(*(_of_type(kind, (*always(kind), *OF_TYPE.get(kind, ()))) for kind in fields.TYPES))


def column() -> Schema:
    """Return the shape of a column: the word for its type, or a field that nobody leaves empty."""
    words = one_of({"enum": [kind for kind in cells.TYPES if kind != "choice"]})
    keys = {kind: (*always(kind), *OF_TYPE.get(kind, ())) for kind in cells.TYPES}
    columns = (_of_type(kind, [key for key in keys[kind] if key not in NOT_IN_A_COLUMN]) for kind in cells.TYPES)
    return one_of(*words["anyOf"], *columns)


def _of_type(kind: str, keys: tuple[str, ...] | list[str]) -> Schema:
    required = ("type", *(key for key in ("of",) if kind == "list"), *(key for key in ("options",) if kind == "choice"))
    return closed("field", keys, {**_SHAPES, "type": {"const": kind}}, required)
