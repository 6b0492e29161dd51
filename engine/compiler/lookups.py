"""Steps that ask decision tables: the table is known, everything it needs is given and fits, its answer has a way.

Leaves each use with the digest of the table it was checked against, and the tables used, for the definition to carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine import fields
from engine.compiler.given import check_given
from engine.compiler.plain import as_texts
from engine.compiler.scopes import Scopes
from engine.definition import MAIN, DecideSpec, SetSpec, Work
from engine.fieldspec import FieldSpec
from engine.language.lookup import VALUE
from engine.language.places import Path
from engine.language.step import Step
from engine.problems import did_you_mean
from engine.tables.table import DECIDING, Lookup, Table, named

_NAMED = {"text", "choice", "integer", "boolean"}
"""The types whose values `go` can name."""


class Lookups:
    """The tables that one playbook asks. `used` holds those found, by id."""

    def __init__(self, scopes: Scopes, decisions: Mapping[str, Table]) -> None:
        self.scopes, self.decisions = scopes, decisions
        self.sources = scopes.of(MAIN)
        self.reading, self.places = self.sources.reading, self.sources.places
        self.used: dict[str, Table] = {}

    def resolved(self, step: Step) -> Work | None:
        """Return what the step does with its tables pinned; everything wrong with their use is reported."""
        work = step.does
        self.sources = self.scopes.of(step.within)
        if isinstance(work, DecideSpec) and work.table is not None:
            path = (*step.path, "decide")
            lookup, table = self._resolved(work.table, path)
            if table is not None:
                self._decides(step, lookup, table, path)
            return replace(work, table=lookup)
        if isinstance(work, SetSpec) and work.tables:
            path = (*step.path, "set")
            found = {name: self._resolved(lookup, (*path, name))[0] for name, lookup in work.tables.items()}
            return replace(work, tables=found)
        return work

    def _resolved(self, lookup: Lookup, path: Path) -> tuple[Lookup, Table | None]:
        table = self.decisions.get(lookup.decision)
        for name, value in lookup.given.items():
            self.sources.templates(value, (*path, "with", name))
        if table is None:
            hint = did_you_mean(lookup.decision, self.decisions) or (
                f"Known here: {', '.join(sorted(self.decisions))}."
                if self.decisions
                else "Compile the decision's file together with this one, or publish it first."
            )
            message = f"There is no decision `{lookup.decision[:80]}` here."
            self.reading.problem("unknown-name", message, self.places.at(*path, "table"), hint)
            return lookup, None
        self.used[table.decision] = table
        self._given(lookup, table, path)
        given = as_texts(lookup.given, table.inputs, (*path, "with"), self.reading)
        return replace(lookup, given=given, digest=table.digest, on=self._on(lookup, table, path)), table

    def _on(self, lookup: Lookup, table: Table, path: Path) -> str:
        names = [spec.name for spec in table.outputs]
        if not lookup.on and len(names) > 1 and table.hit != "count":
            message = f"`{table.decision}` has more than one output: say `on:` which."
            self.reading.problem("missing-key", message, self.places.at(*path), f"One of: {', '.join(names)}.")
        if lookup.on and lookup.on not in names:
            hint = did_you_mean(lookup.on, names) or f"One of: {', '.join(names)}."
            message = f"`{table.decision}` has no output `{lookup.on[:80]}`."
            self.reading.problem("unknown-name", message, self.places.at(*path, "on"), hint)
        return lookup.on or names[0]

    def _given(self, lookup: Lookup, table: Table, path: Path) -> None:
        columns = {spec.name: spec for spec in table.inputs}
        for name, value in lookup.given.items():
            at = (*path, "with", name)
            if name in columns:
                check_given(columns[name], value, at, self.sources)
            else:
                hint = did_you_mean(name, columns) or f"It takes {', '.join(columns)}."
                place = self.reading.keys.get(at, self.places.at(*at))
                self.reading.problem("unknown-key", f"`{table.decision}` takes no `{name[:80]}`.", place, hint)
        for name in columns:
            if name not in lookup.given:
                place = self.places.at(*path, "with") if lookup.given else self.places.at(*path, "table")
                self.reading.problem("missing-key", f"`{table.decision}` needs `{name}` in `with`.", place)

    def _decides(self, step: Step, lookup: Lookup, table: Table, path: Path) -> None:
        """Report a table that cannot pick a way, and values that its output never has."""
        if table.hit not in DECIDING:
            message = f"A way is picked by tables with `hit: first`, `unique` or `any`, not `{table.hit}`."
            hint = "Compute its value in a `set`, and decide by rules on that."
            self.reading.problem("bad-value", message, self.places.at(*path, "table"), hint)
            return
        spec = next((spec for spec in table.outputs if spec.name == lookup.on), None)
        if spec is None:
            return
        if spec.type not in _NAMED:
            message = (
                f"`{spec.name}` is of the type {spec.type}: `go` names texts, choices, whole numbers, true or false."
            )
            self.reading.problem("type-mismatch", message, self.places.at(*path, "on"))
            return
        for trigger in step.routes:
            value = trigger.removeprefix(VALUE)
            if value == trigger:
                continue
            try:
                encoded = fields.read(FieldSpec(spec.name, spec.type, options=spec.options), value)
                is_one = named(encoded) == value
            except fields.FieldError:
                is_one = False
            if not is_one:
                hint = did_you_mean(value, spec.options) or (
                    f"It is one of: {', '.join(spec.options)}." if spec.options else ""
                )
                message = f"`{spec.name}` is never `{value[:80]}`."
                self.reading.problem("type-mismatch", message, self.places.at(*path, "go", value), hint)
