"""The escalation ladder as written: `{after: 4h, remind: pending}` to a `Rung`."""

from __future__ import annotations

from engine.definition import Rung
from engine.documents import Node, Scalar, Sequence
from engine.language.places import Path
from engine.language.section import Reading, Section

_ACTS = ("remind", "add", "outcome", "go")


def read_rung(reading: Reading, node: Node, path: Path) -> Rung | None:
    """Read one rung; None where it cannot be used."""
    section = reading.section(node, path, "A rung of `escalate`")
    if section is None:
        return None
    section.only(("after", *_ACTS))
    section.require("after")
    acts = [key for key in _ACTS if key in section]
    if not acts:
        if not any(key in section for key in ("reassign", "incident")):
            reading.problem("missing-key", f"A rung needs one of {', '.join(_ACTS)}.", section.place)
        return None
    for key in acts[1:]:
        place = section.key_place(key)
        reading.problem("bad-value", f"A rung does one thing, and this one already has `{acts[0]}`.", place)
    after = section.length("after")
    remind = _names(section, "remind")
    add, outcome, go = (section.filled(key) or None for key in ("add", "outcome", "go"))
    if after is None or not (remind or add or outcome or go):
        return None
    return Rung(after=after, remind=remind, add=add, outcome=outcome, go=go)


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
