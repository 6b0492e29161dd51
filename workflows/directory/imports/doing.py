"""All lines of a table in one transaction, or none of them; and before that, what they would do."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from workflows import governing, guard
from workflows.directory.changing import By
from workflows.directory.imports import people, units
from workflows.directory.imports.planned import Plan
from workflows.directory.imports.table import Table
from workflows.models import GovernanceEntry, Person
from workflows.writing import writing

log = structlog.get_logger()
Kind = GovernanceEntry.Kind


@dataclass(frozen=True)
class NotImported:
    """Nothing was changed, and why. `plan` is what the lines would do now; None where it was not asked."""

    code: str
    sentence: str
    plan: Plan | None = None


class _Stopped(Exception):
    """A line could not be done: everything before it is undone."""


def look(table: Table, by: By, is_new_group_meant: bool = False) -> Plan:
    """Say what each line would do; changes nothing."""
    if table.of == "units":
        lines, order = units.plan(table)
    else:
        lines = order = people.plan(table, by, is_new_group_meant)
    return Plan(table.of, lines, tuple(line for line in order if line.acts))


def do(
    table: Table, by: By, is_new_group_meant: bool = False, seen: str | None = None
) -> GovernanceEntry | NotImported | None:
    """Do what all lines say, with the rights of this instant and the log of every verb; None where it was so already.

    `seen` is the digest of the plan that was looked at: where another would be done now, none is.
    """
    plan = None
    try:
        with writing():
            if isinstance(by, Person):
                by = Person.objects.get(pk=by.pk)
                if not (verdict := guard.may_arrange(by)):
                    governing.note(Kind.REFUSED, by, says=f"an import of {table.of}", detail=verdict.sentence)
                    return NotImported(verdict.code, verdict.sentence)
            plan = look(table, by, is_new_group_meant)
            if trouble := _trouble(plan, seen):
                return trouble
            if not plan.order:
                return None
            _do(plan, by)
            counts = plan.counts
            said = f"{counts['added']:,} added, {counts['changed']:,} changed, {counts['nothing']:,} as they were"
            return governing.note(Kind.IMPORTED, by, says=plan.of, detail=said)
    except _Stopped as stopped:
        log.warning("import_undone", of=table.of, why=str(stopped))
        return NotImported("stopped", f"{stopped} Nothing was changed.", plan)


def _do(plan: Plan, by: By) -> None:
    if plan.of == "units":
        if stopped := units.do(plan.order, by):
            line, answer = stopped
            raise _Stopped(f"Line {line.number}, {line.name}: {answer.sentence}" if line else answer.sentence)
    elif answer := people.do(plan.order, by):
        raise _Stopped(answer.sentence)


def _trouble(plan: Plan, seen: str | None) -> NotImported | None:
    if wrong := plan.counts["wrong"]:
        are = "line is" if wrong == 1 else "lines are"
        return NotImported("wrong-lines", f"{wrong:,} {are} wrong, and all of them are done or none.", plan)
    if seen is not None and seen != plan.digest:
        says = "Something has changed since you looked: this is what the lines would do now."
        return NotImported("changed-meanwhile", says, plan)
    return None
