"""Row 6: data is set before it is read, on every way.

A read is fine where the last visit of its step completed on every way to it, or where `has(…)` has tested it: in the
same expression, in the `when` of its step, or in a rule of a decide on the way, until it can change. Optional fields
and the results of actions may be unset even then.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.definition import LEAVE, ActionSpec, EndSpec, GateSpec, StepSpec, TaskSpec
from engine.expressions import Const, Has, Name, Node, Other, spelt
from engine.proofs.facts import Facts, Path, beginnings
from engine.proofs.finding import Case, Key, arrows
from engine.proofs.readings import WHEN


def prove(case: Case, facts: Facts) -> None:
    """Report each read of data that some way leaves unset."""
    _Reads(case, facts).prove()


class _Reads:
    def __init__(self, case: Case, facts: Facts) -> None:
        self.case, self.facts = case, facts
        self.ids = {spelt(step): step for step in case.definition.steps}
        self.told: set[tuple[tuple[Key, ...], Path]] = set()

    def prove(self) -> None:
        facts, steps = self.facts, self.case.definition.steps
        for reading in facts.readings:
            tree = facts.trees.get(reading.source)
            if tree is None or (reading.step and reading.step not in facts.before):
                continue
            if not reading.step:
                known = facts.entry
            elif reading.moment == WHEN:
                known = facts.before[reading.step]
            elif reading.moment.startswith("rule:"):
                known = facts.at_rule(steps[reading.step], reading.moment)
            else:
                known = facts.inside(steps[reading.step])
            for name in self._unset(tree, known):
                self._report(name.path, reading.path, reading.step, reading.offset + max(name.column - 1, 0))
        for step in steps.values():
            if isinstance(step.does, GateSpec) and step.id in facts.before:
                self._shown(step, step.does)
        self._outputs()

    def _unset(self, node: Node, known: int) -> list[Name]:
        """Return the reads in this expression of what may be unset, given what is known."""
        if isinstance(node, Name):
            return [] if self._is_set(node.path, known) else [node]
        if isinstance(node, Const | Has):
            return []
        if isinstance(node, Other):
            return [name for child in node.children for name in self._unset(child, known)]
        if node.op in ("_&&_", "_||_"):
            holds = node.op == "_&&_"
            left, right = node.args
            return [
                *self._unset(left, known | self.facts.proven_by(right, holds)),
                *self._unset(right, known | self.facts.proven_by(left, holds)),
            ]
        if node.op == "_?_:_":
            question, yes, no = node.args
            return [
                *self._unset(question, known),
                *self._unset(yes, known | self.facts.proven_by(question, True)),
                *self._unset(no, known | self.facts.proven_by(question, False)),
            ]
        return [name for arg in node.args for name in self._unset(arg, known)]

    def _is_set(self, path: Path, known: int) -> bool:
        if path[0] == "inputs":
            return bool(known & self.facts.mask((path,)))
        if path[0] != "steps" or path[2:3] == ("visits",):
            return True
        return bool(known & self._wanted(path))

    def _wanted(self, path: Path) -> int:
        """Return the facts of which one is enough for a read of this path."""
        if len(path) == 2:
            return self.facts.mask((path,))
        return self.facts.mask(part for part in beginnings(path) if len(part) > 2)

    def _shown(self, step: StepSpec, gate: GateSpec) -> None:
        """A gate may show an optional field that was not given, but no step that has not completed."""
        for number, item in enumerate(gate.show):
            root, *rest = item.split(".")
            if root == "steps" and rest:
                path = ("steps", spelt(rest[0]))
                if not self.facts.inside(step) & self.facts.mask((path,)):
                    self._report(path, ("steps", step.id, "gate", "show", number), step.id)

    def _outputs(self) -> None:
        """Outputs are read at every end that completes the run."""
        facts = self.facts
        ends: dict[str, list[int]] = {}
        for id, facts_there in facts.before.items():
            does = self.case.definition.steps[id].does
            if isinstance(does, EndSpec) and does.status == "completed":
                ends.setdefault(id, []).append(facts_there)
            for target, kept, given in facts.effects[id]:
                if target == LEAVE:
                    ends.setdefault(LEAVE, []).append((facts_there & kept) | given)
        for output, source in self.case.definition.outputs.items():
            tree = facts.trees.get(source)
            for end, several in ends.items() if tree is not None else ():
                for known in several:
                    for name in self._unset(tree, known):  # type: ignore[arg-type]
                        self._report(name.path, ("outputs", output), end, max(name.column - 1, 0))

    def _report(self, path: Path, where: tuple[Key, ...], to: str, offset: int = 0) -> None:
        if (where, path) in self.told:
            return
        self.told.add((where, path))
        name = ".".join(path)
        wanted = self.facts.mask((path,)) if path[0] == "inputs" else self._wanted(path)
        example = self.facts.way_without(wanted, to) if to else ()
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
        known = self.facts.mask((path[:2],))
        completed = self.facts.way_without(known, to) is None
        if not completed:
            last = self.facts.way_without(known, to) or example
            if step not in (last if to == LEAVE else last[:-1]):
                return f"the way {arrows(last)} does not pass `{step}`"
            return f"on the way {arrows(last)} the last visit of `{step}` need not complete"
        does = self.case.definition.steps[step].does
        if isinstance(does, ActionSpec):
            return f"the result of the action `{step}` may come without it"
        if isinstance(does, TaskSpec) and any(spelt(spec.name) == path[2] for spec in does.form):
            return f"{there}the task `{step}` may complete without that field"
        return f"{there}`{step}` may leave it out"
