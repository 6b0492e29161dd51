"""What is proven of a playbook before anybody may start it: rows 2 to 10 of the reference's table.

Takes a definition whose document is without errors of row 1, and where its parts stand in the file. Each row is one
module with one verb; row 8 is about an organisation's people, and asked of them apart (`prove_people`), and row 10
about the policies that bind the playbook, which are given. The proofs assume that people answer and actions end;
operators' acts are outside (semantics section 6).
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.definition import Definition
from engine.language.policy import Policy
from engine.problems import Problem
from engine.proofs import (
    answers,
    deadlines,
    ending,
    joins,
    ladders,
    loops,
    policies,
    quorums,
    reachability,
    setting,
    totality,
)
from engine.proofs.eligible import People, prove_people
from engine.proofs.facts import Facts
from engine.proofs.finding import Case, Places
from engine.proofs.flow import Flow
from engine.proofs.waiting import Called, unknown

__all__ = ["Called", "People", "prove", "prove_people"]


def prove(
    definition: Definition,
    places: Places,
    file: str = "",
    called: Called = unknown,
    bound_by: Iterable[Policy] = (),
) -> tuple[Problem, ...]:
    """Return every problem the proofs find, in the order of the file. `called` says which playbook a `call` runs.

    `bound_by` are the policies of the playbook's unit and those above it.
    """
    case = Case(definition, places, file, called)
    reachability.prove(case)
    ending.prove(case)
    loops.prove(case)
    facts = Facts(definition, case.moves)
    flow = Flow(facts, case.moves)
    totality.prove(case, facts, flow)
    answers.prove(case)
    setting.prove(case, facts, flow)
    joins.prove(case)
    quorums.prove(case)
    ladders.prove(case)
    deadlines.prove(case)
    policies.prove(case, bound_by)
    return tuple(sorted(case.found, key=lambda problem: (problem.place, problem.code, problem.message)))
