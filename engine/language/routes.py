"""Where a step leads, as written: rules, routing keys, and the steps that they name.

A target is a tuple of names: in a list whose steps say what they need, one way may lead to several steps.
"""

from __future__ import annotations

from engine import documents
from engine.language.keys import BESIDE
from engine.language.lookup import OTHERWISE, VALUE
from engine.language.section import Section

RULE = ("when", "go", OTHERWISE)
Targets = tuple[str, ...]
Rule = tuple[str | None, Targets]
"""A rule of a decide: its `when` (None for `otherwise`) and where it goes."""


def read_targets(section: Section, key: str) -> Targets:
    """Return the steps that a way names: one, or several in a list."""
    node = section.node.get(key)
    if isinstance(node, documents.Sequence):
        if not node.items:
            section.bad(key, f"`{key}` names no step.")
        return section.texts(key)
    target = section.filled(key)
    return (target,) if target else ()


def asks_table(step: Section) -> bool:
    """Tell whether a decide asks a table. One with `when` is a rule that somebody forgot to put into a list."""
    node = step.node.get("decide")
    return isinstance(node, documents.Mapping) and "when" not in node.by_key


def read_rules(step: Section) -> tuple[Rule, ...] | None:
    """Read the rules of a decide: any number of `{when, go}`, then perhaps one `{otherwise}`."""
    node = step.node.get("decide")
    if not isinstance(node, documents.Sequence):
        step.bad("decide", "`decide` is a list of rules, or asks a table.", "Write `- {when: …, go: step}`.")
        return None
    if not node.items:
        step.bad("decide", "`decide` needs at least one rule.")
    rules: list[Rule] = []
    for index, item in enumerate(node.items):
        section = step.reading.section(item, (*step.path, "decide", index), "A rule")
        rule = None if section is None else _rule(section, is_last=index == len(node.items) - 1)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def _rule(section: Section, is_last: bool) -> Rule | None:
    if OTHERWISE in section:
        section.only((OTHERWISE,), dict.fromkeys(("when", "go"), "`otherwise` stands alone and names its step."))
        if not is_last:
            place = section.key_place(OTHERWISE)
            section.reading.problem("bad-value", "`otherwise` is the last rule.", place)
        targets = read_targets(section, OTHERWISE)
        return (None, targets) if targets else None
    section.only(RULE)
    section.require("when", "go")
    when, targets = section.expression("when"), read_targets(section, "go")
    return (when, targets) if when is not None and targets else None


def read_routes(section: Section, kind: str) -> dict[str, Targets]:
    """Return the routing keys with their targets: those of `on_outcome` as `outcome:<name>`."""
    routes: dict[str, Targets] = {}
    for key in ("on_reject", "on_return", "on_error"):
        if key in BESIDE.get(kind, ()) and (target := section.filled(key)):
            routes[key] = (target,)
    if kind == "decide" and asks_table(section):
        asking = section.inner("decide", "A `decide` that asks a table")
        return _answers(asking) if asking else {}
    if kind == "wait" and isinstance(section.node.get("wait"), documents.Mapping):
        inside = section.inner("wait", "A wait")
        return {"on_deadline": (target,)} if inside and (target := inside.filled("on_deadline")) else {}
    node = section.node.get("on_outcome") if kind == "task" else None
    if isinstance(node, documents.Mapping):
        inner = Section(section.reading, node, (*section.path, "on_outcome"), "`on_outcome`")
        for entry in node.entries:
            if targets := read_targets(inner, entry.key):
                routes[f"outcome:{entry.key}"] = targets
    elif node is not None:
        section.bad("on_outcome", "`on_outcome` is a mapping from outcomes to steps.")
    return routes


def _answers(section: Section) -> dict[str, Targets]:
    """Return where a decide goes that asks a table: `value:<text>` and `otherwise`."""
    routes: dict[str, Targets] = {}
    node = section.node.get("go")
    if isinstance(node, documents.Mapping):
        inner = Section(section.reading, node, (*section.path, "go"), "`go`")
        for entry in node.entries:
            if targets := read_targets(inner, entry.key):
                routes[f"{VALUE}{entry.key}"] = targets
        if not node.entries:
            section.bad("go", "`go` says for at least one value where it leads.")
    elif node is not None:
        section.bad("go", "`go` is a mapping from values to steps.", "Write `go: {high: board, low: ship}`.")
    if targets := read_targets(section, OTHERWISE):
        routes[OTHERWISE] = targets
    return routes
