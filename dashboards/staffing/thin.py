"""Each gate of the published playbooks with its people, and each task that hangs on one person or on nobody.

The numbers are those of proof 8 (`engine.proofs.spare`) with the people of this moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from dashboards.shelf import names
from dashboards.staffing import ahead
from dashboards.staffing.ahead import Ahead
from engine.definition import STARTER, Definition, GateSpec, StepSpec, TaskSpec
from engine.lifecycles import GateStatus
from engine.naming import title
from engine.proofs import spare
from engine.proofs.eligible import Staff
from runs import definitions
from runs.models import Absence, Gate, Run, Shortage
from runs.staffing import proof, published, words
from runs.staffing.proof import Found
from workflows.eligible import organisation
from workflows.models import Person, Version

#: So many of the gates that are open now are listed.
MOST = 20


@dataclass(frozen=True)
class Row:
    """One step. `spare` people may leave before it can no longer be decided; negative: so many are missing.

    `vital` are those without whom it cannot be; `unmet` the stretches of days on which too few are there.
    """

    version: Version
    step: str
    title: str
    kind: str
    asks: str
    roles: tuple[tuple[str, tuple[Person, ...]], ...]
    people: tuple[Person, ...]
    spare: int
    vital: tuple[Person, ...]
    says: str
    help: str
    is_error: bool
    away: tuple[Absence, ...]
    unmet: tuple[tuple[date, date], ...]

    @property
    def is_gate(self) -> bool:
        return self.kind == "gate"

    @property
    def may_leave(self) -> str:
        return f"{self.spare} may leave"

    @property
    def look(self) -> str:
        """The status it stands in: failed whoever starts the run, attention where it is thin, else done."""
        if self.is_error:
            return "failed"
        return "attention" if self.spare <= 0 or self.unmet or self.says else "done"


def visible(paths: Iterable[str]) -> list[Version]:
    """Return the published playbooks of these units and below."""
    wanted = tuple(paths)
    return [one for one in published.versions() if any(one.artifact.unit.path.startswith(path) for path in wanted)]


def read(versions: Sequence[Version], now: datetime, zone: ZoneInfo, only: str = "") -> list[Row]:
    """Read the gates of these playbooks and their thin tasks, the thinnest first; of one step alone with `only`.

    A fixed number of statements: the people, their groups and parts, who is away, the names.
    """
    there = organisation()
    staffs = []
    for version in versions:
        definition = definitions.of_version(version)
        starters = there.starters(definition, version.artifact.unit)
        staff = proof.staff(definition, there.people, starters)
        shorts = {one.short.step: one for one in reversed(proof.ask(definition, there.people, starters))}
        staffs.append((version, definition, staff, shorts))
    named = {
        person: None
        for _, definition, staff, _ in staffs
        for step in definition.steps.values()
        for person in _everybody(staff, step, len(there.people))
    }
    people = {one.username: one for one in Person.objects.filter(username__in=named)}
    coming = ahead.read(named, now, zone)
    rows = [
        _row(version, definition, staff, step, shorts.get(step.id), people, coming)
        for version, definition, staff, shorts in staffs
        for step in definition.steps.values()
        if (only == step.id or not only) and _is_shown(staff, step, bool(only))
    ]
    return sorted(rows, key=lambda row: (not row.is_error, row.spare, not row.unmet, row.title.lower()))


def _is_shown(staff: Staff, step: StepSpec, even_thick: bool) -> bool:
    if isinstance(step.does, GateSpec):
        return True
    if not isinstance(step.does, TaskSpec) or step.does.assign == STARTER or "${" in step.does.assign:
        return False
    return even_thick or spare.spare(staff, step) <= 0


def _everybody(staff: Staff, step: StepSpec, most: int) -> frozenset[str]:
    """Return whoever may be shown of a step; nobody is listed where the data names whom it asks."""
    if not isinstance(step.does, GateSpec | TaskSpec):
        return frozenset()
    asked = step.does.approvers if isinstance(step.does, GateSpec) else (step.does.assign,)
    return frozenset().union(*(staff.meant(name) for name in asked if "${" not in name and name != STARTER))


def _row(
    version: Version,
    definition: Definition,
    staff: Staff,
    step: StepSpec,
    short: Found | None,
    people: dict[str, Person],
    coming: Ahead,
) -> Row:
    def persons(usernames: Iterable[str]) -> tuple[Person, ...]:
        return tuple(sorted((people[name] for name in usernames if name in people), key=str))

    def called(username: str) -> str:
        return str(people.get(username, username))

    does = step.does
    assert isinstance(does, GateSpec | TaskSpec)
    asked = does.approvers if isinstance(does, GateSpec) else (does.assign,)
    may = spare.people(staff, step)
    says, helps = published.sentences(definition, short, called) if short else ("", "")
    return Row(
        version=version,
        step=step.id,
        title=title(definition, step.id),
        kind=step.kind,
        asks=_asks(does),
        roles=tuple((words.role(name, called), persons(staff.meant(name))) for name in asked),
        people=persons(may),
        spare=spare.spare(staff, step),
        vital=persons(spare.indispensable(staff, step)),
        says=says,
        help=helps,
        is_error=short is not None and not short.short.is_warning,
        away=coming.of(may & people.keys()),
        unmet=ahead.stretches(coming.unmet(staff, step, may)),
    )


def _asks(does: GateSpec | TaskSpec) -> str:
    if isinstance(does, TaskSpec):
        return f"done by one of {words.role(does.assign)}"
    whose = names.people(does.approvers)
    if does.order == "sequential":
        return f"{names.quorum(does.quorum)}, one role after the other: {whose}"
    return names.quorum(does.quorum) if does.quorum.per_role else f"{names.quorum(does.quorum)} of {whose}"


def open_shortages(versions: Sequence[Version], reader: Person) -> list[tuple[Shortage, bool]]:
    """Return the open steps of runs of these playbooks that lack people now, each with whether the run may be seen."""
    artifacts = {version.artifact_id for version in versions}
    rows = Shortage.objects.filter(run__version__artifact__in=artifacts, resolved_at=None, step__ended_at=None)
    found = list(rows.select_related("run", "step").defer("run__state").order_by("since"))
    seen = _visible({row.run_id for row in found if row.run_id}, reader)
    return [(row, row.run_id in seen) for row in found]


def _visible(runs: set[UUID], reader: Person) -> set[UUID]:
    return set(Run.objects.visible_to(reader).filter(pk__in=runs).values_list("pk", flat=True)) if runs else set()


def open_gates(version: Version, step: str, reader: Person) -> list[tuple[Gate, bool]]:
    """Return the gates of this name that are open now, the oldest first, each with whether the run may be seen."""
    gates = Gate.objects.filter(status=GateStatus.OPEN.value, step__name=step, step__ended_at=None)
    gates = gates.filter(step__run__version__artifact=version.artifact_id)
    found = list(gates.select_related("step__run").defer("step__run__state").order_by("step__opened_at")[:MOST])
    seen = _visible({gate.step.run_id for gate in found}, reader)
    return [(gate, gate.step.run_id in seen) for gate in found]
