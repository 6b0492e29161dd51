"""Patterns of text fields: a whole match in linear time, whatever the pattern.

The matching is RE2's, which comes with CEL: Python's own `re` can take exponential time over a pattern such
as `(a+)+b`, and patterns come from authors.
"""

from __future__ import annotations

from engine.expressions.cel import Environment, EvaluationError

MAX_PATTERN = 500
_MATCH = Environment({"text": "string", "pattern": "string"}).compile("text.matches(pattern)")


def matches(pattern: str, text: str) -> bool:
    """Tell whether the whole text fits the pattern. Raises `ValueError` where the pattern cannot be read."""
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"A pattern has at most {MAX_PATTERN} characters.")
    try:
        return bool(_MATCH.evaluate({"text": text, "pattern": f"^(?:{pattern})$"}))
    except EvaluationError as error:
        raise ValueError(str(error).replace("^(?:", "").replace(")$", "")) from None
