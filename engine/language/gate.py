"""A gate as written, the part inside `gate:` (language.md section 5), to a `GateSpec`."""

from __future__ import annotations

from typing import Literal

from engine import documents
from engine.definition import STARTER, GateSpec, Quorum
from engine.documents import Scalar
from engine.language.keys import INSIDE, outside
from engine.language.places import Places
from engine.language.section import Section, Word
from engine.problems import did_you_mean


def read_gate(section: Section, title: str) -> GateSpec | None:
    """Read the inside of a gate; without `ask` its question is its title."""
    section.only(INSIDE["gate"], outside("gate"))
    section.require("approvers")
    approvers = section.texts("approvers")
    if "approvers" in section and not approvers and isinstance(section.node.get("approvers"), documents.Sequence):
        section.bad("approvers", "A gate needs at least one approver.")
    return GateSpec(
        ask=section.filled("ask") or title,
        show=section.texts("show"),
        approvers=approvers,
        quorum=_quorum(section),
        order=section.choice("order", ("any", "sequential"), "any"),
        reject=section.choice("reject", ("any", "majority", "impossible"), "any"),
        exclude=section.texts("exclude", (STARTER,)),
        require=read_required(section, OF_A_GATE, "A gate"),
    )


Required = Literal["comment", "evidence", "reauthenticate"]
#: What every vote of a gate may be asked for, and what a task that is handed in.
OF_A_GATE: tuple[Required, ...] = ("comment", "evidence", "reauthenticate")
OF_A_TASK: tuple[Literal["evidence"], ...] = ("evidence",)


def read_required(section: Section, known: tuple[Word, ...], what: str) -> tuple[Word, ...]:
    """Read `require`: the words that mean something here; every other is told."""
    found: list[Word] = []
    for index, wanted in enumerate(section.texts("require")):
        meant = next((word for word in known if word == wanted), None)
        if meant is not None:
            found.append(meant)
            continue
        place = Places(section.reading.nodes).at(*section.path, "require", index)
        hint = did_you_mean(wanted, known) or f"It can require {', '.join(known)}."
        section.reading.problem("bad-value", f"{what} cannot require `{wanted[:80]}`.", place, hint)
    return tuple(found)


def _quorum(section: Section) -> Quorum:
    """Read `any`, `all`, a number, a percentage, so many per role, or a `${…}` that gives a number."""
    default = Quorum(count=1)
    node = section.node.get("quorum")
    if node is None:
        return default
    if isinstance(node, documents.Mapping):
        return _per_role(section, node) or default
    scalar = section.scalar("quorum", "any, all, a number, a percentage or a mapping from roles to numbers")
    if scalar is None:
        return default
    text = scalar.text.strip()
    if text in ("any", "all"):
        return Quorum(everyone=True) if text == "all" else default
    if "${" in text:
        return Quorum(by_data=text)
    if text.endswith("%") and text[:-1].isdecimal() and text.isascii() and len(text) < 8:
        return Quorum(percent=int(text[:-1]))
    if isinstance(scalar.value, int) and not isinstance(scalar.value, bool) and 1 <= scalar.value <= 10_000:
        return Quorum(count=scalar.value)
    hint = "Write any, all, a number from 1, a percentage such as 60%, {role: number}, or ${…} that gives a number."
    section.bad("quorum", f"`{text[:80]}` is not a quorum.", hint)
    return default


def _per_role(section: Section, node: documents.Mapping) -> Quorum | None:
    wanted: dict[str, int] = {}
    for entry in node.entries:
        section.reading.nodes[(*section.path, "quorum", entry.key)] = entry.place
        value = entry.value.value if isinstance(entry.value, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10_000:
            wanted[entry.key] = value
        else:
            section.reading.problem(
                "bad-value", f"`{entry.key}` needs a number of approvals from 1.", entry.value.place
            )
    if not node.entries:
        section.bad("quorum", "A quorum per role names at least one role.")
    return Quorum(per_role=wanted) if wanted else None
