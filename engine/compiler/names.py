"""Every name that an expression of a playbook may read, with its type (semantics [types], [names], [each]).

What an `each` leaves is known outside as a list; the steps in it, and its item, are known inside only. The types of
`set` values and of items follow from expressions (`inference`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.compiler.inference import Open, infer
from engine.definition import (
    FILES,
    MAIN,
    ActionSpec,
    CallSpec,
    Definition,
    EachSpec,
    GateSpec,
    SetSpec,
    TaskSpec,
    WaitSpec,
    files_of,
)
from engine.expressions import ExpressionError, checker, spelt
from engine.expressions.types import ALL_DATA, DATA, DYN, INT, STRING, TIMESTAMP, is_storable, of_field
from engine.language.playbook import Playbook
from engine.language.step import Step
from engine.lifecycles import GateStatus
from engine.tables.table import Lookup, Table

#: What a gate that was decided may have come to.
DECISIONS = (GateStatus.APPROVED, GateStatus.REJECTED, GateStatus.RETURNED, GateStatus.OVERRIDDEN)


@dataclass(frozen=True)
class Names:
    """Dotted name -> type: `outside` all eaches, and what each of them adds for its steps (`inside`, by its id)."""

    outside: Mapping[str, str]
    inside: Mapping[str, Mapping[str, str]]
    around: Mapping[str, str]
    """Each -> the each around it, `""` for none."""

    def of(self, each: str) -> Mapping[str, str]:
        """Return all that the steps of this each may read, `""` for those outside."""
        return {**self.of(self.around[each]), **self.inside[each]} if each else self.outside


def declare(playbook: Playbook, decisions: Mapping[str, Table], children: Mapping[str, Definition]) -> Names:
    """Return the names of a playbook; `children` are the definitions of what its steps call, as far as known."""
    outside = {"now": TIMESTAMP, "run.id": STRING, "run.started_by": STRING, "run.started_at": TIMESTAMP}
    for spec in playbook.inputs:
        outside[f"inputs.{spelt(spec.name)}"] = of_field(spec)
    for spec in playbook.parameters:
        outside[f"parameters.{spelt(spec.name)}"] = of_field(spec)
    inside: dict[str, dict[str, str]] = {}
    around: dict[str, str] = {}
    for step in playbook.steps:
        each = playbook.each_around(step.within)
        (inside[each] if each else outside).update(_left_by(step, decisions, children))
        if step.kind == "each":
            around[step.id] = each
            inside[step.id] = _of_item(step, DYN)
    for name in playbook.loose:
        outside[name] = DYN
    infer(outside, inside, around, list(_open(playbook)))
    return Names(outside, inside, around)


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


def _left_by(step: Step, decisions: Mapping[str, Table], children: Mapping[str, Definition]) -> dict[str, str]:
    """Return what a visit of this step leaves behind. A decide, an end and a parallel leave only their visits."""
    root = f"steps.{spelt(step.id)}"
    names = {f"{root}.visits": INT}
    work = step.does
    if isinstance(work, TaskSpec):
        names.update({f"{root}.{spelt(spec.name)}": of_field(spec) for spec in work.form})
        names.update({f"{root}.by": STRING, f"{root}.at": TIMESTAMP, files_of(step.id): FILES})
        if work.outcomes:
            names[f"{root}.outcome"] = STRING
        if work.checklist:
            names[f"{root}.checklist"] = DATA
    elif isinstance(work, GateSpec):
        names.update({f"{root}.decision": STRING, f"{root}.votes": ALL_DATA, f"{root}.at": TIMESTAMP})
    elif isinstance(work, ActionSpec):
        names.update({root: DYN, f"{root}.error": DATA})
    elif isinstance(work, CallSpec):
        child = children.get(step.id)
        names.update({root: DYN} if child is None else {f"{root}.{name}": kind for name, kind in _outputs(child)})
        names[f"{root}.error"] = DATA
    elif isinstance(work, WaitSpec) and work.signal is not None:
        names.update({root: DYN, f"{root}.at": TIMESTAMP})
    elif isinstance(work, EachSpec):
        names[root] = ALL_DATA
    elif isinstance(work, SetSpec):
        names.update({f"{root}.{spelt(name)}": DYN for name in work.assign})
        names.update({f"{root}.{spelt(name)}": type_of(lookup, decisions) for name, lookup in work.tables.items()})
    return names


def _outputs(child: Definition) -> Iterator[tuple[str, str]]:
    """Give what a called playbook leaves, with the types of its expressions."""
    for name, source in child.outputs.items():
        try:
            kind = checker(child.names_in(MAIN)).parse(source).type
        except ExpressionError:
            kind = DYN
        yield spelt(name), kind if is_storable(kind) else DYN


def _of_item(step: Step, kind: str) -> dict[str, str]:
    names = {"each.item": kind, "each.index": INT}
    if isinstance(step.does, EachSpec) and step.does.name:
        names[f"each.{spelt(step.does.name)}"] = kind
    return names


def _open(playbook: Playbook) -> Iterator[Open]:
    """Give what has the type of an expression: values that are computed, and items."""
    for step in playbook.steps:
        each = playbook.each_around(step.within)
        if isinstance(step.does, SetSpec):
            for name, source in step.does.assign.items():
                yield Open(source, each, each, (f"steps.{spelt(step.id)}.{spelt(name)}",))
        elif isinstance(step.does, EachSpec):
            names = [name for name in _of_item(step, DYN) if name != "each.index"]
            yield Open(step.does.over, each, step.id, tuple(names), is_list=True)


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
