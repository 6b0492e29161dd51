"""Which keys a step may have, and what is said about one that stands in the wrong place (semantics [keys])."""

from __future__ import annotations

from functools import cache

from engine.language.section import Section
from engine.problems import did_you_mean

KINDS = ("task", "gate", "action", "decide", "parallel", "each", "call", "wait", "set", "rollback", "end")
#: The kinds that lead nowhere by themselves, that are never skipped by a guard, and that leave nothing to undo.
WITHOUT = {
    "next": ("decide", "end", "rollback"),
    "when": ("decide", "end", "rollback"),
    "undo": ("end", "rollback"),
}

_COMMON = ("id", "title", "when", "next", "due", "escalate", "undo", "window", "tags", "locked")
BESIDE: dict[str, tuple[str, ...]] = {
    "task": ("on_outcome",),
    "gate": ("on_reject", "on_return"),
    "action": ("with", "timeout", "retry", "idempotency_key", "on_error"),
    "each": ("as", "mode", "at_most", "steps", "join"),
    "call": ("with", "on_error"),
    "end": ("message",),
}
INSIDE = {
    "task": ("assign", "instructions", "checklist", "form", "outcomes", "require"),
    "gate": ("ask", "show", "approvers", "quorum", "order", "reject", "exclude", "require"),
    "decide": ("table", "on", "go", "otherwise"),
    "parallel": ("branches", "steps", "join"),
    "wait": ("until", "signal", "match", "deadline", "on_deadline"),
}
_WHERE = {key: kind for kind, keys in INSIDE.items() for key in keys}
_OWNERS = {key: [kind for kind, keys in BESIDE.items() if key in keys] for keys in BESIDE.values() for key in keys}


def beside_id(kind: str, is_graph: bool) -> tuple[str, ...]:
    """Return the keys of a step of this kind, in a list whose steps follow each other or say what they need."""
    absent = [key for key in ("next", "undo") if kind in WITHOUT[key] or (is_graph and key == "next")]
    known = [key for key in (*_COMMON, kind, *BESIDE.get(kind, ())) if key not in absent]
    return (*known, "needs") if is_graph else (*known,)


def keys_of(kind: str) -> tuple[str, ...]:
    """Return every key that a step of this kind may have, beside its `id` or inside the kind's own value."""
    beside = [key for key in _COMMON if kind not in WITHOUT.get(key, ())]
    return (*dict.fromkeys((*beside, *BESIDE.get(kind, ()), *INSIDE.get(kind, ()))),)


@cache
def outside(kind: str) -> dict[str, str]:
    """Return what is said of the keys beside `id` where they stand inside the kind's own value."""
    keys = (*_COMMON[1:], "needs", *(key for keys in BESIDE.values() for key in keys))
    return {key: f"`{key}` stands beside `id`, not inside `{kind}`." for key in keys if key not in INSIDE.get(kind, ())}


def kind_of(section: Section, is_graph: bool) -> str:
    """Return which kind the step is, after reporting all that does not belong beside its id.

    `is_graph` says that the steps of its list name what they need, rather than follow each other.
    """
    present = [entry.key for entry in section.node.entries if entry.key in KINDS]
    present.sort(key=KINDS.index)
    if not present:
        _report_no_kind(section)
        return ""
    kind = present[0]
    known, misplaced = _known(kind, is_graph)
    taken = dict.fromkeys(present[1:], f"A step is of one kind, and this one has `{kind}` already.")
    section.only(known, {**misplaced, **taken})
    if "when" in section and kind in WITHOUT["when"]:
        section.reading.problem("bad-value", f"A step of the kind `{kind}` has no `when`.", section.key_place("when"))
    return kind


@cache
def _known(kind: str, is_graph: bool) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the keys beside the id of a step of this kind, and what is said of keys that stand elsewhere."""
    misplaced = {key: _belongs(key, kind) for key in (*_WHERE, *_OWNERS)}
    for key in ("next", "undo"):
        misplaced[key] = f"A step of the kind `{kind}` has no `{key}`."
    misplaced["needs"] = "Only the steps of a `parallel: {steps: …}` say what they need."
    if is_graph:
        misplaced["next"] = "Here no step says what comes next: write `needs` at the step that follows."
    return beside_id(kind, is_graph), misplaced


def _belongs(key: str, kind: str) -> str:
    """Say where a key belongs that does not stand beside the id of a step of this kind."""
    inside, owners = _WHERE.get(key), [owner for owner in _OWNERS.get(key, ()) if owner != kind]
    if inside == kind or not owners:
        return f"`{key}` stands inside `{inside}`, not beside `id`."
    belongs = f"`{key}` belongs to a step of the kind {' or '.join(f'`{owner}`' for owner in owners)}"
    return f"{belongs}, or inside `{inside}`." if inside else f"{belongs}."


def _report_no_kind(section: Section) -> None:
    """Report a step without a kind, as a misspelt one where there is a key that looks like it."""
    known = {*_COMMON, "needs", *_WHERE, *_OWNERS}
    strange = [entry for entry in section.node.entries if entry.key not in known]
    for entry in strange:
        hint = did_you_mean(entry.key, KINDS) or f"A step is one of {', '.join(KINDS)}."
        section.reading.problem("unknown-key", f"{section.what} has no key `{entry.key[:80]}`.", entry.place, hint)
    if not strange:
        message = f"{section.what} does nothing: it needs one of {', '.join(KINDS)}."
        section.reading.problem("missing-key", message, section.place)
