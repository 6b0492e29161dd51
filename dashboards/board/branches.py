"""The branches of a list: for each ground that somebody sees runs on, those that an index knows.

A list of what one person sees is the first runs of each unit that they oversee, of each version that names them, and
of what was theirs, put together and cut (docs/decisions/0024). `board.stretches` reads along them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import Q

from runs.models import Run
from runs.sight import Ground, Sight

#: Where there are more branches than this, the runs themselves are gone through and each is asked about.
MOST = 150


@dataclass(frozen=True)
class Sql:
    text: str
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Scope:
    """The versions and the units that were asked for; None: any."""

    versions: tuple[int, ...] | None = None
    units: tuple[int, ...] | None = None

    @property
    def holds(self) -> Q:
        return self.beside("")

    def beside(self, column: str) -> Q:
        """What is to hold besides the column that a branch is of: said twice, it would cost the index its order."""
        versions = Q() if self.versions is None or column == "version_id" else Q(version__in=self.versions)
        return versions if self.units is None or column == "unit_id" else versions & Q(unit__in=self.units)


@dataclass(frozen=True)
class Branch:
    """Runs whose `column` is one of `values` (of any, without one), or those of `keys`; `holds` is true of each."""

    holds: Sql
    column: str = ""
    values: tuple[int, ...] = ()
    keys: Sql | None = None

    @property
    def each(self) -> tuple[Branch, ...]:
        """The same, with one value in each: the runs of one value stand in the order of the index."""
        return tuple(replace(self, values=(value,)) for value in self.values) if len(self.values) > 1 else (self,)

    @property
    def has_dates(self) -> bool:
        """Whether an index has these runs by what is due; those of `keys` are few enough to be sorted."""
        return self.keys is None

    @property
    def source(self) -> Sql:
        """FROM … WHERE …, to which conditions along the index are added.

        The values, keys of rows, stand in the statement: of one version there are a million runs, of another three, and
        the plan has to know which it is (`workflows.prepared`).
        """
        if self.keys is not None:
            # in this order: without figures about the table, SQLite would rather go through a whole lane
            source = f"FROM ({self.keys.text}) AS k CROSS JOIN runs_run WHERE runs_run.id = k.run_key"
            return Sql(f"{source} AND {self.holds.text}", self.keys.parameters + self.holds.parameters)
        if len(self.values) > 1:
            # not as IN or a union: a plan is made for one value and followed for each
            values = f"(VALUES {', '.join(f'({value:d})' for value in self.values)}) AS v"
            source = f"FROM {values} CROSS JOIN runs_run WHERE runs_run.{self.column} = v.column1"
            return Sql(f"{source} AND {self.holds.text}", self.holds.parameters)
        if self.column:
            (value,) = self.values
            source = f"FROM runs_run WHERE runs_run.{self.column} = {value:d} AND {self.holds.text}"
            return Sql(source, self.holds.parameters)
        return Sql(f"FROM runs_run WHERE {self.holds.text}", self.holds.parameters)


def written(condition: Q) -> Sql:
    """Write a condition on runs, which may hold subqueries but needs no join, as SQL."""
    if not condition:
        return Sql("1 = 1")
    query = Run.objects.filter(condition).query
    try:
        text, parameters = query.get_compiler(connection=connection).compile(query.where)
    except EmptyResultSet:  # it is asked for something that is one of none, such as a risk that no version has
        return Sql("1 = 0")
    except FullResultSet:
        return Sql("1 = 1")
    return Sql(f"({text})", tuple(parameters))


def branches(sight: Sight, scope: Scope, condition: Q, lanes: int = 1, *, apart: bool = False) -> tuple[Branch, ...]:
    """Return the branches of what this person sees of this scope, each read once for each of so many `lanes`.

    `apart`: no run is in two of them, so that counts add. What that passes over has been counted before, so it is
    never more than a count is; in a list it could be everything, and there a run may come twice.
    """
    if not sight.all:
        found = tuple(_of_grounds(sight.grounds, scope, condition, apart))
        if sum(len(branch.values) or 1 for branch in found) * lanes <= MOST:
            return found
        condition &= sight.holds
    asked = [("version_id", scope.versions), ("unit_id", scope.units)]
    column, values = next(((column, values) for column, values in asked if values is not None), ("", None))
    holds = written(condition & (scope.beside(column) if _fits(values, lanes) else scope.holds))
    if values is not None and _fits(values, lanes):
        return (Branch(holds, column, values),) if values else ()
    return (Branch(holds),)


def _fits(values: tuple[int, ...] | None, lanes: int) -> bool:
    return values is not None and len(values) * lanes <= MOST


def _of_grounds(grounds: Iterable[Ground], scope: Scope, condition: Q, apart: bool) -> Iterator[Branch]:
    before = Q()
    for ground in grounds:
        column = "version_id" if ground.column == "unit_id" and scope.versions is not None else ground.column
        holds = condition & before & scope.beside(column)
        if apart:
            before &= ~ground.holds
        if ground.keys is not None:
            text, parameters = ground.keys.query.sql_with_params()
            yield Branch(written(holds), keys=Sql(text, tuple(parameters)))
            continue
        column, values = ground.column, ground.values
        if column == "version_id" and scope.versions is not None:
            values = tuple(set(values) & set(scope.versions))
        elif column == "unit_id" and scope.units is not None:
            values = tuple(set(values) & set(scope.units))
        if ground.is_narrow:
            holds &= ground.holds
        if column == "unit_id" and scope.versions is not None:
            # a playbook's runs are those of few versions, a unit's those of all its playbooks
            holds &= Q(unit__in=values)
            column, values = "version_id", scope.versions if values else ()
        if values:
            yield Branch(written(holds), column, values)
