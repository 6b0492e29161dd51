"""Row 5, for a decide that asks a table: every value that the table may give has a way, and every way a value."""

from __future__ import annotations

from engine.definition import DecideSpec, StepSpec
from engine.expressions import Call, Checker, Node, constant
from engine.proofs.finding import Case, names
from engine.tables.answers import names_of
from engine.tables.table import Lookup, Table, named

_VALUE = "value:"


def prove(case: Case) -> None:
    """Report values without a way, and ways that no value takes."""
    for step in case.definition.steps.values():
        if isinstance(step.does, DecideSpec) and step.does.table is not None:
            _prove(case, step, step.does.table)


def _prove(case: Case, step: StepSpec, lookup: Lookup) -> None:
    table = case.definition.tables[lookup.decision]
    ways = list(dict.fromkeys(way.trigger for way in case.definition.ways[step.id]))
    values = _values(table, lookup.on)
    path = ("steps", step.id, "decide")
    if "otherwise" not in ways:
        missing = [value for value in values or () if f"{_VALUE}{value}" not in ways]
        if values is None:
            message = f"What `{lookup.on}` of `{table.decision}` gives is only known at run time."
            case.report("not-total", (*path, "go"), message, "Add `otherwise:` beside `go`.")
        elif missing:
            message = f"`{table.decision}` may give {names(missing)}, and `go` has no way for it."
            example = case.moves.path(step.id) if step.id in case.moves.came_from else ()
            case.report("not-total", (*path, "go"), message, "Add it to `go`, or `otherwise:` beside `go`.", example)
    if values is None:
        return
    for trigger in ways:
        value = trigger.removeprefix(_VALUE)
        if value != trigger and value not in values:
            message = f"No rule of `{table.decision}` gives `{value}`: this way is never taken."
            case.report("dead-rule", (*path, "go", value), message, "Remove it, or let a rule give it.")
    if "otherwise" in ways and all(f"{_VALUE}{value}" in ways for value in values):
        message = f"`otherwise` of `{step.id}` is never taken: `go` has a way for all that `{table.decision}` gives."
        case.report("dead-rule", (*path, "otherwise"), message, "Remove it.")


def _values(table: Table, output: str) -> list[str] | None:
    """Return the values that the rules give, in their order, as `go` names them; None where a run only can tell."""
    spec = table.output(output)
    found: list[str] = []
    trees = Checker(names_of(table))
    for rule in table.rules:
        given = _given(trees.parse(rule.then[output]).tree)
        if given is None and spec.type == "choice":
            given = list(spec.options)
        elif given is None and spec.type == "boolean":
            given = ["true", "false"]
        if given is None:
            return None
        found += given
    return list(dict.fromkeys(found))


def _given(tree: Node) -> list[str] | None:
    """Return the constants among which an expression chooses, None where it computes something."""
    if isinstance(tree, Call) and tree.op == "_?_:_":
        sides = [_given(side) for side in tree.args[1:]]
        return None if sides[0] is None or sides[1] is None else sides[0] + sides[1]
    is_constant, value = constant(tree)
    return [named(value)] if is_constant else None
