"""Which policy binds what, and does it hold: a row a playbook, a column a policy, a word in every cell.

What is broken stands first, each with the way that shows it; then what is excepted; then by risk. A fixed number of
statements, however many playbooks there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from dashboards.governance import proven
from dashboards.governance.items import page
from dashboards.governance.proven import Standing
from engine.definition import Definition
from runs import definitions
from workflows.models import DOCUMENTS, PolicyException, Version
from workflows.policies.binding import all_bound

#: So many playbooks are shown at first.
FIRST = 15
_RISKS = ("critical", "high", "medium", "low", "")
#: The worse state of several demands is that of the policy.
_WORSE = ("broken", "excepted", "holds", "not-applicable")


@dataclass(frozen=True)
class Demand:
    """One demand that does not hold. `steps` are the titles along the way that gets around it."""

    requirement: str
    sentence: str
    steps: tuple[str, ...] = ()
    until: datetime | None = None
    address: str = ""


@dataclass(frozen=True)
class Cell:
    """How a playbook stands to a policy. `anchor` is where the broken demands are told below the table."""

    policy: str
    state: str
    demands: tuple[Demand, ...] = ()
    anchor: str = ""

    @property
    def until(self) -> datetime | None:
        """When the first of its exceptions ends."""
        return min((one.until for one in self.demands if one.until), default=None)

    @property
    def address(self) -> str:
        return next((one.address for one in self.demands if one.address), "")


@dataclass(frozen=True)
class Row:
    version: Version
    cells: tuple[Cell, ...]

    @property
    def broken(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.state == "broken")


@dataclass(frozen=True)
class Matrix:
    """`rows` are those that are shown, of `total`; `broken` and `excepted` count cells of all.

    `pending` playbooks have not been held against the policies yet: asked again, the page goes on with them.
    """

    policies: tuple[Any, ...] = ()
    rows: tuple[Row, ...] = ()
    total: int = 0
    broken: int = 0
    excepted: int = 0
    breaking: int = 0
    pending: int = 0

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.rows)


def read(versions: Sequence[Version], now: datetime, whole: bool = False) -> Matrix:
    """Hold these published playbooks against the published policies."""
    policies = all_bound()
    playbooks = [one for one in versions if one.kind not in DOCUMENTS]
    playbooks = [one for one in playbooks if not definitions.of_version(one).template]
    if not policies or not playbooks:
        return Matrix(policies)
    standing = proven.standings(playbooks, policies)
    pending, playbooks = len(playbooks) - len(standing), [one for one in playbooks if one.pk in standing]
    shown = [one for one in policies if any(one.artifact.pk == each.policy for of in standing.values() for each in of)]
    excepted = _exceptions(playbooks, now)
    states = {one.pk: _states(one, shown, standing[one.pk], excepted) for one in playbooks}
    playbooks.sort(key=lambda one: _order(one, states[one.pk]))
    listed = playbooks if whole else playbooks[:FIRST]
    every = [state for of in states.values() for state in of]
    return Matrix(
        tuple(shown),
        tuple(_row(one, shown, states[one.pk], standing[one.pk], excepted) for one in listed),
        len(playbooks),
        broken=every.count("broken"),
        excepted=every.count("excepted"),
        breaking=sum("broken" in of for of in states.values()),
        pending=pending,
    )


Excepted = dict[tuple[int, int, str], PolicyException]


def _exceptions(versions: Sequence[Version], now: datetime) -> Excepted:
    rows = PolicyException.objects.in_force(now).filter(playbook__in=[one.artifact_id for one in versions])
    return {(one.playbook_id, one.policy_id, one.requirement): one for one in rows.order_by("ends_at")}


def _let(version: Version, one: Standing, excepted: Excepted) -> PolicyException | None:
    # a column holds so much of a demand (`PolicyException.requirement`)
    return excepted.get((version.artifact_id, one.policy, one.requirement[:500]))


def _states(
    version: Version, policies: Sequence[Any], standing: Iterable[Standing], excepted: Excepted
) -> tuple[str, ...]:
    """Return the worst state of the demands of each policy."""
    found: dict[int, set[str]] = {}
    for one in standing:
        state = "excepted" if one.state == "broken" and _let(version, one, excepted) else one.state
        found.setdefault(one.policy, set()).add(state)
    return tuple(
        next((word for word in _WORSE if word in found.get(policy.artifact.pk, ())), "not-applicable")
        for policy in policies
    )


def _row(
    version: Version,
    policies: Sequence[Any],
    states: Sequence[str],
    standing: Iterable[Standing],
    excepted: Excepted,
) -> Row:
    definition, demands = definitions.of_version(version), dict[int, list[Demand]]()
    for one in standing:
        if one.state == "broken":
            demand = _demand(one, definition, _let(version, one, excepted))
            demands.setdefault(one.policy, []).append(demand)
    return Row(
        version,
        tuple(
            Cell(
                policy.version.title,
                state,
                tuple(demands.get(policy.artifact.pk, ())),
                f"broken-{version.artifact.slug}-{policy.artifact.slug}" if state == "broken" else "",
            )
            for policy, state in zip(policies, states, strict=True)
        ),
    )


def _demand(standing: Standing, definition: Definition, let: PolicyException | None) -> Demand:
    if let is None:
        return Demand(standing.requirement, standing.sentence, standing.path)
    address = page("exception", let.pk, otherwise=reverse("playbook", args=[definition.playbook]))
    return Demand(standing.requirement, standing.sentence, standing.path, let.ends_at, address)


def _order(version: Version, states: Sequence[str]) -> tuple[int, int, str]:
    """What is broken before what is excepted before the rest, and there the greater risk first."""
    worst = min((_WORSE.index(state) for state in states), default=len(_WORSE))
    risk = _RISKS.index(version.risk) if version.risk in _RISKS else len(_RISKS)
    return min(worst, _WORSE.index("holds")), risk, version.title.lower()
