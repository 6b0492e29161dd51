"""A child compiled with other parents than those that are published now, to be compared with."""

from __future__ import annotations

from collections.abc import Mapping

from engine.calendars import Calendar
from engine.compiler import Compiled, Parents, compile_text
from engine.tables.table import Table
from workflows import calendars, decisions, parents, playbooks
from workflows.models import Unit


def compiled(
    text: str,
    unit: Unit,
    above: Parents = parents.PUBLISHED,
    *,
    usual: Calendar | None = None,
    tables: Mapping[str, Table] | None = None,
) -> Compiled:
    """Compile a child for a unit; `above` is where its parents are, `tables` come before the decisions of today."""
    return compile_text(
        text,
        calendars=calendars.Known(),
        usual=usual or calendars.usual(unit),
        decisions={**decisions.known(), **(tables or {})},
        playbooks=playbooks.Published(),
        parents=above,
    )
