"""`${…}` inside a text: where the expressions begin and end.

An expression ends at the first `}` that is neither in a text of its own nor closes a brace it opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_SKIP = re.compile(r"""[rR]?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the text: an expression or what stands between. `offset` is where its first character stands."""

    text: str
    is_expression: bool
    offset: int


class TemplateError(Exception):
    """A `${` without its `}`, or one with nothing in it. `offset` is where it stands."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message, self.offset = message, offset


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[Part, ...]:
    """Cut a text into its parts. Raises `TemplateError`."""
    found: list[Part] = []
    at = 0
    while (start := text.find("${", at)) >= 0:
        if start > at:
            found.append(Part(text[at:start], False, at))
        end = _end(text, start + 2)
        source = text[start + 2 : end]
        if not source.strip():
            raise TemplateError("There is nothing between `${` and `}`.", start)
        found.append(Part(source, True, start + 2))
        at = end + 1
    if at < len(text):
        found.append(Part(text[at:], False, at))
    return tuple(found)


def whole(text: str) -> Part | None:
    """Return the expression where the text is exactly one `${…}`, else None: then it keeps its type."""
    if not text.startswith("${"):
        return None
    found = parts(text)
    return found[0] if len(found) == 1 else None


def _end(text: str, at: int) -> int:
    opened, start = 0, at
    while at < len(text):
        character = text[at]
        if character in "\"'" and (literal := _SKIP.match(text, at)):
            at = literal.end()
            continue
        if character == "{":
            opened += 1
        elif character == "}":
            if not opened:
                return at
            opened -= 1
        at += 1
    raise TemplateError("This `${` has no `}`.", start - 2)
