"""Plain YAML scalars by YAML 1.2's core schema: `no`, `1:30` and `2026-03-02` are texts, `012` is twelve.

PyYAML follows YAML 1.1, where the first is a boolean, the second a number of minutes and the last ten.
"""

from __future__ import annotations

import re

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_FIRST_OF_NUMBER = frozenset("0123456789+-.")


def resolve(text: str) -> str | int | float | bool | None:
    """Return what a plain scalar is in YAML 1.2's core schema; numbers that no machine word holds stay text."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in _FIRST_OF_NUMBER or len(text) > 40:
        return text
    if _INT.fullmatch(text):
        number = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        return number if -(2**63) <= number < 2**63 else text
    if _FLOAT.fullmatch(text):
        real = float(text)
        return real if abs(real) != float("inf") else text
    return text
