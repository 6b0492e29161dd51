"""What the compiler proved about a version, in plain words: kept with the version, read by its page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from engine.definition import Definition
from engine.language.plan import Plan
from engine.language.policy import Policy
from engine.problems import Problem, Severity
from engine.rehearsal import Rehearsed, covered
from engine.tables.table import SINGLE, Table
from workflows.contents import Content


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table of proofs (`proof` is its number) and what it means for this playbook."""

    proof: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Played:
    """One scenario that was rehearsed with this version; `says` is the first thing that did not hold, or empty."""

    name: str
    passed: bool
    says: str = ""


@dataclass(frozen=True, slots=True)
class Proven:
    """`scenarios_passed` counts the scenarios that were rehearsed with this version and passed.

    `scenarios` are all of them and `covered_percent` the ways through the playbook that they took, `missed` those they
    did not: of versions that were reviewed.
    """

    rows: tuple[Row, ...] = ()
    warnings: tuple[str, ...] = ()
    step_count: int = 0
    transition_count: int = 0
    gate_count: int = 0
    scenarios_passed: int = 0
    scenarios: tuple[Played, ...] = ()
    covered_percent: float | None = None
    missed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        document: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return document

    @classmethod
    def from_json(cls, document: Any) -> Proven:
        """Read what `to_json` wrote; raises `pydantic.ValidationError` on anything else."""
        return _ADAPTER.validate_python(document)


_ADAPTER: TypeAdapter[Proven] = TypeAdapter(Proven)


def rehearsed(proven: Proven, played: Iterable[Rehearsed], id: str) -> Proven:
    """Add how the scenarios of the playbook with this id went."""
    played = tuple(played)
    if not played:
        return proven
    told = tuple(Played(one.name, one.passed, _first_fault(one)) for one in played)
    coverage = next((one for one in covered(played) if one.definition.playbook == id), None)
    return replace(
        proven,
        scenarios=told,
        scenarios_passed=sum(one.passed for one in told),
        covered_percent=None if coverage is None else round(coverage.percent, 1),
        missed=() if coverage is None else tuple(f"{way.source or 'start'}: {way.trigger}" for way in coverage.missed),
    )


def _first_fault(played: Rehearsed) -> str:
    for fault in (*played.problems, *played.failures):
        return f"Line {fault.place.line}: {fault.message}"
    return ""


def describe(
    content: Content,
    problems: Iterable[Problem] = (),
    scenarios_passed: int = 0,
    is_staffed: bool = False,
    kept: Sequence[str] = (),
) -> Proven:
    """Say what holds for a document that compiled without errors. `problems` are its warnings.

    `is_staffed`: it was asked whether there are people enough. `kept` are the titles of the policies that hold.
    """
    if isinstance(content, Policy):
        return Proven(rows=(Row(1, "Every demand can be read."),), warnings=_warnings(problems))
    if isinstance(content, Plan):
        runs = sum(len(milestone.runs) for milestone in content.milestones)
        says = f"Every playbook is published and takes what it is given: {_counted(runs, 'run')} of the plan."
        return Proven(rows=(Row(1, says),), warnings=_warnings(problems))
    if isinstance(content, Table):
        return Proven(rows=tuple(_rows_of_table(content)), warnings=_warnings(problems))
    kinds = [step.kind for step in content.steps.values()]
    return Proven(
        rows=tuple(_rows(content, kinds, is_staffed, kept)),
        warnings=_warnings(problems),
        step_count=len(content.steps),
        transition_count=len(content.transitions),
        gate_count=kinds.count("gate"),
        scenarios_passed=scenarios_passed,
    )


def _warnings(problems: Iterable[Problem]) -> tuple[str, ...]:
    return tuple(
        f"{_where(problem)}: {problem.for_readers}" for problem in problems if problem.severity is Severity.WARNING
    )


def _where(problem: Problem) -> str:
    place = problem.place
    return f"{place.file}, line {place.line}" if place.file else f"Line {place.line}"


def _rows_of_table(table: Table) -> Iterable[Row]:
    yield Row(1, "Every cell can be read and fits its column; every output can be read and fits its type.")
    if table.hit in SINGLE:
        yield Row(5, f"There is no gap: one of the {_counted(len(table.rules), 'rule')} fits whatever the inputs are.")
    if table.hit == "unique":
        yield Row(5, "There is no overlap: never do two rules cover the same inputs.")
    if table.hit == "any":
        yield Row(5, "Where two rules cover the same inputs they give the same.")


def _rows(definition: Definition, kinds: list[str], is_staffed: bool, kept: Sequence[str]) -> Iterable[Row]:
    yield Row(1, "Every name is known, every expression can be read and fits its type.")
    yield Row(2, f"Every step can be reached: {_counted(len(definition.steps), 'step')}.")
    yield Row(3, "From every step the run can end.")
    yield Row(4, "No loop turns by itself: each one waits for a person, a time or a signal, or is bounded.")
    if decides := kinds.count("decide"):
        yield Row(5, f"Every case has an answer at {_counted(decides, 'decision')}.")
    regions = kinds.count("parallel") + kinds.count("each")
    yield Row(6, "No data is read before it is set" + (", nor from a branch beside." if regions else "."))
    if regions:
        yield Row(7, f"The lists of {_counted(regions, 'region')} can end, and be joined.")
    if gates := kinds.count("gate"):
        yield Row(7, f"The approvers named can meet the quorum of {_counted(gates, 'gate')}.")
    if is_staffed and (asked := kinds.count("task") + gates):
        yield Row(8, f"There were people enough for {_counted(asked, 'task or gate', 'tasks and gates')}.")
    if definition.extends and (locked := sum(step.locked for step in definition.steps.values())):
        parent = definition.extends[0].playbook
        yield Row(10, f"No way leads around what is locked in {parent}: {_counted(locked, 'step')}.")
    for title in kept:
        yield Row(10, f"The policy “{title}” holds on every way.")


def _counted(count: int, noun: str, nouns: str = "") -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {nouns or noun + 's'}"
