"""The escalation ladder as written: `{after: 4h, remind: pending}` to a `Rung`."""

from __future__ import annotations

from datetime import timedelta

from engine.definition import Rung
from engine.documents import Node, Scalar, Sequence
from engine.language.places import Path
from engine.language.section import Reading, Section

_ACTS = ("remind", "add", "reassign", "outcome", "go", "incident")
KEYS = ("after", "before_due", "when", *_ACTS, "every", "for")
#: What a key belongs to that cannot stand without it.
_ONLY_WITH = {"every": ("remind", "Only a reminder is repeated."), "for": ("add", "Only whoever is added stands in.")}
#: A run has 10,000 entries; what is said more often than this fills them in a week.
_OFTEN = timedelta(minutes=1)


def read_rung(reading: Reading, node: Node, path: Path) -> Rung:
    """Read one rung. One that cannot be used keeps its place in the ladder, with what of it could be read."""
    section = reading.section(node, path, "A rung of `escalate`")
    if section is None:
        return Rung()
    section.only(KEYS)
    _check_time(section)
    acts = [entry.key for entry in section.node.entries if entry.key in _ACTS]
    if not acts:
        reading.problem("missing-key", f"A rung needs one of {', '.join(_ACTS)}.", section.place)
    for key in acts[1:]:
        place = section.key_place(key)
        reading.problem("bad-value", f"A rung does one thing, and this one already has `{acts[0]}`.", place)
    for key, (owner, message) in _ONLY_WITH.items():
        if key in section and acts and owner not in acts:
            reading.problem("bad-value", message, section.key_place(key))
    return Rung(
        after=section.length("after"),
        before_due=section.length("before_due"),
        when=section.expression("when"),
        every=_every(section),
        remind=_names(section, "remind"),
        add=section.filled("add") or None,
        stand_in=section.filled("for") or None,
        reassign=section.filled("reassign") or None,
        outcome=section.filled("outcome") or None,
        go=section.filled("go") or None,
        incident=_incident(section),
    )


def _check_time(section: Section) -> None:
    if "after" not in section and "before_due" not in section:
        message = f"{section.what} needs the key `after`, or `before_due` in its place."
        section.reading.problem("missing-key", message, section.place)
    if "after" in section and "before_due" in section:
        message = "A rung has one time, and this one has `after` already."
        section.reading.problem("bad-value", message, section.key_place("before_due"))


def _every(section: Section) -> timedelta | None:
    every = section.duration("every")
    if every is not None and every < _OFTEN:
        section.bad("every", "A reminder is repeated once a minute at most.")
        return None
    return every


def _incident(section: Section) -> bool:
    """Read `incident: true`; there is nothing that `false` could mean."""
    if "incident" not in section:
        return False
    before = len(section.reading.problems)
    if not section.flag("incident") and len(section.reading.problems) == before:
        section.bad("incident", "`incident` is `true`, or the rung does something else.")
    return True


def _names(section: Section, key: str) -> tuple[str, ...]:
    """Return whom a rung speaks to: one name or a list of names."""
    node = section.node.get(key)
    if isinstance(node, Sequence):
        if not node.items:
            section.bad(key, f"`{key}` names nobody.")
        return section.texts(key)
    if isinstance(node, Scalar):
        section.reading.nodes[(*section.path, key, 0)] = node
    name = section.filled(key)
    return (name,) if name else ()
