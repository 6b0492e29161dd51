"""How ids are written, in a playbook and in an expression (semantics [id])."""

from __future__ import annotations

import re

MAX_ID = 64
ID = r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*"
_ID = re.compile(ID)

#: Words that no id may be: CEL's own, and the targets and people with a meaning.
RESERVED = frozenset(("in", "true", "false", "null", "leave", "fail", "rollback", "starter"))

#: Names that a form field, a `set` or an output may not have: a step has them already (semantics [names]).
TAKEN = frozenset(
    ("by", "at", "outcome", "visits", "decision", "votes", "error", "item", "index", "value", "files", "checklist")
)


def spelt(name: str) -> str:
    """Return the id as an expression writes it: CEL would read `-` as a subtraction."""
    return name.replace("-", "_")


def trouble_with_id(name: str) -> str:
    """Return what is wrong with this id in a sentence, or an empty string."""
    if len(name) > MAX_ID:
        return f"An id has at most {MAX_ID} characters."
    if not _ID.fullmatch(name):
        return f"`{name[:80]}` is no id: lower-case words and digits, joined by `-` or `_`, beginning with a letter."
    if name in RESERVED:
        return f"`{name}` has a meaning of its own and is no id."
    return ""
