"""A decision table as compiled, and a step's use of one: plain data that a definition carries, named by a digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from pydantic import TypeAdapter

from engine import values
from engine.fieldspec import FieldSpec, leave_out_secret

Hit = Literal["first", "unique", "any", "priority", "collect", "sum", "min", "max", "count"]
HITS: tuple[Hit, ...] = get_args(Hit)

#: One rule answers: an input that no rule covers is a gap.
SINGLE: frozenset[Hit] = frozenset(("first", "unique", "any", "priority"))
#: What a `decide` may ask: the rule that answers is found without weighing the answers.
DECIDING: frozenset[Hit] = frozenset(("first", "unique", "any"))
#: One number from all rules that hit.
REDUCING: frozenset[Hit] = frozenset(("sum", "min", "max"))


@dataclass(frozen=True)
class Span:
    """From `low` to `high`, encoded values; None is no end. A single value has both ends alike and in."""

    low: Any = None
    high: Any = None
    low_in: bool = True
    high_in: bool = True


@dataclass(frozen=True)
class Cell:
    """The values that fit: those in one of the spans, or (`negated`) in none. `text` is the cell as written.

    For a list they are single texts: it fits where the list holds one of them, or (`negated`) none.
    """

    spans: tuple[Span, ...]
    negated: bool = False
    text: str = ""


@dataclass(frozen=True)
class Rule:
    """`cells` by input, an absent one fits everything; `then` has an expression for every output."""

    cells: Mapping[str, Cell]
    then: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A decision without errors. Inputs are all required; `outputs` and `inputs` keep the order of the document."""

    decision: str
    title: str
    hit: Hit
    inputs: tuple[FieldSpec, ...]
    outputs: tuple[FieldSpec, ...]
    rules: tuple[Rule, ...]
    summary: str = ""
    owner: str = ""
    domain: str = ""
    tags: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        return values.digest(to_json(self))

    def input(self, name: str) -> FieldSpec:
        return next(spec for spec in self.inputs if spec.name == name)

    def output(self, name: str) -> FieldSpec:
        return next(spec for spec in self.outputs if spec.name == name)


@dataclass(frozen=True)
class Lookup:
    """A step asks a table. `given` maps each input to JSON as written, whose texts may hold `${…}`.

    `digest` is that of the table asked, which the definition carries under the id `decision`; `on` is the output.
    """

    decision: str
    digest: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    on: str = ""


def named(value: Any) -> str:
    """Return how `go` names a value: a text as it is, `true`, `false`, a whole number in digits."""
    return str(value).lower() if isinstance(value, bool) else str(value)


_ADAPTER: TypeAdapter[Table] = TypeAdapter(Table)


def to_json(table: Table) -> dict[str, Any]:
    document: dict[str, Any] = _ADAPTER.dump_python(table, mode="json")
    leave_out_secret([*document["inputs"], *document["outputs"]])
    return document


def from_json(document: Mapping[str, Any]) -> Table:
    """Read a table back. Raises `pydantic.ValidationError` on anything that `to_json` did not write."""
    return _ADAPTER.validate_python(document)
