"""Row 10: the policies that bind a playbook hold, each for itself and each on every way.

Takes policies that bind the playbook's unit and looks only at those that apply to it. A demand that does not hold is a
`Violation`; in a file it becomes the problem `policy-violated` at the step it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.definition import Definition, GateSpec
from engine.language.policy import Before, Every, Policy, Requirement, Review
from engine.naming import IDS, ByTitles, Naming, listed
from engine.policies import applies, say_approval, say_days
from engine.proofs.before import Guarded, Lacking
from engine.proofs.finding import Case, arrows
from engine.proofs.having import lacks
from engine.proofs.moves import Moves
from engine.proofs.satisfying import shortcoming
from engine.proofs.waiting import Called, unknown


@dataclass(frozen=True)
class Said:
    """What is wrong at one place, `way` leads there through the playbook; `is_around`: that is what is wrong."""

    what: str
    hint: str = ""
    way: tuple[str, ...] = ()
    is_around: bool = False

    @property
    def whole(self) -> str:
        """What is wrong, with the way where that shows it."""
        return f"{self.what}: {arrows(self.way)}" if self.is_around else self.what


@dataclass(frozen=True)
class Violation:
    """One place where a demand does not hold; `path` leads to it in the document.

    `said` names steps and roles by their ids, for whoever writes the file; `titled` by titles, for who reads a page.
    """

    policy: Policy
    requirement: Requirement
    path: tuple[str, ...]
    said: Said
    titled: Said

    @property
    def way(self) -> tuple[str, ...]:
        return self.said.way

    @property
    def message(self) -> str:
        """The sentence that names the policy."""
        return f"The policy `{self.policy.id}` ({self.policy.title}) does not hold: {self.said.whole}."

    @property
    def titled_message(self) -> str:
        return f"The policy “{self.policy.title}” does not hold: {self.titled.whole}."


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
            case.report("policy-violated", found.path, found.message, found.said.hint, found.way)


def _broken(moves: Moves, policy: Policy, demand: Requirement, called: Called) -> Iterator[Violation]:
    titles = ByTitles(moves.definition, called)
    if isinstance(demand, Before):
        guarded = Guarded(moves, demand, called)
        for one in guarded.lacking:
            said = _around(guarded, one, IDS), _around(guarded, one, titles)
            yield Violation(policy, demand, ("steps", one.step), *said)
    elif isinstance(demand, Every):
        for step in (moves.definition.steps[id] for id in moves.in_order):
            missing = [
                f"`{key}`" for key in demand.has if step.kind == demand.kind and lacks(moves.definition, step, key)
            ]
            if missing:
                way = moves.path(step.id) if step.id in moves.came_from else (step.id,)
                lacking = [
                    Said(
                        f"the {step.kind} {by.step(step.id)} has no {' and no '.join(missing)}",
                        f"Give it {listed(missing)}.",
                        by.way(way),
                    )
                    for by in (IDS, titles)
                ]
                yield Violation(policy, demand, ("steps", step.id), *lacking)
    else:
        yield from _review(moves.definition, policy, demand)


def _review(definition: Definition, policy: Policy, demand: Review) -> Iterator[Violation]:
    within = definition.review_every
    most = say_days(demand.at_most)
    if within is None:
        said = Said("nothing says when this playbook is reviewed again", f"Write a `review_every` of at most {most}.")
        yield Violation(policy, demand, (), said, said)
    elif within > demand.at_most:
        what = f"this playbook is reviewed again every {say_days(within)}, and {most} is the longest"
        said = Said(what, f"Write at most {most}.")
        yield Violation(policy, demand, ("review_every",), said, said)


def _around(guarded: Guarded, one: Lacking, by: Naming) -> Said:
    """Say how a step is reached without the gate, and by which way."""
    return Said(_says(one, guarded.demand, by), _hint(guarded, one, by), by.way(one.shown), is_around=True)


def _says(one: Lacking, demand: Before, by: Naming) -> str:
    what = f"the undo of {by.step(one.step)}" if one.is_undo else by.step(one.shown[-1])
    gate = f"a gate that {say_approval(demand.gate, by)}"
    if one.after:
        return f"after {by.step(one.after)}, {what} can be reached without passing another {gate.removeprefix('a ')}"
    return f"{what} can be reached without {gate}"


def _hint(guarded: Guarded, one: Lacking, by: Naming) -> str:
    """Say of the first gate on the way why it does not count; where there is none, that one is wanted."""
    steps = guarded.definition.steps
    passed = [step for step in one.way if step in steps and isinstance(steps[step].does, GateSpec)]
    short = next((step for step in passed if guarded.short.get(step)), "")
    if short:
        why = shortcoming(guarded.definition, steps[short], guarded.demand.gate, by)
        return f"The gate {by.step(short)} does not count: it {why}."
    if passed and not one.after:
        return f"The gate {by.step(passed[-1])} is passed without an approval on this way: lead that way elsewhere."
    if one.after:
        return "Lead this way through such a gate again."
    return f"Put such a gate before {by.step(one.step)}, and lead every way through it."
