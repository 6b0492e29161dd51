"""The shapes of values, as pieces of a schema: keys come from the readers, words from `words`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.durations import BUSINESS_UNITS, PLAIN_UNITS
from engine.expressions.names import ID, MAX_ID
from engine.language.schema.words import WORDS

Schema = dict[str, Any]

#: A value that a template leaves to a parameter: whatever has a form may be one.
FILLED: Schema = {"type": "string", "pattern": r"^\s*\$\{[\s\S]*\}\s*$"}
#: In a place for text any scalar is one: `1.10` is the text `1.10`.
TEXT: Schema = {"type": ["string", "number", "boolean"]}
ANY: Schema = {}
OPEN: Schema = {"type": "object"}
NAME: Schema = {"type": "string", "maxLength": MAX_ID, "pattern": f"^(?:{ID})$"}
FLAG: Schema = {"anyOf": [{"type": "boolean"}, FILLED]}
EXPRESSION: Schema = {"type": ["string", "number", "boolean"]}
TEXTS: Schema = {"anyOf": [{"type": "array", "items": TEXT, "uniqueItems": True}, FILLED]}
TEXT_OR_TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "uniqueItems": True, "minItems": 1}]}
DATE: Schema = {"type": "string", "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"}
REFERENCE: Schema = {"type": "string", "pattern": rf"^\s*(?:{ID})(?:@\^?[1-9][0-9]*)?\s*$"}


def choice(options: Iterable[str]) -> Schema:
    return {"anyOf": [{"enum": list(options)}, FILLED]}


def integer(lowest: int, highest: int) -> Schema:
    return {"anyOf": [{"type": "integer", "minimum": lowest, "maximum": highest}, FILLED]}


def duration(*, business: bool = False) -> Schema:
    """Return the shape of a length of time, plain or also in business time."""
    plain = f"(?:[0-9]{{1,9}}(?:{'|'.join(PLAIN_UNITS)}))+"
    worked = f"(?:[0-9]{{1,9}}(?:{'|'.join(BUSINESS_UNITS)}))+"
    forms = f"(?:{plain}|{worked})" if business else plain
    return {"anyOf": [{"type": "string", "pattern": rf"^\s*{forms}\s*$"}, FILLED]}


def several(item: Schema, least: int = 0) -> Schema:
    shape: Schema = {"type": "array", "items": item}
    return {**shape, "minItems": least} if least else shape


def by_name(value: Schema) -> Schema:
    """Return the shape of a mapping from ids to such values."""
    return {"type": "object", "additionalProperties": value, "propertyNames": NAME}


def one_of(*shapes: Schema) -> Schema:
    return {"anyOf": list(shapes)}


def named(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def closed(section: str, keys: Iterable[str], shapes: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """Return the shape of a mapping with these keys and no others; a key without a shape may hold anything.

    `section` is where the words for its keys stand.
    """
    words = WORDS.get(section, {})
    properties = {key: {"description": words.get(key, ""), **shapes.get(key, ANY)} for key in keys}
    shape: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    needed = list(required)
    return {**shape, "required": needed} if needed else shape
