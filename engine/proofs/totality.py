"""Row 5: every decision covers every case, and every rule of it can win."""

from __future__ import annotations

from collections.abc import Iterable

from engine.definition import DecideSpec, StepSpec, Transition
from engine.expressions import spelt
from engine.proofs import domains
from engine.proofs.domains import UNSET, Path, Value
from engine.proofs.facts import Facts
from engine.proofs.finding import Case
from engine.proofs.flow import Flow
from engine.proofs.formulas import ALWAYS, Atom, Formula, Join, Not, Patience, Space, TooMany, atoms, formula


def prove(case: Case, facts: Facts, flow: Flow) -> None:
    """Report each decision with a gap, and each rule that can never win."""
    patience = Patience()
    known: dict[str, domains.Domains] = {}
    for step in case.definition.steps.values():
        if isinstance(step.does, DecideSpec) and step.does.table is None:
            around = case.definition.eaches[step.within]
            if around not in known:
                known[around] = domains.Domains(case.definition, case.definition.names_in(step.within))
            _Decision(case, facts, flow, known[around], step).prove(patience)


class _Decision:
    def __init__(self, case: Case, facts: Facts, flow: Flow, known: domains.Domains, step: StepSpec) -> None:
        self.case, self.step = case, step
        rules = {
            way.trigger: way
            for way in reversed(case.definition.ways[step.id])
            if way.trigger == "otherwise" or way.trigger.startswith("rule:")
        }
        self.ways: list[Transition] = [*reversed(rules.values())]
        self.rules = [self._formula(way, known) for way in self.ways]
        self.known = flow.inside(step)
        self.facts = facts
        self.space = Space.of(self.rules, known, {("steps", spelt(step.id), "visits"): 1})
        asked = {atom.path for rule in self.rules for atom in atoms(rule) if atom.op == "has"}
        if asked:
            self._add_presence(asked)

    def _formula(self, way: Transition, known: domains.Domains) -> Formula:
        tree = self.case.moves.tree(way.guard, self.step.within)
        return ALWAYS if tree is None else formula(tree, known)

    def prove(self, patience: Patience) -> None:
        if not any(way.trigger == "otherwise" for way in self.ways):
            self._prove_total(patience)
        for number in range(len(self.ways)):
            self._prove_alive(number, patience)

    def _prove_total(self, patience: Patience) -> None:
        path = ("steps", self.step.id)
        try:
            gap = self.space.find([Not(rule) for rule in self.rules], patience)
        except TooMany:
            self.case.report(
                "not-total",
                path,
                f"That the rules of `{self.step.id}` cover every case could not be proven: there are too many cases.",
                "Add a last rule `otherwise`.",
            )
            return
        if gap is not None:
            self.case.report(
                "not-total",
                path,
                f"The rules of `{self.step.id}` do not cover every case: for example {self._say(gap)}.",
                "Add a rule for it, or a last rule `otherwise`.",
                self.case.moves.path(self.step.id) if self.step.id in self.case.moves.came_from else (),
            )

    def _prove_alive(self, number: int, patience: Patience) -> None:
        rule, before = self.rules[number], self.rules[:number]
        try:
            if self.space.find([rule, *(Not(other) for other in before)], patience) is not None:
                return
            never = self.space.find([rule], patience) is None
            single = next(
                (at for at, other in enumerate(before) if self.space.find([rule, Not(other)], patience) is None), None
            )
        except TooMany:
            return
        is_last = self.ways[number].trigger == "otherwise"
        what = "`otherwise`" if is_last else f"Rule {number + 1}"
        if never:
            why, hint = "its condition is never true", "Correct the condition, or remove the rule."
        elif single is not None:
            why = f"rule {single + 1} is always true where it is"
            hint = "Remove it." if is_last else f"Move it before rule {single + 1}, or remove it."
        else:
            why = "the rules before it cover every case" + ("" if is_last else " that it does")
            hint = "Remove it." if is_last else "Move it up, or remove it."
        key = "otherwise" if is_last else "when"
        path = ("steps", self.step.id, "decide", number, key)
        self.case.report("dead-rule", path, f"{what} of `{self.step.id}` can never win: {why}.", hint)

    def _add_presence(self, asked: set[Path]) -> None:
        """Let what the rules test with `has` be unset where it can be, and keep what goes together, together.

        A field is given only where its step completed; where a step completed, what it always leaves is given.
        """
        space = self.space
        for path in [*space.choices]:
            if path[0] not in ("inputs", "steps") or self._is_certain(path):
                continue
            if any(path[: len(tested)] == tested or tested[: len(path)] == path for tested in asked):
                space.choices[path] = [*(value for value in space.choices[path] if value != UNSET), UNSET]
        for outer in space.choices:
            for inner in space.choices:
                if outer == inner or outer[0] != "steps" or inner[: len(outer)] != outer:
                    continue
                if inner[2] != "error":
                    space.rules.append(_implies(Atom(inner, "has"), Atom(outer, "has")))
                if len(outer) == 2 and len(inner) == 3 and self.facts.always_leaves(outer[1], inner[2]):
                    space.rules.append(_implies(Atom(outer, "has"), Atom(inner, "has")))

    def _is_certain(self, path: Path) -> bool:
        if path[2:3] == ("visits",):
            return True
        return bool(self.known & self.facts.mask((path,)))

    def _is_read(self, path: Path) -> bool:
        """Whether a rule reads what may be unset: unset it would be an error there, not a case without a rule."""
        if path[0] not in ("inputs", "steps") or self._is_certain(path):
            return False
        return any(atom.path == path and atom.op != "has" for rule in self.rules for atom in atoms(rule))

    def _say(self, gap: dict[Path, Value]) -> str:
        """Write an assignment, the names of the rules only, in the order in which the rules read them."""
        said = []
        for path in dict.fromkeys(atom.path for rule in self.rules for atom in atoms(rule)):
            value = gap.get(path)
            if value is None:
                if self._is_read(path):
                    said.append(f"{'.'.join(path[1:])} given")
                continue
            if path[0] == "opaque":
                text = "another condition" if "comprehension(" in path[1] else f"`{_bare(path[1])}`"
                said.append(f"{text} {'holds' if value[1] else 'does not hold'}")
            elif value == domains.OTHER and self.space.choices[path][:1] == [domains.OTHER]:
                said.append(f"{'.'.join(path[1:])} given")
            else:
                said.append(domains.say(path, value, self.space.domains.get(path)))
        return _joined(said) or "any"


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("(") else text


def _implies(one: Formula, other: Formula) -> Formula:
    return Join(False, (Not(one), other))


def _joined(parts: Iterable[str]) -> str:
    *most, last = [*parts] or [""]
    return f"{', '.join(most)} and {last}" if most else last
