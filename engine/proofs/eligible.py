"""Row 8: with the people there are, each task has somebody to do it, and each gate enough to decide it.

A function of a directory of people, asked where a playbook is published; a file by itself knows nobody. Who starts the
run and who does each step is open: where no choice leaves enough people for a gate it is an error, where some choice
does not a warning that names it.

What is decided: who is in a role now, whom `exclude` leaves out, one person for one role, several doers of what comes
round in a loop or for each item. What is not: whom a rung adds to the gate, whom `${…}` names, who abstains, absences.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

from engine.definition import STARTER, Definition, GateSpec, StepSpec, TaskSpec
from engine.expressions import spelt
from engine.problems import Problem
from engine.proofs.beside import Beside
from engine.proofs.facts import Facts
from engine.proofs.finding import Case, Places, names
from engine.proofs.flow import Flow
from engine.proofs.graphs import knots, reaches
from engine.proofs.moves import Moves
from engine.proofs.staffing import Demand, Pick, can_be_met, demands, lacking, worst

USER = "user:"
People = Mapping[str, Collection[str]]
"""Everybody who is active, by the name they sign in with, and the groups they are in."""


def prove_people(
    definition: Definition, places: Places, people: People, file: str = "", starters: Collection[str] | None = None
) -> tuple[Problem, ...]:
    """Return where these people are too few, in the order of the file. `starters` may start it; None: everybody."""
    case = Case(definition, places, file)
    for short in Staff(definition, people, starters, Ways(definition, case.moves)).shortfalls():
        way = case.way_to(short.step)
        case.report("nobody-eligible", short.path, short.message, short.hint, way, is_warning=short.is_warning)
    return tuple(sorted(case.found, key=lambda problem: (problem.place, problem.message)))


class Ways:
    """What a playbook says of the order of its steps, whoever the people are; made once, as far as it is asked for."""

    def __init__(self, definition: Definition, moves: Moves) -> None:
        self.definition, self.moves = definition, moves

    @cached_property
    def beside(self) -> Beside:
        return Beside(self.definition)

    @cached_property
    def flow(self) -> Flow:
        return Flow(Facts(self.definition, self.moves), self.moves)

    @cached_property
    def rounds(self) -> frozenset[str]:
        """The steps that may be done several times in one run, by somebody else each time."""
        onward = self.moves.onward
        inside = (step.id for step in self.definition.steps.values() if self.definition.eaches[step.within])
        return frozenset(inside).union(*knots(list(onward), onward))


@dataclass(frozen=True)
class Shortfall:
    """One task or gate with too few people. `path` leads to it in the document; `roles` are those who are too few.

    `is_warning`: only some choice of who starts the run and does its steps leaves too few.
    """

    step: str
    path: tuple[str, ...]
    message: str
    hint: str
    roles: tuple[str, ...]
    is_warning: bool = False


class Staff:
    """The people there are for one playbook. `starters` may start it; None: everybody."""

    def __init__(
        self,
        definition: Definition,
        people: People,
        starters: Collection[str] | None = None,
        ways: Ways | None = None,
    ) -> None:
        self.definition, self.ways = definition, ways or Ways(definition, Moves(definition))
        self.everybody = frozenset(people)
        self.starters = frozenset(people if starters is None else starters)
        in_group: dict[str, set[str]] = {}
        for person, groups in people.items():
            for group in groups:
                in_group.setdefault(group, set()).add(person)
        self.roles = {
            id: frozenset().union(role.users, *(in_group.get(group, ()) for group in role.groups)) & self.everybody
            for id, role in self.definition.roles.items()
        }

    def without(self, people: Collection[str]) -> Staff:
        """Return the same but for these people, who are gone."""
        fewer = copy(self)
        fewer.everybody, fewer.starters = self.everybody - set(people), self.starters - set(people)
        fewer.roles = {role: members - set(people) for role, members in self.roles.items()}
        return fewer

    def joined(self, role: str, count: int) -> Staff:
        """Return the same with so many more people in a role; they have no other, and start nothing."""
        more = copy(self)
        newcomers = frozenset(f"+{number}" for number in range(count))
        more.everybody = self.everybody | newcomers
        more.roles = {**self.roles, role: self.roles[role] | newcomers}
        return more

    def shortfalls(self) -> Iterator[Shortfall]:
        """Give every task and gate that has too few people, or may have."""
        for step in self.definition.steps.values():
            yield from self.shortfalls_of(step)

    def shortfalls_of(self, step: StepSpec) -> Iterator[Shortfall]:
        if isinstance(step.does, TaskSpec):
            yield from self._task(step, step.does, ("steps", step.id, "task", "assign"))
        elif isinstance(step.does, GateSpec):
            yield from self._gate(step, step.does)
        if isinstance(step.undo, TaskSpec):
            yield from self._task(step, step.undo, ("steps", step.id, "undo", "task", "assign"))

    def meant(self, name: str) -> frozenset[str]:
        """Return who a role, `user:<name>`, or `starter` may be; of what is only known at run time: everybody."""
        if name == STARTER:
            return self.starters
        if name.startswith(USER):
            return frozenset({name.removeprefix(USER)}) & self.everybody
        return self.roles.get(name, self.everybody if "${" in name else frozenset())

    def demands(self, gate: GateSpec) -> list[Demand]:
        """Return what this gate needs, of those whom it leaves in whatever happens."""
        certain = self.certain(gate)
        return list(demands(gate, {name: self.meant(name) - certain for name in gate.approvers}))

    def _task(self, step: StepSpec, task: TaskSpec, path: tuple[str, ...]) -> Iterator[Shortfall]:
        if task.assign == STARTER or self.meant(task.assign):
            return
        who = task.assign.removeprefix(USER)
        what = "is not there, or not active" if task.assign.startswith(USER) else "has nobody in it"
        message = f"Nobody can do `{step.id}`: `{who}` {what}."
        yield Shortfall(step.id, path, message, self._hint((task.assign,)), (task.assign,))

    def _gate(self, step: StepSpec, gate: GateSpec) -> Iterator[Shortfall]:
        wanted = self.demands(gate)
        if (short := lacking(wanted)) is not None:
            yield self._error(step, gate, short, ())
            return
        picks = list(self.picks(step, gate))
        if not can_be_met(wanted, picks):
            yield self._error(step, gate, wanted[-1], [pick.says for pick in picks])
            return
        for demand in wanted:
            choice = worst(demand, picks)
            if choice is not None:
                yield self._warning(step, demand, choice)
                return

    def certain(self, gate: GateSpec) -> frozenset[str]:
        """Return who is excluded whatever happens: users by name, and members of excluded roles."""
        out: set[str] = set()
        for entry in gate.exclude:
            if entry != STARTER and entry not in self.definition.steps:
                out |= self.meant(entry)
        return frozenset(out)

    def picks(self, step: StepSpec, gate: GateSpec) -> Iterator[Pick]:
        """Give who is excluded without being named: whoever starts the run, and does steps before."""
        steps = [one for one in gate.exclude if one in self.definition.steps and self._comes_before(one, step.id)]
        own = [one for one in steps if self._is_starters(one)]
        if STARTER in gate.exclude or own:
            is_certain = STARTER in gate.exclude or any(self._is_certain(one, step) for one in own)
            says = "starts the run" if STARTER in gate.exclude else f"starts the run and does {names(own)}"
            yield Pick(says, self.starters, int(is_certain))
        for entry in steps:
            if entry in own:
                continue
            other = self.definition.steps[entry]
            least = 1 if self._is_certain(entry, step) else 0
            most = None if entry in self.ways.rounds else 1
            if isinstance(other.does, TaskSpec):
                yield Pick(f"does `{entry}`", self._doers(other, (other.does.assign,)), least, most)
            elif isinstance(other.does, GateSpec):
                voters = self._doers(other, other.does.approvers) - self.certain(other.does)
                bar = self._bar(other.does, voters)
                yield Pick(f"votes at `{entry}`", voters, least and bar, most and bar)

    def _is_starters(self, id: str) -> bool:
        does = self.definition.steps[id].does
        return isinstance(does, TaskSpec) and does.assign == STARTER and id not in self.ways.rounds

    def _doers(self, step: StepSpec, named: Sequence[str]) -> frozenset[str]:
        added = [name for rung in step.escalate for name in (rung.add, rung.reassign) if name]
        return frozenset().union(*(self.meant(name) for name in (*named, *added)))

    def _bar(self, gate: GateSpec, voters: frozenset[str]) -> int:
        quorum = gate.quorum
        if quorum.everyone:
            return max(1, len(voters))
        if quorum.percent is not None:
            return max(1, -(-len(voters) * quorum.percent // 100))
        return sum(quorum.per_role.values()) or quorum.count or 1

    def _comes_before(self, id: str, gate: str) -> bool:
        if self.ways.beside.stands(gate, id):
            return True
        return id != gate and gate in reaches((id,), self.ways.moves.onward, lambda _: True)

    def _is_certain(self, id: str, gate: StepSpec) -> bool:
        """Say whether the step has been completed on every way to the gate."""
        flow = self.ways.flow
        return bool(flow.inside(gate) & flow.facts.mask((("steps", spelt(id)),)))

    def _error(self, step: StepSpec, gate: GateSpec, demand: Demand, says: Sequence[str]) -> Shortfall:
        there = names(sorted(demand.people)) if demand.people else "nobody"
        only = "only " if demand.people and len(demand.people) < 6 else ""
        left = (
            " once the excluded are left out"
            if self.certain(gate) or any(entry in self.roles for entry in gate.exclude)
            else ""
        )
        message = f"The gate `{step.id}` needs {_count(demand)}, and there is {only}{there}{left}."
        if says:
            message = (
                f"The gate `{step.id}` needs {_count(demand)}, and there is {only}{there}. Whoever"
                f" {' and whoever '.join(says)} is left out, so that too few are left, whoever it is."
            )
        path = ("steps", step.id, "gate", "approvers")
        return Shortfall(step.id, path, message, self._hint(demand.roles), demand.roles)

    def _warning(self, step: StepSpec, demand: Demand, choice: Sequence[tuple[Pick, str]]) -> Shortfall:
        by_pick: dict[str, list[str]] = {}
        for pick, person in choice:
            by_pick.setdefault(pick.says, []).append(person)
        when = " and ".join(f"{names(people)} {_many(says, len(people))}" for says, people in by_pick.items())
        left = sorted(demand.people - {person for _, person in choice})
        remains = f"only {names(left)}" if left else "nobody"
        message = f"When {when}, the gate `{step.id}` has {remains} left, and it needs {_count(demand)}."
        path = ("steps", step.id, "gate", "approvers")
        return Shortfall(step.id, path, message, self._hint(demand.roles), demand.roles, is_warning=True)

    def _hint(self, roles: Sequence[str]) -> str:
        groups = sorted({group for role in roles if role in self.roles for group in self.definition.roles[role].groups})
        if groups:
            return f"Put more people into {names(groups)}, or ask others."
        return "Ask others, or more of them."


def _count(demand: Demand) -> str:
    roles = f" of {names(demand.roles)}" if demand.roles else ""
    return f"{demand.needed} {'approval' if demand.needed == 1 else 'approvals'}{roles}"


def _many(says: str, people: int) -> str:
    """Say it of several people: `does` becomes `do`."""
    if people == 1:
        return says
    verb, _, rest = says.partition(" ")
    return f"{({'does': 'do', 'votes': 'vote', 'starts': 'start'})[verb]} {rest}"
