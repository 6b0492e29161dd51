"""A policy as authored: what every playbook of a unit has to keep to, and who must agree before one is published.

Takes a document's nodes, leaves a `Policy` that is well formed in itself. What it demands of a playbook is proven
elsewhere.

    before: {action: "deploy.*"}   every way to such a step passes a gate: {quorum: 2, roles: […], exclude: […]}
    every: task, has: [due]        every step of that kind has these keys
    review_every: "<= 180d"        the head names a time to review it, and not a longer one
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from engine import documents, durations
from engine.documents import Node
from engine.expressions.names import trouble_with_id
from engine.language.keys import KINDS, keys_of
from engine.language.places import Path, Places
from engine.language.playbook import KINDS as LABELS
from engine.language.playbook import RISKS
from engine.language.section import Reading, Section
from engine.problems import did_you_mean

KEYS = ("policy", "title", "summary", "unit", "applies", "require", "publish")
APPLIES = ("risk", "kind", "domain", "tags")
BEFORE, GATE = ("action", "tag"), ("quorum", "roles", "exclude")
PUBLISH = ("approvers", "quorum", "exclude")
#: What a requirement is, by the key it begins with, and the keys beside that.
REQUIREMENTS = {"before": ("before", "gate"), "every": ("every", "has"), "review_every": ("review_every",)}
MOST_PEOPLE = 10_000

_UNIT = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*")
_GLOB = re.compile(r"[a-z0-9_.*?-]+")
_AT_MOST = re.compile(r"<=\s*(\S.*)")


@dataclass(frozen=True)
class Approval:
    """So many people of these roles, none of them excluded."""

    quorum: int = 1
    roles: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Before:
    """Every way to a step with such an action (a glob) or with this tag passes a gate that asks for the approval."""

    gate: Approval
    action: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Every:
    """Every step of the kind has these keys."""

    kind: str
    has: tuple[str, ...]


@dataclass(frozen=True)
class Review:
    """`review_every` is given, and not longer than this."""

    at_most: timedelta


Requirement = Before | Every | Review


@dataclass(frozen=True)
class Policy:
    """`unit` is a path of units; the policy holds there and below. `risk` and the others limit where it applies."""

    id: str
    title: str
    unit: str
    summary: str = ""
    risk: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    require: tuple[Requirement, ...] = ()
    publish: Approval | None = None


def is_policy(root: Node) -> bool:
    return isinstance(root, documents.Mapping) and "policy" in root.by_key and "playbook" not in root.by_key


def read_policy(root: Node, reading: Reading) -> Policy | None:
    """Read the whole document; what cannot be read is told."""
    section = reading.section(root, (), "A policy")
    if section is None:
        return None
    section.only(KEYS)
    section.require("policy", "title", "unit")
    if "require" not in section and "publish" not in section:
        message = "A policy needs the key `require` or `publish`: it demands nothing."
        reading.problem("missing-key", message, section.place)
    id, unit = section.filled("policy"), section.filled("unit")
    if id and (wrong := trouble_with_id(id)):
        section.bad("policy", wrong)
    if unit and not _UNIT.fullmatch(unit):
        section.bad("unit", f"`{unit[:80]}` names no unit.", "Write the path of a unit, as in `portfolio/platform`.")
    applies = section.inner("applies", "`applies`")
    if applies is not None:
        applies.only(APPLIES)
    return Policy(
        id=id,
        title=section.filled("title"),
        unit=unit,
        summary=section.text("summary"),
        risk=_among(applies, "risk", RISKS),
        kind=_among(applies, "kind", LABELS),
        domain=applies.texts("domain") if applies else (),
        tags=applies.texts("tags") if applies else (),
        require=section.items("require", lambda node, path: _requirement(reading, node, path)),
        publish=_approval(section.inner("publish", "`publish`"), PUBLISH, "approvers"),
    )


def _among(section: Section | None, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    found = section.texts(key) if section else ()
    for number, word in enumerate(found):
        if word not in known and section is not None:
            hint = did_you_mean(word, known) or f"One of: {', '.join(known)}."
            place = Places(section.reading.nodes).at(*section.path, key, number)
            section.reading.problem("bad-value", f"`{word[:80]}` is not a value of `{key}`.", place, hint)
    return found


def _requirement(reading: Reading, node: Node, path: Path) -> Requirement | None:
    section = reading.section(node, path, "A requirement")
    if section is None:
        return None
    begun = [key for key in REQUIREMENTS if key in section]
    if len(begun) != 1:
        section.only(dict.fromkeys(key for keys in REQUIREMENTS.values() for key in keys))
        code = "bad-value" if begun else "missing-key"
        reading.problem(code, f"A requirement has one of {', '.join(REQUIREMENTS)}.", section.place)
        return None
    section.only(REQUIREMENTS[begun[0]])
    section.require(*REQUIREMENTS[begun[0]])
    if begun[0] == "before":
        return _before(section)
    return _every(section) if begun[0] == "every" else _review(section)


def _before(section: Section) -> Before | None:
    what = section.inner("before", "`before`")
    gate = _approval(section.inner("gate", "`gate`"), GATE, "roles")
    if what is None or gate is None:
        return None
    what.only(BEFORE)
    named = [key for key in BEFORE if key in what]
    if len(named) != 1:
        message = "`before` names an `action` or a `tag`."
        section.reading.problem("bad-value" if named else "missing-key", message, what.place)
        return None
    action = what.filled("action")
    if action and not _GLOB.fullmatch(action):
        what.bad("action", f"`{action[:80]}` fits no action.", "Write for example `deploy.*`.")
    return Before(gate, action, what.filled("tag"))


def _every(section: Section) -> Every | None:
    kind, has = section.choice("every", KINDS), section.texts("has")
    known = keys_of(kind)
    for number, key in enumerate(has if kind else ()):
        if key not in known:
            place = Places(section.reading.nodes).at(*section.path, "has", number)
            hint = did_you_mean(key, known) or f"One of: {', '.join(known)}."
            section.reading.problem("bad-value", f"A {kind} never has `{key[:80]}`.", place, hint)
    if isinstance(section.node.get("has"), documents.Sequence) and not has:
        section.bad("has", "`has` names at least one key.")
    return Every(kind, has) if kind and has else None


def _review(section: Section) -> Review | None:
    written = section.filled("review_every")
    match = _AT_MOST.fullmatch(written)
    if not match:
        if written:
            section.bad("review_every", f"`{written[:80]}` is no bound.", 'Write `"<= 180d"`.')
        return None
    try:
        return Review(durations.parse(match[1]))
    except ValueError as error:
        section.bad("review_every", str(error))
        return None


def _approval(section: Section | None, keys: tuple[str, ...], people: str) -> Approval | None:
    """Read how many of whom must approve; roles are the playbooks' own, so only their form is checked here."""
    if section is None:
        return None
    section.only(keys)
    section.require(people)
    roles = section.texts(people)
    if isinstance(section.node.get(people), documents.Sequence) and not roles:
        section.bad(people, f"`{people}` names nobody.")
    for number, role in enumerate(roles):
        if wrong := trouble_with_id(role):
            place = Places(section.reading.nodes).at(*section.path, people, number)
            section.reading.problem("bad-value", wrong, place)
    return Approval(section.integer("quorum", 1, MOST_PEOPLE, 1), roles, section.texts("exclude"))
