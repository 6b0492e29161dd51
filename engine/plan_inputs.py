"""What a plan gives to the runs that deliver it, held against the inputs of their playbook.

A plan need not give everything: what is left open is asked for where the run is started. What cannot stand in a plan
(a secret, a file), what the playbook does not ask for, and what does not fit its field is told by the input's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine import fields
from engine.fieldspec import FieldSpec
from engine.language.plan import Delivery
from engine.problems import did_you_mean
from engine.values import Json


@dataclass(frozen=True, slots=True)
class Misfit:
    """One input that the playbook cannot take as the plan gives it. `code` is one of `engine.problems.CODES`."""

    name: str
    code: str
    message: str
    hint: str = ""


def misfits(delivery: Delivery, inputs: tuple[FieldSpec, ...]) -> Iterator[Misfit]:
    """Yield what is wrong with what is given, in the order of the plan."""
    known = {spec.name: spec for spec in inputs}
    for name, raw in delivery.given.items():
        spec = known.get(name)
        if spec is None:
            hint = did_you_mean(name, known) or (f"It takes {', '.join(known)}." if known else "It takes nothing.")
            yield Misfit(name, "unknown-key", f"`{delivery.playbook}` has no input `{name[:80]}`.", hint)
        elif spec.secret:
            message = f"`{name}` is kept as a secret, and everybody who reads the plan would know this one."
            yield Misfit(name, "bad-value", message, "Leave it out: it is asked for when the run is started.")
        elif spec.type == "file":
            message = f"`{name}` is a file, which no plan can give."
            yield Misfit(name, "bad-value", message, "Leave it out: it is chosen when the run is started.")
        elif (says := _wrong(spec, raw)) is not None:
            yield Misfit(name, "type-mismatch", f"`{name}`: {says}")


def fitting(delivery: Delivery, inputs: tuple[FieldSpec, ...]) -> Mapping[str, Json]:
    """Return what is given and fits, as encoded values."""
    wrong = {misfit.name for misfit in misfits(delivery, inputs)}
    given = {name: raw for name, raw in delivery.given.items() if name not in wrong}
    asked = (spec for spec in inputs if not fields.is_empty(given.get(spec.name)))
    return {spec.name: fields.read(spec, given[spec.name]) for spec in asked}


def _wrong(spec: FieldSpec, raw: Any) -> str | None:
    if fields.is_empty(raw):
        return None
    try:
        fields.read(replace(spec, secret=False), raw)
    except fields.FieldError as error:
        return str(error)
    return None
