"""What stands against moving one run to another version, each with a sentence and an example (semantics [migrate]).

safe          it goes on from where it stands as a run that began on that version would
repeats       a step that is done would be done again
skips-gate    a gate that every way to where it stands passes in that version was not passed
needs-mapping an open step, or a value that is read later, has no counterpart: until somebody says which one it is

Guards are ignored as in the proofs, but for that of a gate: whether it was needed is asked of the run's data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from engine.definition import Definition, GateSpec
from engine.expressions import EvaluationError, Evaluator
from engine.lifecycles import GateStatus, VisitStatus
from engine.machine import knowledge, scopes
from engine.machine.changing import Changeable
from engine.machine.passing import Passing, beyond, stands
from engine.machine.state import State, Visit
from engine.migration.carrying import carried, scope_in
from engine.migration.counterparts import Counterparts
from engine.migration.counterparts import wrong_mapping as wrong_mapping
from engine.migration.findings import Assessment, Finding, Kind, called
from engine.migration.fitting import unfit
from engine.migration.giving import fill
from engine.migration.reads import Reads

_WORK = frozenset({"task", "gate", "action", "call"})
_PASSED = frozenset({GateStatus.APPROVED.value, GateStatus.OVERRIDDEN.value})


def assess(
    state: State,
    before: Definition,
    after: Definition,
    mapping: Mapping[str, str],
    given: Mapping[str, Any] = MappingProxyType({}),
) -> Assessment:
    """Say what stands against this run going on in the version `after`.

    `mapping` has old steps and values to new ones, `given` encoded values that the run has not (`giving`).
    """
    wrong = wrong_mapping(before, after, mapping)
    if wrong:
        return Assessment(tuple(Finding(Kind.NEEDS_MAPPING, old, says) for old, says in wrong.items()))
    question = _Question(state, Counterparts(before, after, mapping), given)
    found = (*question.without_counterpart(), *question.lost(), *unfit(state, question.parts, given))
    if not found:
        found = (*question.unread(), *question.unshown(), *question.skipped(), *question.repeated())
    return Assessment(found)


class _Question:
    """One run before one other version."""

    def __init__(self, state: State, parts: Counterparts, given: Mapping[str, Any]) -> None:
        self.state, self.parts, self.given = state, parts, given
        self.over = set[str]()
        self.before, self.after = parts.before, parts.after
        self.visits = [visit for visit in state.visits.values() if visit.undoes is None]

    def without_counterpart(self) -> Iterator[Finding]:
        for visit in self.state.visits.values():
            if why := self.parts.lacks_open(visit.step):
                says = f"The run stands at {called(self.before, visit.step)}, and {why}."
                yield Finding(Kind.NEEDS_MAPPING, visit.step, says)

    def lost(self) -> Iterator[Finding]:
        """What the other version could not take back."""
        for step in dict.fromkeys(done.step for done in self.state.done):
            there = self.parts.of(step)
            if step not in self.parts.mapping and (there is None or self.after.steps[there].undo is None):
                says = (
                    f"{called(self.before, step)} is done and can be undone here; the other version does not say how."
                )
                yield Finding(Kind.NEEDS_MAPPING, step, says)

    @cached_property
    def _filled(self) -> tuple[State, tuple[Changeable, ...]]:
        return fill(self.state, carried(self.state, self.parts), self.parts, self.given, "")

    @property
    def there(self) -> State:
        return self._filled[0]

    def unread(self) -> Iterator[Finding]:
        there = self.there
        told: set[tuple[str, ...]] = set()
        visits = [visit for visit in there.visits.values() if visit.undoes is None]
        lacking = sorted(Reads.of(self.after).lacking(there, visits), key=lambda one: -one.name.count("."))
        for lack in lacking:
            parts = lack.name.split(".")
            if ("steps", parts[1], lack.reader) in told or (*parts, lack.reader) in told:
                continue
            told |= {(*parts, lack.reader), (*parts[:2], lack.reader)}
            step = next((id for id in self.after.steps if id.replace("-", "_") == parts[1]), parts[1])
            reader = (
                called(self.after, lack.reader) if lack.reader in self.after.steps else "what the run gives in the end"
            )
            what = f"the input {parts[1]}" if parts[0] == "inputs" else called(self.after, step)
            says = f"{reader} needs {what}{''.join(f', {name}' for name in parts[2:])}, which this run does not have."
            yield Finding(Kind.NEEDS_MAPPING, step if parts[0] == "steps" else "", says, lack.way, lack.name)

    def unshown(self) -> Iterator[Finding]:
        """Gates that were passed, and show there what is only given now."""
        for one in self._filled[1]:
            if one.shown_at and one.shown_at not in self.over:
                self.over.add(one.shown_at)
                says = f"{called(self.after, one.shown_at)} was passed without {one.label}, which it shows there."
                yield Finding(Kind.SKIPS_GATE, one.shown_at, says)

    def skipped(self) -> Iterator[Finding]:
        """Gates that every way to where the run stands passes there, and that it has not passed."""
        passing, told = Passing.of(self.after), self.over
        for visit in self.there.visits.values():
            if visit.undoes is not None:
                continue
            for gate, example in self._required(passing, visit):
                if gate in told or self._is_passed(gate, visit.scope) or not self._is_needed(gate, visit.scope):
                    continue
                told.add(gate)
                says = f"{called(self.after, gate)} is passed there before {called(self.after, visit.step)}"
                yield Finding(Kind.SKIPS_GATE, gate, f"{says}{self._not_passed(gate, visit.scope)}", example)

    def _required(self, passing: Passing, visit: Visit) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Give the gates that come before this visit, and before what of a region has ended, each with a way."""
        needed = passing.needed(visit.step)
        for gate in passing.gates:
            if beyond(gate) in needed and gate != visit.step:
                yield gate, (*_way(passing, "", gate), *_way(passing, beyond(gate), visit.step)[1:])
        if visit.region is None:
            return
        for name in self.after.bodies(visit.step):
            branch = name.partition("/")[2]
            if self.after.is_graph(name):
                ended = set(self.after.lists[name]) - set(visit.region.open)
            elif branch:
                ended = set() if branch in visit.region.open else set(self.after.lists[name])
            else:  # an each: of its items some have ended
                ended = set(self.after.lists[name]) if visit.region.ended else set()
            yield from self._required_inside(passing, visit.step, name, ended)

    def _required_inside(
        self, passing: Passing, region: str, name: str, ended: Collection[str]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        inside = {place for place in passing.ways if place.removesuffix("+") in ended} | {region, beyond(region)}
        for gate in passing.gates:
            if gate in ended and not _way(
                passing, region, beyond(region), inside - {beyond(gate)}, skip=beyond(region)
            ):
                yield gate, _way(passing, "", gate)

    def _before(self, gate: str) -> str | None:
        """Return the old step whose counterpart this is."""
        return next((old for old in self.before.steps if self.parts.of(old) == gate), None)

    def _is_passed(self, gate: str, scope: str) -> bool:
        old = self._before(gate)
        if old is None or self._line(old, scope) not in _PASSED:
            return False
        is_same = old in self.parts.mapping or not self.parts.differs(old)
        return is_same and self.parts.is_same_rule(old)

    def _not_passed(self, gate: str, scope: str) -> str:
        old = self._before(gate)
        if old is None or self._line(old, scope) not in _PASSED:
            return ", and this run never passed it."
        if self.parts.is_same_rule(old):
            return ": this run passed it when it asked or showed something else."
        return ": this run passed it when it asked other people, or fewer."

    def _line(self, step: str, scope: str) -> str:
        """Return what became of a step last, in this item or around it."""
        found = ""
        for key, line in self.state.ended.items():
            name, _, at = key.partition("@")
            if name == step and scopes.is_within(scope, scope_in(at, self.parts)):
                found = line.result
        return found

    def _is_needed(self, gate: str, scope: str) -> bool:
        """Ask the gate's own guard of the run's data; what cannot be said counts as needed."""
        step, there = self.after.steps[gate], self.there
        if step.when is None:
            return True
        try:
            known = knowledge.scope(there, there.at, scope, step.within)
            return Evaluator.of(self.after).value(step.when, known) is not False
        except EvaluationError:
            return True

    def repeated(self) -> Iterator[Finding]:
        """Steps that are done and lie ahead there, though they do not here."""
        old, new = Passing.of(self.before), Passing.of(self.after)
        told: set[str] = set()
        for visit in self.visits:
            if not stands(self.before, visit):
                continue
            ahead = _ahead(old, visit.step)
            begin = self.parts.meant(visit.step)
            ahead_there = _ahead(new, begin)
            for step in self._done(visit.scope):
                there = self.parts.of(step)
                if there is None or there == begin or there in told:
                    continue
                if there in ahead_there and step not in ahead:
                    told.add(there)
                    says = f"{called(self.after, there)} is done, and comes again after {called(self.after, begin)}."
                    yield Finding(Kind.REPEATS, there, says, _way(new, begin, there))

    def _done(self, scope: str) -> Iterator[str]:
        open_ones = {visit.step for visit in self.visits}
        for key, line in self.state.ended.items():
            step, _, at = key.partition("@")
            known = self.before.steps.get(step)
            if known is None or known.kind not in _WORK or step in open_ones or not scopes.is_within(scope, at):
                continue
            rejected = isinstance(known.does, GateSpec) and line.result != GateStatus.APPROVED
            if line.status is VisitStatus.COMPLETED and not rejected:
                yield step


def _ahead(passing: Passing, begin: str) -> set[str]:
    """Return the places that some way on from here comes to."""
    seen, waiting = set[str](), [begin]
    while waiting:
        new = passing.ways[waiting.pop()] - seen - {begin}
        seen |= new
        waiting += new
    return seen


def _way(
    passing: Passing, begin: str, to: str, inside: Collection[str] | None = None, skip: str = ""
) -> tuple[str, ...]:
    """Return the steps of a shortest way, both ends among them; nothing where there is none.

    `inside` are the only places that it may go through, and from `begin` it does not go straight to `skip`.
    """
    came_from: dict[str, str | None] = {begin: None}
    queue = deque([begin])
    while queue and to not in came_from:
        here = queue.popleft()
        for target in sorted(passing.ways[here]):
            is_out = inside is not None and target not in inside
            if target not in came_from and not is_out and not (here == begin and target == skip):
                came_from[target] = here
                queue.append(target)
    if to not in came_from:
        return ()
    found: list[str] = []
    at: str | None = to
    while at is not None:
        step = at.removesuffix("+")
        if step and step not in found[-1:]:
            found.append(step)
        at = came_from[at]
    return tuple(reversed(found))
