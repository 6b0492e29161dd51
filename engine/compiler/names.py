"""Every name that an expression of a playbook may read, with its type (semantics [types], [names]).

The types of `set` values follow from their expressions, forward references and loops included: they are
inferred in rounds from what is known already, and stay `dyn` where no round settles them.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition import ActionSpec, GateSpec, SetSpec, TaskSpec
from engine.expressions import Checker, ExpressionError, spelt
from engine.expressions.types import ALL_DATA, DATA, DYN, INT, STRING, TIMESTAMP, is_open, is_storable, of_field
from engine.language.playbook import Playbook
from engine.language.step import Step
from engine.lifecycles import GateStatus
from engine.tables.table import Lookup, Table

#: How many expressions are looked at before the rest stay `dyn`: a chain of values is settled link by link.
_MOST_CHECKS = 2_000

#: What a gate that was decided may have come to.
DECISIONS = (GateStatus.APPROVED, GateStatus.REJECTED, GateStatus.RETURNED, GateStatus.OVERRIDDEN)


def declare(playbook: Playbook, decisions: Mapping[str, Table]) -> dict[str, str]:
    """Return dotted name -> type, in the spelling of expressions."""
    names = {"now": TIMESTAMP, "run.id": STRING, "run.started_by": STRING, "run.started_at": TIMESTAMP}
    for spec in playbook.inputs:
        names[f"inputs.{spelt(spec.name)}"] = of_field(spec)
    for spec in playbook.parameters:
        names[f"parameters.{spelt(spec.name)}"] = of_field(spec)
    for step in playbook.steps:
        names.update(_left_by(step, decisions))
    for name in playbook.loose:
        names[name] = DYN
    return _infer(playbook, names)


def choices(playbook: Playbook) -> dict[str, tuple[str, ...]]:
    """Return the dotted names whose value is one of a few texts, with those texts."""
    found = {f"inputs.{spelt(spec.name)}": spec.options for spec in playbook.inputs if spec.type == "choice"}
    found |= {f"parameters.{spelt(spec.name)}": spec.options for spec in playbook.parameters if spec.type == "choice"}
    for step in playbook.steps:
        if isinstance(step.does, TaskSpec):
            root = f"steps.{spelt(step.id)}"
            found.update({f"{root}.{spelt(spec.name)}": spec.options for spec in step.does.form if spec.options})
            if step.does.outcomes:
                found[f"{root}.outcome"] = step.does.outcomes
        elif isinstance(step.does, GateSpec):
            found[f"steps.{spelt(step.id)}.decision"] = DECISIONS
    return found


def _left_by(step: Step, decisions: Mapping[str, Table]) -> dict[str, str]:
    """Return what a visit of this step leaves behind. A decide and an end leave only their visits."""
    root = f"steps.{spelt(step.id)}"
    names = {f"{root}.visits": INT}
    work = step.does
    if isinstance(work, TaskSpec):
        names.update({f"{root}.{spelt(spec.name)}": of_field(spec) for spec in work.form})
        names.update({f"{root}.by": STRING, f"{root}.at": TIMESTAMP})
        if work.outcomes:
            names[f"{root}.outcome"] = STRING
        if work.checklist:
            names[f"{root}.checklist"] = DATA
    elif isinstance(work, GateSpec):
        names.update({f"{root}.decision": STRING, f"{root}.votes": ALL_DATA, f"{root}.at": TIMESTAMP})
    elif isinstance(work, ActionSpec):
        names.update({root: DYN, f"{root}.error": DATA})
    elif isinstance(work, SetSpec):
        names.update({f"{root}.{spelt(name)}": DYN for name in work.assign})
        names.update({f"{root}.{spelt(name)}": type_of(lookup, decisions) for name, lookup in work.tables.items()})
    return names


def type_of(lookup: Lookup, decisions: Mapping[str, Table]) -> str:
    """Return the type of what a table gives, `dyn` where the table or its output is unknown."""
    table = decisions.get(lookup.decision)
    outputs = {} if table is None else {spec.name: spec for spec in table.outputs}
    spec = outputs.get(lookup.on) or (next(iter(outputs.values())) if len(outputs) == 1 and not lookup.on else None)
    if table is not None and table.hit == "count":
        return INT
    if table is None or spec is None:
        return DYN
    return f"list({of_field(spec)})" if table.hit == "collect" else of_field(spec)


def _infer(playbook: Playbook, names: dict[str, str]) -> dict[str, str]:
    pending = {
        f"steps.{spelt(step.id)}.{spelt(name)}": source
        for step in playbook.steps
        if isinstance(step.does, SetSpec)
        for name, source in step.does.assign.items()
    }
    budget = _MOST_CHECKS
    while pending and budget > 0:
        budget -= len(pending)
        checker, settled = Checker(names), dict[str, str]()
        for name, source in pending.items():
            try:
                kind = checker.parse(source).type
            except ExpressionError:
                kind = DYN
            if not is_open(kind) and is_storable(kind):
                settled[name] = kind
        if not settled:
            break
        names = {**names, **settled}
        pending = {name: source for name, source in pending.items() if name not in settled}
    return names
