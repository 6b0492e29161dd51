"""The kinds of step as written, but for gates, regions and what is done outside: what stands under the kind's own key.

Each reader takes the step's `Section` and gives its spec, or None where that cannot be used.
"""

from __future__ import annotations

from typing import Literal

from engine import documents
from engine.definition import EndSpec, FieldSpec, RollbackSpec, SetSpec, TaskSpec, WaitSpec
from engine.documents import Scalar
from engine.expressions.names import TAKEN, spelt, trouble_with_id
from engine.language.field import read_fields
from engine.language.gate import OF_A_TASK, read_required
from engine.language.keys import INSIDE, outside
from engine.language.lookup import read_lookup
from engine.language.places import Places
from engine.language.section import Section
from engine.tables.table import Lookup


def read_task(step: Section, id: str) -> TaskSpec | None:
    section = step.inner("task", "A task")
    if section is None:
        return None
    section.only(INSIDE["task"], outside("task"))
    section.require("assign")
    assign, pick = _assign(section)
    return TaskSpec(
        assign=assign,
        pick=pick,
        instructions=section.text("instructions"),
        checklist=section.texts("checklist"),
        form=_form(section, id),
        outcomes=_outcomes(section),
        require=read_required(section, OF_A_TASK, "A task"),
    )


PICKED = ("role", "pick")
Pick = Literal["round-robin", "least-busy"]


def _assign(section: Section) -> tuple[str, Pick | None]:
    """Return whom a task is for, and how one of them is chosen: `{role: engineer, pick: round-robin}`."""
    if not isinstance(section.node.get("assign"), documents.Mapping):
        return section.filled("assign"), None
    chosen = section.inner("assign", "`assign`")
    assert chosen is not None
    chosen.only(PICKED)
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
    """Read a length of time, `{until: …}`, or `{signal, match, deadline, on_deadline}`."""
    if not isinstance(step.node.get("wait"), documents.Mapping):
        length = step.length("wait")
        return None if length is None else WaitSpec(length=length)
    section = step.inner("wait", "A wait")
    assert section is not None
    section.only(INSIDE["wait"], outside("wait"))
    if "until" not in section:
        return _read_signal(section)
    for key in INSIDE["wait"]:
        if key != "until" and key in section:
            message = f"A wait until a time has no `{key}`."
            section.reading.problem("bad-value", message, section.key_place(key), "Wait for one thing in each step.")
    until = section.expression("until")
    return None if until is None else WaitSpec(until=until)


def _read_signal(section: Section) -> WaitSpec | None:
    if "signal" not in section:
        message = "A wait needs the key `signal`, or `until` in its place."
        section.reading.problem("missing-key", message, section.place)
    for key, other in (("deadline", "on_deadline"), ("on_deadline", "deadline")):
        if key in section and other not in section:
            message = f"A wait with `{key}` needs `{other}` too."
            section.reading.problem("missing-key", message, section.key_place(key))
    signal = section.filled("signal")
    if signal and (wrong := trouble_with_id(signal)):
        section.bad("signal", wrong)
    match, deadline = section.expression("match"), section.length("deadline")
    return WaitSpec(signal=signal, match=match, deadline=deadline) if signal else None


def read_end(step: Section) -> EndSpec | None:
    status = step.choice("end", ("completed", "failed"))
    if status not in ("completed", "failed"):
        return None
    return EndSpec(status="failed" if status == "failed" else "completed", message=step.text("message"))


def read_rollback(step: Section) -> RollbackSpec:
    """Read `rollback: true`; there is nothing that `false` could mean."""
    before = len(step.reading.problems)
    if not step.flag("rollback") and len(step.reading.problems) == before:
        step.bad("rollback", "`rollback` is `true`, or the step is of another kind.")
    return RollbackSpec()
