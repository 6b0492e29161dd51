"""One line of a scenario's script: a verb with what it says, checked key by key.

The table of verbs and their keys is here; what they do is `engine.rehearsal`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import documents
from engine.documents import Node, Scalar
from engine.language.places import Path
from engine.language.section import Reading, Section
from engine.lifecycles import Choice, RunStatus
from engine.problems import Place, did_you_mean

OPERATOR = "operator"
PUBLISHER = "publisher"

EXPECTED = (
    "run",
    "paused",
    "open",
    "done",
    "path",
    "data",
    "unset",
    "reminded",
    "incidents",
    "overdue",
    "outputs",
    "future",
    "queued",
)

#: Lists whose items say more, and what.
WANTED = {"incidents": ("step", "code"), "future": ("step", "what", "at")}
_BY = ("by", "reason")
#: verb -> the keys it needs, and those it may have. `in` says which run is meant, where not the first
VERBS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "complete": (("step", "by"), ("for", "form", "checklist", "outcome", "files")),
    "claim": (("step", "by"), ("for",)),
    "release": (("step", "by"), ()),
    "vote": (("gate", "by", "choice"), ("for", "comment", "seen", "evidence", "reauthenticated")),
    "withdraw": (("gate", "by"), ()),
    "delegate": (("by",), ("gate", "to", "until", "playbooks")),
    "absent": (("person",), ("substitute", "until")),
    "back": (("person",), ()),
    "comment": (("by",), ("step", "text", "files", "in")),
    "succeed": (("step",), ("result",)),
    "fail": (("step",), ("error",)),
    "timeout": (("step",), ()),
    "signal": (("name",), ("data", "in")),
    "trigger": ((), ("schedule", "webhook", "payload", "by")),
    "cancel": ((), (*_BY, "in")),
    "retry": (("step",), _BY),
    "skip": (("step",), _BY),
    "pause": ((), (*_BY, "in")),
    "resume": ((), (*_BY, "in")),
    "reassign": (("step", "to"), _BY),
    "jump": (("to",), (*_BY, "undo")),
    "rollback": ((), (*_BY, "in")),
    "data": (("set",), (*_BY, "in")),
    "migrate": (("to",), ("map", "set", "accept", *_BY, "in")),
    "people": ((), ("join", "leave", "deactivate", "service")),
    "advance": ((), ()),
    "expect": ((), EXPECTED),
}


#: What may stand against moving a run and be accepted all the same.
ACCEPTED = ("repeats", "skips-gate")
#: What befalls people rather than a run: nobody refuses it.
OF_PEOPLE = ("people", "absent", "back")


@dataclass(frozen=True)
class Act:
    """One line. `says` maps keys to texts, nodes where the meaning is decided later, or what the verb needs.

    refused: the verb must be refused, and this must be part of the refusal's code or sentence.
    """

    verb: str
    place: Place
    says: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    refused: str | None = None

    def place_of(self, key: str) -> Place:
        return self.places.get(key, self.place)


def read_act(reading: Reading, node: Node, path: Path) -> Act | None:
    """Read `- verb: …`; everything wrong is told, and a line that cannot be read is left out."""
    section = reading.section(node, path, "A line of the script")
    if section is None:
        return None
    entries = section.node.entries
    if len(entries) != 1:
        reading.problem("bad-value", "A line of the script holds one verb.", section.place, "Write `- advance: 4h`.")
        return None
    entry = entries[0]
    if entry.key == "refused":
        return _refused(section, entry)
    return _act(section, entry, VERBS)


def _act(section: Section, entry: documents.Entry, known: Mapping[str, Any]) -> Act | None:
    verb = entry.key
    if verb not in known:
        hint = did_you_mean(verb, known) or f"Known here: {', '.join(known)}."
        section.reading.problem("unknown-key", f"`{verb[:80]}` is not a verb of scenarios.", entry.place, hint)
        return None
    if verb == "advance":
        length = section.duration("advance")
        return None if length is None else Act(verb, entry.place, {"length": length})
    inner = section.inner(verb, f"`{verb}`")
    if inner is None:
        return None
    before = len(section.reading.problems)
    needed, optional = VERBS[verb]
    inner.only((*needed, *optional))
    inner.require(*needed)
    if verb == "trigger" and ("schedule" in inner) == ("webhook" in inner):
        section.reading.problem("bad-value", "`trigger` says one of `schedule` and `webhook`.", inner.place)
    for key in ("until", "playbooks") if verb == "delegate" and "gate" in inner else ():
        if key in inner:
            message = f"A vote that is handed over at one gate has no `{key}`."
            section.reading.problem("bad-value", message, inner.key_place(key), "Leave `gate` out, or this.")
    says = {key: _value(inner, verb, key) for key in (*needed, *optional) if key in inner}
    places = {one.key: one.value.place for one in inner.node.entries}
    return Act(verb, entry.place, says, places) if len(section.reading.problems) == before else None


def _refused(section: Section, entry: documents.Entry) -> Act | None:
    """Read `refused: {vote: {…}, because: excluded}`."""
    inner = section.inner("refused", "`refused`")
    if inner is None:
        return None
    verbs = [one for one in inner.node.entries if one.key != "because"]
    if len(verbs) != 1:
        section.reading.problem("bad-value", "`refused` holds one verb and `because`.", inner.place)
        return None
    acting = {verb: keys for verb, keys in VERBS.items() if verb not in (*OF_PEOPLE, "advance", "expect")}
    act = _act(inner, verbs[0], acting)
    return None if act is None else replace(act, place=entry.place, refused=inner.filled("because"))


def _value(section: Section, verb: str, key: str) -> Any:
    node = section.node.get(key)
    assert node is not None
    if verb == "expect":
        return _expected(section, key, node)
    if verb == "people":
        return _moved(section, key, node)
    if key == "choice":
        return section.choice(key, tuple(choice.value for choice in Choice))
    if key in ("undo", "reauthenticated"):
        return section.flag(key)
    if key == "until":
        return section.moment(key)
    if key in ("evidence", "files", "playbooks"):
        return section.texts(key)
    if key == "map":
        inner = section.inner(key, f"`{key}`")
        return {} if inner is None else {entry.key: inner.filled(entry.key) for entry in inner.node.entries}
    if key == "accept":
        return _accepted(section, key)
    if key == "seen":
        return section.choice(key, ("old",))
    if key in ("form", "set"):
        inner = section.inner(key, f"`{key}`")
        return None if inner is None else inner.node
    if key in ("result", "data", "payload"):
        return documents.plain(node)
    if key == "checklist":
        return "all" if isinstance(node, Scalar) and node.text == "all" else section.texts(key)
    return section.text(key) if key in ("comment", "reason", "error", "text") else section.filled(key)


def _accepted(section: Section, key: str) -> tuple[str, ...]:
    """Read what whoever moves a run takes of what stands against it."""
    found = section.texts(key)
    for one in found:
        if one not in ACCEPTED:
            section.bad(key, f"`{one[:80]}` is nothing that can be accepted.", f"Known here: {', '.join(ACCEPTED)}.")
    return found


def _moved(section: Section, key: str, node: Node) -> dict[str, tuple[str, ...]]:
    """Read who joins or leaves which groups; accounts that are closed, or a program's, may also stand in a list."""
    if key in ("deactivate", "service") and not isinstance(node, documents.Mapping):
        return dict.fromkeys(section.texts(key), ())
    inner = section.inner(key, f"`{key}`")
    return {} if inner is None else {entry.key: inner.texts(entry.key) for entry in inner.node.entries}


