"""What the library says when an expression has no value for its data, in plain words.

Operators read these at an incident, who may never have seen the expression. What is not known here is said as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.expressions.types import say

_OPERATORS = {"@in": "in", "!_": "!", "-_": "-", "_[_]": "[ ]"}
_KINDS = {"int64": "int", "uint64": "int", "null_type": "null", "list": "list(dyn)", "map": "map(string, dyn)"}
_CONDITION = "This must be true or false, and is neither."
_SAYS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r'No value with name "(.+)" found in Activation', r"`\1` is not set."),
    (r"No matching overloads found : <jump_condition>", _CONDITION),
    (r"No matching overloads found : <iter_range>", "This is no list, and cannot be gone through."),
    (r"No matching overloads found : @in", "`in` needs a list or a mapping on its right."),
    (r"No matching overloads found : (?:_&&_|_\|\|_|!_)", _CONDITION),
    (r"No matching overloads found : (?:\((.*?)\)\.)?([^(]+)\((.*)\)", lambda found: _overload(*found.groups())),
    (r"(?:divide|modulus) by zero", "This divides by zero."),
    (r"integer overflow|double out of int64 range", "The number becomes too large."),
    (r"int64 out of uint64 range", "The number must not be negative."),
    (r"Index error: index=(-?\d+) size=(\d+)", lambda found: _index(int(found[1]), int(found[2]))),
    (r"Index error: expected integer type.*", "Items of a list have numbers, from 0."),
    (r'Key not found in map : "?(.*?)"?', r"There is no `\1` in it."),
    (r"Applying SELECT to non-message type", "There is nothing in it to be named: it is no mapping."),
    (r"Invalid container type: .*", "Only a list or a mapping has items."),
    (r"String to Timestamp conversion failed", "This text is no time: write for example 2026-03-02T09:00:00Z."),
    (r"String to Duration conversion failed", "This text is no duration: write for example 90m."),
    (r"cannot convert string to (int|double)", lambda found: f"This text is not {say(found[1])}."),
    (r"Type conversion error from 'string' to 'bool'", "This text is neither true nor false."),
    (r"Invalid timezone.*", "There is no such time zone."),
    (r"invalid regular expression: (.*)", r"The pattern cannot be read: \1."),
    (r"duplicate key in map", "A mapping has the same name twice."),
)


def explain(text: str) -> str:
    """Return what the library said as a sentence for people."""
    for pattern, says in _SAYS:
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return found.expand(says) if isinstance(says, str) else says(found)
    return text


def _overload(receiver: str | None, function: str, given: str) -> str:
    kinds = [kind.strip() for kind in (receiver, *given.split(",")) if kind and kind.strip()]
    said = [say(_KINDS.get(kind, kind)) for kind in kinds]
    name = _OPERATORS.get(function, function.strip("_"))
    return f"`{name}` does not work on {' and '.join(said)}." if said else f"`{name}` does not work here."


def _index(index: int, size: int) -> str:
    if index < 0:
        return "Items of a list have numbers, from 0."
    items = "no items" if size == 0 else "one item" if size == 1 else f"{size} items"
    return f"The list has {items}, and none with the number {index} (they are counted from 0)."
