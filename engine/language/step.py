"""A step as written: the keys beside its `id`, and the kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine import documents
from engine.definition import DecideSpec, Rung, Work
from engine.documents import Node, Scalar
from engine.durations import Length
from engine.expressions.names import spelt, trouble_with_id
from engine.language import kinds
from engine.language.escalation import read_rung
from engine.language.gate import read_gate
from engine.language.lookup import OTHERWISE, read_answers, read_lookup
from engine.language.places import Path
from engine.language.section import LATER, Reading, Section
from engine.problems import did_you_mean

KINDS = ("task", "gate", "action", "decide", "set", "wait", "end")
LATER_KINDS = ("parallel", "each", "call", "rollback")

_COMMON = ("id", "title", "when", "next", "due", "escalate", "locked")
_BESIDE: dict[str, tuple[str, ...]] = {
    "task": ("on_outcome",),
    "gate": ("on_reject", "on_return"),
    "action": ("with", "timeout", "retry", "idempotency_key", "on_error"),
    "end": ("message",),
}
_INSIDE = {
    **dict.fromkeys(("assign", "instructions", "checklist", "form", "outcomes"), "task"),
    **dict.fromkeys(("ask", "show", "approvers", "quorum", "order", "reject", "exclude"), "gate"),
    **dict.fromkeys(("until",), "wait"),
    **dict.fromkeys(("table", "on", "go", "otherwise"), "decide"),
}


@dataclass(frozen=True)
class Step:
    """One step of the playbook as its author wrote it; targets are not resolved yet.

    `does` is None where the kind could not be read. `routes` maps the routing keys to targets, with
    `on_outcome` as `outcome:<name>`; `rules` are those of a decide.
    """

    id: str
    path: Path
    title: str
    kind: str
    does: Work | None
    when: str | None = None
    next: str | None = None
    due: Length | None = None
    escalate: tuple[Rung, ...] = ()
    routes: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[kinds.Rule, ...] = ()
    locked: bool = False


def read_steps(reading: Reading, node: Node, root: Path) -> tuple[Step, ...]:
    """Read a list of steps; a step whose id is taken is left out."""
    if not isinstance(node, documents.Sequence):
        reading.problem("bad-value", "`steps` is a list of steps.", node.place, "Write `- id: first`.")
        return ()
    if not node.items:
        reading.problem("bad-value", "A playbook has at least one step.", node.place)
    steps: list[Step] = []
    seen: dict[str, str] = {}
    for index, item in enumerate(node.items):
        step = _read(reading, item, root, index, seen)
        if step is not None:
            steps.append(step)
    return tuple(steps)


def _read(reading: Reading, node: Node, root: Path, index: int, seen: dict[str, str]) -> Step | None:
    if not isinstance(node, documents.Mapping):
        reading.problem("bad-value", "A step must be a mapping of keys and values.", node.place)
        return None
    named = node.get("id")
    id = named.text.strip() if isinstance(named, Scalar) else ""
    path: Path = (*root, id or index)
    is_taken = bool(id) and named is not None and not reading.is_new(id, named.place, seen)
    if is_taken:
        path = (*root, index)
    section = Section(reading, node, path, f"The step `{id}`" if id else "A step")
    if not id:
        section.require("id")
        if named is not None:
            section.filled("id")
    elif named is not None:
        reading.nodes[path] = named.place
        if wrong := trouble_with_id(id):
            reading.problem("bad-value", wrong, named.place)
    step = _step(section, id, path)
    return None if is_taken or not id else step


def _step(section: Section, id: str, path: Path) -> Step:
    kind = _kind(section)
    title = section.filled("title") or id.replace("-", " ").replace("_", " ").capitalize()
    before = len(section.reading.problems)
    does, rules = _work(section, kind, id, title)
    if does is None or kind in LATER_KINDS or (kind == "action" and len(section.reading.problems) > before):
        section.reading.loose.add(f"steps.{spelt(id)}")
    if "when" in section and kind in ("decide", "end"):
        place = section.key_place("when")
        section.reading.problem("bad-value", f"A step of the kind `{kind}` has no `when`.", place)
    return Step(
        id=id,
        path=path,
        title=title,
        kind=kind,
        does=does,
        when=section.expression("when"),
        next=section.filled("next") or None,
        due=section.length("due"),
        escalate=section.items("escalate", lambda node, at: read_rung(section.reading, node, at)),
        routes=_routes(section, kind),
        rules=rules,
        locked=section.flag("locked"),
    )


def _kind(section: Section) -> str:
    """Return which kind the step is, after reporting all that does not belong beside its id."""
    present = [key for key in (*KINDS, *LATER_KINDS) if key in section]
    kind = present[0] if present else ""
    elsewhere = {key: f"`{key}` stands inside `{where}`, not beside `id`." for key, where in _INSIDE.items()}
    for other in present[1:]:
        elsewhere[other] = f"A step is of one kind, and this one has `{kind}` already."
    for owner, keys in _BESIDE.items():
        elsewhere.update({key: f"`{key}` belongs to a step of the kind `{owner}`." for key in keys if owner != kind})
    known: tuple[str, ...] = (*_COMMON, *((kind,) if kind in KINDS else ()), *_BESIDE.get(kind, ()))
    if kind in ("decide", "end"):
        known = tuple(key for key in known if key != "next")
        elsewhere["next"] = f"A step of the kind `{kind}` has no `next`."
    if kind in LATER_KINDS:
        known = tuple(entry.key for entry in section.node.entries if entry.key != kind)
    elif not kind:
        _report_no_kind(section)
        return ""
    section.only(known, elsewhere)
    return kind


def _report_no_kind(section: Section) -> None:
    """Report a step without a kind, as a misspelt one where there is a key that looks like it."""
    known = {*_COMMON, *_INSIDE, *LATER, *(key for keys in _BESIDE.values() for key in keys)}
    strange = [entry for entry in section.node.entries if entry.key not in known]
    for entry in strange:
        hint = did_you_mean(entry.key, KINDS) or f"A step is one of {', '.join(KINDS)}."
        section.reading.problem("unknown-key", f"{section.what} has no key `{entry.key[:80]}`.", entry.place, hint)
    if not strange:
        message = f"{section.what} does nothing: it needs one of {', '.join(KINDS)}."
        section.reading.problem("missing-key", message, section.place)


def _work(section: Section, kind: str, id: str, title: str) -> tuple[Work | None, tuple[kinds.Rule, ...]]:
    if kind == "task":
        return kinds.read_task(section, id), ()
    if kind == "gate":
        inside = section.inner("gate", "A gate")
        return (read_gate(inside, title) if inside else None), ()
    if kind == "action":
        return kinds.read_action(section), ()
    if kind == "decide":
        if isinstance(section.node.get("decide"), documents.Mapping):
            asking = section.inner("decide", "A `decide` that asks a table")
            lookup = read_lookup(asking, ("go", OTHERWISE)) if asking else None
            return (None if lookup is None else DecideSpec(table=lookup)), ()
        rules = kinds.read_rules(section)
        return (None, ()) if rules is None else (DecideSpec(), rules)
    if kind == "set":
        return kinds.read_set(section, id), ()
    if kind == "wait":
        return kinds.read_wait(section), ()
    if kind == "end":
        return kinds.read_end(section), ()
    return None, ()


def _routes(section: Section, kind: str) -> dict[str, str]:
    routes: dict[str, str] = {}
    for key in ("on_reject", "on_return", "on_error"):
        if key in _BESIDE.get(kind, ()) and (target := section.filled(key)):
            routes[key] = target
    if kind == "decide" and isinstance(section.node.get("decide"), documents.Mapping):
        asking = section.inner("decide", "A `decide` that asks a table")
        return read_answers(asking) if asking else {}
    node = section.node.get("on_outcome") if kind == "task" else None
    if isinstance(node, documents.Mapping):
        inner = Section(section.reading, node, (*section.path, "on_outcome"), "`on_outcome`")
        for entry in node.entries:
            if target := inner.filled(entry.key):
                routes[f"outcome:{entry.key}"] = target
    elif node is not None:
        section.bad("on_outcome", "`on_outcome` is a mapping from outcomes to steps.")
    return routes
