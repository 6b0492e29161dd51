"""Row 6: data is set before it is read, on every way.

A read is fine where the last visit of its step completed on every way to it, or where `has(…)` has tested it: in the
same expression, in the `when` of its step, or in a rule of a decide on the way, until it can change. Optional fields,
the results of actions and the data of signals may be unset even then. What stands in a branch beside is never read,
tested or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.definition import (
    LEAVE,
    ActionSpec,
    EndSpec,
    GateSpec,
    ParallelSpec,
    StepSpec,
    TaskSpec,
    WaitSpec,
    owner_of,
)
from engine.expressions import Const, Has, Name, Node, Other, spelt, walk
from engine.proofs.beside import Beside
from engine.proofs.facts import Facts, Path, beginnings
from engine.proofs.finding import Case, Key, arrows
from engine.proofs.flow import Flow
from engine.proofs.moves import past
from engine.proofs.passing import completes
from engine.proofs.readings import UNDO, WHEN, Reading


def prove(case: Case, facts: Facts, flow: Flow) -> None:
    """Report each read of data that some way leaves unset."""
    _Reads(case, facts, flow).prove()


def known_at(facts: Facts, flow: Flow, reading: Reading) -> int:
    """Return what is certain where this expression is evaluated."""
    if not reading.step:
        return flow.entry
    step = flow.definition.steps[reading.step]
    if reading.moment == WHEN:
        return flow.before[step.id]
    if reading.moment == UNDO:
        return _behind(facts, flow, step)
    if reading.moment.startswith("rule:"):
        return flow.inside(step) | facts.earlier(step, reading.moment)
    return flow.inside(step)


def _behind(facts: Facts, flow: Flow, step: StepSpec) -> int:
    """Return what is certain when a visit of this step has ended in such a way that it may have to be undone.

    An action of which nobody knows whether it was done is undone too, and has left nothing behind.
    """
    known, taken = flow.inside(step), facts.taken(step)
    if step.id in flow.moves.bodies:
        known = flow.before.get(past(step.id), known)
    ways = [way for way in flow.moves.ways[step.id] if completes(way.trigger)]
    given = -1 if ways and not isinstance(step.does, ActionSpec) else 0
    for way in ways:
        given &= facts.given(step, way)
    return (known & ~taken) | given


def unset(facts: Facts, node: Node, known: int) -> list[Name]:
    """Return the reads in this expression of what may be unset, given what is known."""
    if isinstance(node, Name):
        return [] if _is_set(facts, node.path, known) else [node]
    if isinstance(node, Const | Has):
        return []
    if isinstance(node, Other):
        return [name for child in node.children for name in unset(facts, child, known)]
    if node.op in ("_&&_", "_||_"):
        holds = node.op == "_&&_"
        left, right = node.args
        return [
            *unset(facts, left, known | facts.proven_by(right, holds)),
            *unset(facts, right, known | facts.proven_by(left, holds)),
        ]
    if node.op == "_?_:_":
        question, yes, no = node.args
        return [
            *unset(facts, question, known),
            *unset(facts, yes, known | facts.proven_by(question, True)),
            *unset(facts, no, known | facts.proven_by(question, False)),
        ]
    return [name for arg in node.args for name in unset(facts, arg, known)]


def _is_set(facts: Facts, path: Path, known: int) -> bool:
    if path[0] == "inputs":
        return bool(known & facts.mask(beginnings(path)))
    if path[0] != "steps" or path[2:3] == ("visits",):
        return True
    return bool(known & _wanted(facts, path))


def _wanted(facts: Facts, path: Path) -> int:
    """Return the facts of which one is enough for a read of this path."""
    if len(path) == 2:
        return facts.mask((path,))
    return facts.mask(part for part in beginnings(path) if len(part) > 2)


class _Reads:
    def __init__(self, case: Case, facts: Facts, flow: Flow) -> None:
        self.case, self.facts, self.flow = case, facts, flow
        self.beside = Beside(case.definition)
        self.ids = {spelt(step): step for step in case.definition.steps}
        self.told: set[tuple[tuple[Key, ...], Path]] = set()

    def prove(self) -> None:
        facts, steps = self.facts, self.case.definition.steps
        for reading in facts.readings:
            if reading.step and reading.step not in self.flow.before:
                continue
            tree = facts.tree(reading)
            if tree is None:
                continue
            for name in self._across(tree, reading.step):
                self._report_beside(name, reading.path, reading.step, reading.offset + max(name.column - 1, 0))
            for name in unset(self.facts, tree, known_at(self.facts, self.flow, reading)):
                self._report(name.path, reading.path, reading.step, reading.offset + max(name.column - 1, 0))
        for step in steps.values():
            if isinstance(step.does, GateSpec) and step.id in self.flow.before:
                self._shown(step, step.does)
        self._outputs()

    def _across(self, tree: Node, reader: str) -> Iterator[Name | Has]:
        """Give the names in this expression that stand in a branch beside its step; `visits` can always be read."""
        if not reader or self.beside.is_empty:
            return
        for node in walk(tree):
            if isinstance(node, Name | Has) and node.path[0] == "steps" and node.path[2:3] != ("visits",):
                step = self.ids.get(node.path[1]) if len(node.path) > 1 else None
                if step is not None and self.beside.stands(reader, step):
                    yield node

    def _shown(self, step: StepSpec, gate: GateSpec) -> None:
        """A gate may show an optional field that was not given, but no step that has not completed."""
        for number, item in enumerate(gate.show):
            root, *rest = item.split(".")
            if root == "steps" and rest:
                path = ("steps", spelt(rest[0]))
                if self.beside.stands(step.id, self.ids.get(path[1], path[1])):
                    self._report_beside(Name(path), ("steps", step.id, "gate", "show", number), step.id)
                elif not self.flow.inside(step) & self.facts.mask((path,)):
                    self._report(path, ("steps", step.id, "gate", "show", number), step.id)

    def _outputs(self) -> None:
        """Outputs are read at every end that completes the run."""
        flow, steps = self.flow, self.case.definition.steps
        ends = {}
        for node, known in flow.before.items():
            does = steps[node].does if node in steps else None
            if node == LEAVE or (isinstance(does, EndSpec) and does.status == "completed"):
                ends[node] = known
        for output, source in self.case.definition.outputs.items():
            tree = self.case.moves.tree(source)
            if tree is None:
                continue
            for end, known in ends.items():
                for name in unset(self.facts, tree, known):
                    self._report(name.path, ("outputs", output), end, max(name.column - 1, 0))

    def _report_beside(self, node: Name | Has, where: tuple[Key, ...], reader: str, offset: int = 0) -> None:
        if (where, node.path) in self.told:
            return
        self.told.add((where, node.path))
        step = self.ids[node.path[1]]
        region = self.beside.region(reader, step)
        message = (
            f"`{'.'.join(node.path)}` is not to be read here: `{step}` and `{reader}` run side by side in `{region}`,"
            " and which of them comes first is open."
        )
        hint = f"Read it after `{region}`"
        if self.case.definition.is_graph(region):
            later, sooner = (self.beside.above(one, region) for one in (reader, step))
            hint = f"Let `{later}` need `{sooner}`, or read it after `{region}`"
        example = self.case.moves.path(reader)
        self.case.report("unset-data", where, message, f"{hint}.", example, offset)

    def _report(self, path: Path, where: tuple[Key, ...], to: str, offset: int = 0) -> None:
        if (where, path) in self.told:
            return
        self.told.add((where, path))
        name = ".".join(path)
        wanted = self.facts.mask(beginnings(path)) if path[0] == "inputs" else _wanted(self.facts, path)
        example = self._way_without(path, wanted, to) if to else ()
        if example is None:
            example = () if to == LEAVE else self.case.moves.path(to)
        message = f"`{name}` may be unset here: {self._why(path, example, to)}."
        instead = "give the input a default" if path[0] == "inputs" else "read it only on ways where it is set"
        if where[2:4] == ("gate", "show"):
            hint = f"Let the gate open only where it is there: `when: has({name})`, or {instead}."
        elif where[-1] == "when":
            hint = f"Test it first: `has({name}) && …`, or {instead}."
        else:
            hint = f"Test it first: `has({name}) ? {name} : …`, or {instead}."
        self.case.report("unset-data", where, message, hint, example, offset)

    def _why(self, path: Path, example: Sequence[str], to: str) -> str:
        if path[0] == "inputs":
            return "the input is optional and may be left empty"
        step = self.ids.get(path[1], path[1])
        there = "" if not to else f"on the way {arrows(example)} "
        if not to:
            return f"the step `{step}` has not been done when the run starts"
        if path[2:3] == ("error",):
            return f"`{step}` leaves an error only where it failed and went on by `on_error`"
        last = self._way_without(path, self.facts.mask((path[:2],)), to)
        if last is not None:
            if (region := self._unawaited(step, last)) is not None:
                return f"on the way {arrows(last)} `{region}` may go on before `{step}` has completed"
            if step not in (last if to == LEAVE else last[:-1]):
                return f"the way {arrows(last)} does not pass `{step}`"
            return f"on the way {arrows(last)} the last visit of `{step}` need not complete"
        does = self.case.definition.steps[step].does
        if isinstance(does, WaitSpec):
            return f"the signal that `{step}` waits for may come without it"
        if isinstance(does, ActionSpec):
            return f"the result of the action `{step}` may come without it"
        if isinstance(does, TaskSpec) and any(spelt(spec.name) == path[2] for spec in does.form):
            return f"{there}the task `{step}` may complete without that field"
        return f"{there}`{step}` may leave it out"

    def _way_without(self, path: Path, wanted: int, to: str) -> tuple[str, ...] | None:
        step = self.ids.get(path[1]) if path[0] == "steps" else None
        within = self.case.definition.steps[step].within if step else ""
        return self.flow.way_without(wanted, to, self.case.definition.around(within)[:-1])

    def _unawaited(self, step: str, way: Sequence[str]) -> str | None:
        """Return a region on the way that may go on without the branch in which this step stands."""
        definition = self.case.definition
        for name in definition.around(definition.steps[step].within)[:-1]:
            region = owner_of(name)
            does = definition.steps[region].does
            if region in way[:-1] and isinstance(does, ParallelSpec) and does.join != "all" and step not in way:
                return region
        return None