def _expected(section: Section, key: str, node: Node) -> Any:
    if key == "run":
        return section.choice(key, tuple(status.value for status in RunStatus))
    if key in ("paused", "queued"):
        return section.flag(key)
    if key in ("data", "outputs"):
        inner = section.inner(key, f"`{key}`")
        return {} if inner is None else {entry.key: entry.value for entry in inner.node.entries}
    if key in ("incidents", "future"):
        keys = WANTED[key]
        return section.items(key, lambda item, path: _wanted(section.reading, item, path, keys))
    if key == "path":
        return section.items(key, lambda item, path: _word(section.reading, item))
    return section.texts(key)


def _word(reading: Reading, node: Node) -> str | None:
    if isinstance(node, Scalar):
        return node.text
    reading.problem("bad-value", "This must be the id of a step.", node.place)
    return None


def _wanted(reading: Reading, node: Node, path: Path, keys: tuple[str, ...]) -> dict[str, str] | None:
    """Read an incident or a coming event: a step's id, or a mapping that says more."""
    if isinstance(node, Scalar) and keys == ("step", "code"):
        return {"step": node.text}
    section = reading.section(node, path, "This")
    if section is None:
        return None
    section.only(keys)
    section.require("step")
    return {key: section.filled(key) for key in keys if key in section}
