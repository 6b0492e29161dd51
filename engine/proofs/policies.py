"""Row 10: the policies that bind a playbook hold, each for itself and each on every way.

Takes policies that bind the playbook's unit and looks only at those that apply to it. A demand that does not hold is a
`Violation`; in a file it becomes the problem `policy-violated` at the step it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.definition import Definition, GateSpec
from engine.language.policy import Before, Every, Policy, Requirement, Review
from engine.policies import applies, listed, say_approval, say_days
from engine.proofs.before import Guarded, Lacking
from engine.proofs.finding import Case, arrows
from engine.proofs.having import lacks
from engine.proofs.moves import Moves
from engine.proofs.waiting import Called, unknown


@dataclass(frozen=True)
class Violation:
    """One place where a demand does not hold, and `what` is wrong there.

    `path` leads to it in the document, `way` through the playbook.
    """

    policy: Policy
    requirement: Requirement
    path: tuple[str, ...]
    what: str
    hint: str = ""
    way: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The sentence that names the policy."""
        return f"The policy `{self.policy.id}` ({self.policy.title}) does not hold: {self.what}."


def violations(
    definition: Definition, policy: Policy, called: Called = unknown, moves: Moves | None = None
) -> tuple[Violation, ...]:
    """Return where this playbook breaks the policy; nothing where it does not apply. `moves` are its own, if known."""
    if not applies(policy, definition):
        return ()
    moves = moves or Moves(definition)
    return tuple(found for demand in policy.require for found in _broken(moves, policy, demand, called))


def prove(case: Case, policies: Iterable[Policy]) -> None:
    """Report every demand of these policies that the playbook does not keep."""
    for policy in policies:
        for found in violations(case.definition, policy, case.called, case.moves):
            case.report("policy-violated", found.path, found.message, found.hint, found.way)


def _broken(moves: Moves, policy: Policy, demand: Requirement, called: Called) -> Iterator[Violation]:
    if isinstance(demand, Before):
        guarded = Guarded(moves, demand, called)
        for one in guarded.lacking:
            message = f"{_says(one, demand)}: {arrows(one.shown)}"
            yield Violation(policy, demand, ("steps", one.step), message, _hint(guarded, one), one.shown)
    elif isinstance(demand, Every):
        for step in (moves.definition.steps[id] for id in moves.in_order):
            missing = [
                f"`{key}`" for key in demand.has if step.kind == demand.kind and lacks(moves.definition, step, key)
            ]
            if missing:
                message = f"the {step.kind} `{step.id}` has no {' and no '.join(missing)}"
                way = moves.path(step.id) if step.id in moves.came_from else (step.id,)
                yield Violation(policy, demand, ("steps", step.id), message, f"Give it {listed(missing)}.", way)
    else:
        yield from _review(moves.definition, policy, demand)


def _review(definition: Definition, policy: Policy, demand: Review) -> Iterator[Violation]:
    within = definition.review_every
    most = say_days(demand.at_most)
    if within is None:
        message = "nothing says when this playbook is reviewed again"
        yield Violation(policy, demand, (), message, f"Write a `review_every` of at most {most}.")
    elif within > demand.at_most:
        message = f"this playbook is reviewed again every {say_days(within)}, and {most} is the longest"
        yield Violation(policy, demand, ("review_every",), message, f"Write at most {most}.")


def _says(one: Lacking, demand: Before) -> str:
    what = f"the undo of `{one.step}`" if one.is_undo else f"`{one.shown[-1]}`"
    gate = f"a gate that {say_approval(demand.gate)}"
    if one.after:
        return f"after `{one.after}`, {what} can be reached without passing another {gate.removeprefix('a ')}"
    return f"{what} can be reached without {gate}"


def _hint(guarded: Guarded, one: Lacking) -> str:
    """Say of the first gate on the way why it does not count; where there is none, that one is wanted."""
    steps = guarded.definition.steps
    passed = [step for step in one.way if step in steps and isinstance(steps[step].does, GateSpec)]
    short = next((step for step in passed if guarded.short.get(step)), "")
    if short:
        return f"The gate `{short}` does not count: it {guarded.short[short]}."
    if passed and not one.after:
        return f"The gate `{passed[-1]}` is passed without an approval on this way: lead that way elsewhere."
    if one.after:
        return "Lead this way through such a gate again."
    return f"Put such a gate before `{one.step}`, and lead every way through it."
