"""The names of types as a definition stores them: `int`, `list(string)`, `map(string, dyn)`.

They are CEL's own spelling (cel-spec, "Type denotations" of the checked form), so that `Definition.names`
can be read by anybody, years later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from engine.definition import FieldSpec

INT, DOUBLE, BOOL, STRING = "int", "double", "bool", "string"
TIMESTAMP, DURATION, DYN, NULL = "timestamp", "duration", "dyn", "null"
DATA = "map(string, dyn)"
ALL_DATA = f"list({DATA})"

#: What language.md section 2's field types are in an expression (semantics [types]).
OF_FIELDS = {
    "text": STRING,
    "choice": STRING,
    "user": STRING,
    "email": STRING,
    "url": STRING,
    "integer": INT,
    "number": DOUBLE,
    "boolean": BOOL,
    "date": TIMESTAMP,
    "datetime": TIMESTAMP,
    "duration": DURATION,
    "file": DATA,
}

#: How people call them, for messages.
WORDS = {
    INT: "a whole number",
    DOUBLE: "a number",
    BOOL: "yes or no",
    STRING: "a text",
    TIMESTAMP: "a time",
    DURATION: "a duration",
    DYN: "a value",
    NULL: "null",
}

_THINGS: tuple[tuple[type, str], ...] = (
    (datetime, "a time"),
    (timedelta, "a duration"),
    (Mapping, "a mapping"),
    (object, "a list"),
)
_UNSTORABLE = re.compile("bytes|uint|type|error")


def of_field(spec: FieldSpec) -> str:
    """Return the type of this input or form field in an expression."""
    if spec.type == "list":
        return f"list({OF_FIELDS[spec.of or 'text']})"
    return OF_FIELDS[spec.type]


def is_storable(name: str) -> bool:
    """Tell whether a value of this type can be kept: no bytes, unsigned numbers or types."""
    return not _UNSTORABLE.search(name)


def is_open(name: str) -> bool:
    """Tell whether part of this type is only known at run time."""
    return DYN in name


def say(name: str) -> str:
    """Return the type in words: `a whole number`, `a list`."""
    if name.startswith("list("):
        return "a list"
    if name.startswith("map("):
        return "a mapping"
    return WORDS.get(name, f"a value of the type {name}")


def shown(value: object) -> str:
    """Return how a message names a value that does not fit: a number or a text itself, else the kind of thing."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return f"the text `{value[:80]}`"
    return next(says for kind, says in _THINGS if isinstance(value, kind))


def fits(given: str, wanted: Iterable[str]) -> bool:
    """Tell whether a value of the given type may stand where one of the wanted is asked for."""
    return given == DYN or given in wanted
