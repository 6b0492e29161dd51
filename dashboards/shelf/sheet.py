"""A decision as a table on a page: its columns, its rules in words, and the playbooks that ask it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from engine import fields
from engine.fieldspec import FieldSpec
from engine.lifecycles import VersionStatus
from engine.tables.table import Hit, Table
from runs import definitions
from workflows.models import Person, Version

HITS: dict[Hit, str] = {
    "first": "The first rule from the top that fits is taken.",
    "unique": "Exactly one rule fits.",
    "any": "Where several rules fit they agree.",
    "priority": "Of the rules that fit, the one that gives the most important value is taken.",
    "collect": "All rules that fit are taken; what they give makes a list.",
    "sum": "All rules that fit are taken; what they give is added up.",
    "min": "All rules that fit are taken; the smallest of what they give counts.",
    "max": "All rules that fit are taken; the largest of what they give counts.",
    "count": "The rules that fit are counted.",
}
_TYPES = {"text": "text", "choice": "one of", "integer": "whole number", "boolean": "yes or no"}


@dataclass(frozen=True)
class Column:
    title: str
    about: str


@dataclass(frozen=True)
class Row:
    """`conditions` and `answers` in the order of the columns."""

    number: int
    conditions: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rows: tuple[Row, ...]
    hit: str
    how: str


@dataclass(frozen=True)
class Asker:
    """A published playbook that carries the decision; `is_current` tells whether in this very form."""

    version: Version
    is_current: bool


def lay_out(table: Table) -> Sheet:
    rows = tuple(
        Row(
            number,
            tuple(cell.text if (cell := rule.cells.get(spec.name)) else "–" for spec in table.inputs),
            tuple(rule.then[spec.name] for spec in table.outputs),
        )
        for number, rule in enumerate(table.rules, 1)
    )
    inputs, outputs = (tuple(map(_column, specs)) for specs in (table.inputs, table.outputs))
    return Sheet(inputs, outputs, rows, table.hit, HITS[table.hit])


def _column(spec: FieldSpec) -> Column:
    about = _TYPES.get(spec.type, spec.type)
    if spec.type == "list":
        about = "list of texts"
    if spec.options:
        about = f"{about} {', '.join(spec.options)}"
    bounds = [fields.show(spec, bound) for bound in (spec.minimum, spec.maximum) if bound is not None]
    if spec.type not in ("text", "list") and bounds:
        low, high = spec.minimum is not None, spec.maximum is not None
        about += f", {' to '.join(bounds)}" if low and high else f", {'from' if low else 'up to'} {bounds[0]}"
    return Column((spec.title or spec.name.replace("_", " ").replace("-", " ").capitalize()), about)


def asked_by(person: Person, table: Table) -> tuple[Asker, ...]:
    """Return the playbooks published now that carry this decision, in whatever form."""
    published = Version.objects.visible_to(person).playbooks().filter(status=VersionStatus.PUBLISHED.value)
    using = published.filter(definition__contains=json.dumps(table.decision)).select_related("artifact")
    found = []
    for version in using.order_by("title"):
        carried = definitions.of_version(version).tables.get(table.decision)
        if carried is not None:
            found.append(Asker(version, carried.digest == table.digest))
    return tuple(found)
