"""The kinds of step as written, but for the gate (`gate`): what stands under the kind's own key.

Each reader takes the step's `Section` and gives its spec, or None where that cannot be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine import documents
from engine.definition import ActionSpec, EndSpec, FieldSpec, Retry, SetSpec, TaskSpec, WaitSpec
from engine.documents import Scalar
from engine.expressions.names import TAKEN, spelt, trouble_with_id
from engine.language.field import read_fields
from engine.language.lookup import read_lookup, written
from engine.language.places import Places
from engine.language.section import NOT_YET, Section
from engine.tables.table import Lookup

Rule = tuple[str | None, str]
"""A rule of a decide: its `when` (None for `otherwise`) and where it goes."""

_BESIDE_TASK = {
    key: f"`{key}` stands beside `id`, not inside `task`."
    for key in ("on_outcome", "next", "due", "escalate", "when", "title")
}


def read_task(step: Section, id: str) -> TaskSpec | None:
    section = step.inner("task", "A task")
    if section is None:
        return None
    later = {"require": NOT_YET}
    section.only(("assign", "instructions", "checklist", "form", "outcomes"), {**_BESIDE_TASK, **later})
    section.require("assign")
    assign, pick = _assign(section)
    return TaskSpec(
        assign=assign,
        pick=pick,
        instructions=section.text("instructions"),
        checklist=section.texts("checklist"),
        form=_form(section, id),
        outcomes=_outcomes(section),
    )


Pick = Literal["round-robin", "least-busy"]


def _assign(section: Section) -> tuple[str, Pick | None]:
    """Return whom a task is for, and how one of them is chosen: `{role: engineer, pick: round-robin}`."""
    if not isinstance(section.node.get("assign"), documents.Mapping):
        return section.filled("assign"), None
    chosen = section.inner("assign", "`assign`")
    assert chosen is not None
    chosen.only(("role", "pick"))
    chosen.require("role", "pick")
    how = chosen.choice("pick", ("round-robin", "least-busy"))
    return chosen.filled("role"), "round-robin" if how == "round-robin" else "least-busy"


def _form(section: Section, id: str) -> tuple[FieldSpec, ...]:
    node = section.node.get("form")
    if node is None:
        return ()
    path = (*section.path, "form")
    return read_fields(section.reading, node, path, f"steps.{spelt(id)}", "A form", is_form=True)


def _outcomes(section: Section) -> tuple[str, ...]:
    outcomes = section.texts("outcomes")
    for index, name in enumerate(outcomes):
        if wrong := trouble_with_id(name):
            section.reading.problem(
                "bad-value", wrong, Places(section.reading.nodes).at(*section.path, "outcomes", index)
            )
    if "outcomes" in section and not outcomes and isinstance(section.node.get("outcomes"), documents.Sequence):
        section.bad("outcomes", "`outcomes` names at least one way to end.")
    return outcomes


def read_action(step: Section) -> ActionSpec | None:
    provider = step.filled("action")
    parameters: Mapping[str, Any] = {}
    node = step.node.get("with")
    if isinstance(node, documents.Mapping):
        parameters = written(step, node, (*step.path, "with"))
    elif node is not None:
        step.bad("with", "`with` must be a mapping from parameters to values.")
    timeout = step.duration("timeout")
    if timeout is not None and not timeout:
        step.bad("timeout", "`timeout` must be longer than nothing.")
    spec = ActionSpec(
        provider=provider,
        parameters=parameters,
        timeout=timeout or ActionSpec.timeout,
        retry=_retry(step),
        idempotency_key=step.filled("idempotency_key") or None,
    )
    return spec if provider else None


def _retry(step: Section) -> Retry:
    section = step.inner("retry", "`retry`")
    if section is None:
        return Retry()
    section.only(("attempts", "backoff", "first", "max"))
    backoff: Literal["fixed", "exponential"] = "fixed"
    if section.choice("backoff", ("fixed", "exponential"), "fixed") == "exponential":
        backoff = "exponential"
    first, longest = section.duration("first"), section.duration("max")
    if first is not None and longest is not None and longest < first:
        section.bad("max", "`max` is shorter than `first`.")
    return Retry(
        attempts=section.integer("attempts", 1, 100, 1),
        backoff=backoff,
        first=Retry.first if first is None else first,
        maximum=longest,
    )


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
    if "otherwise" in section:
        section.only(("otherwise",), dict.fromkeys(("when", "go"), "`otherwise` stands alone and names its step."))
        if not is_last:
            place = section.key_place("otherwise")
            section.reading.problem("bad-value", "`otherwise` is the last rule.", place)
        target = section.filled("otherwise")
        return (None, target) if target else None
    section.only(("when", "go", "otherwise"))
    section.require("when", "go")
    when, target = section.expression("when"), section.filled("go")
    return (when, target) if when is not None and target else None


def read_set(step: Section, id: str) -> SetSpec | None:
    node = step.node.get("set")
    if node is None:
        return None
    path = (*step.path, "set")
    assign: dict[str, str] = {}
    tables: dict[str, Lookup] = {}
    for name, place, value in step.reading.named(node, path, "`set`"):
        step.reading.nodes[(*path, name)] = value
        if name in TAKEN:
            message = f"A step has a `{name}` of its own: name the value differently."
            step.reading.problem("bad-value", message, place)
        lookup = None
        if isinstance(value, Scalar) and value.text.strip():
            assign[name] = value.text
        elif isinstance(value, documents.Mapping) and "table" in value.by_key:
            lookup = read_lookup(Section(step.reading, value, (*path, name), f"`{name}`"))
            if lookup is not None:
                tables[name] = lookup
        else:
            message = f"`{name}` must be an expression."
            hint = "Put quotes around it, or write `{table: …, with: {…}}`."
            step.reading.problem("bad-value", message, value.place, hint)
        if name not in assign and lookup is None:
            step.reading.loose.add(f"steps.{spelt(id)}.{spelt(name)}")
    if isinstance(node, documents.Mapping) and not node.entries:
        step.bad("set", "`set` computes at least one value.")
    return SetSpec(assign=assign, tables=tables)


def read_wait(step: Section) -> WaitSpec | None:
    node = step.node.get("wait")
    if not isinstance(node, documents.Mapping):
        length = step.length("wait")
        return None if length is None else WaitSpec(length=length)
    section = step.inner("wait", "A wait")
    assert section is not None
    section.only(("until",))
    if "signal" not in section:
        section.require("until")
    until = section.expression("until")
    return None if until is None else WaitSpec(until=until)


def read_end(step: Section) -> EndSpec | None:
    status = step.choice("end", ("completed", "failed"))
    if status not in ("completed", "failed"):
        return None
    return EndSpec(status="failed" if status == "failed" else "completed", message=step.text("message"))
