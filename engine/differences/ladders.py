"""Escalations: which rungs a ladder gained and lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.definition import Definition, Rung, StepSpec
from engine.differences.difference import Weight
from engine.differences.words import expression, length, listed, named, plain, roles, target


def changed(before: Definition, after: Definition, was: StepSpec, now: StepSpec) -> Iterator[tuple[Weight, str]]:
    """Tell how the escalation of a step differs, to stand after its name.

    On a gate a rung that approves, or lets others approve, makes it weaker.
    """
    gone = [rung for rung in was.escalate if rung not in now.escalate]
    new = [rung for rung in now.escalate if rung not in was.escalate]
    for rung in new:
        other = next((one for one in gone if _timeless(one) == _timeless(rung)), None)
        if other is not None:
            gone.remove(other)
            yield "minor", f"now {says(after, rung)}; before {_when(other)}"
            continue
        is_weaker = now.kind == "gate" and (rung.outcome == "approve" or rung.add is not None)
        yield ("major" if is_weaker else "minor"), f"now {says(after, rung)}"
    for rung in gone:
        yield "minor", f"no longer {says(before, rung)}"
    if was.escalate != now.escalate and set(map(repr, was.escalate)) == set(map(repr, now.escalate)):
        yield "minor", "escalates in another order"


def _timeless(rung: Rung) -> Rung:
    return replace(rung, after=None, before_due=None)


def says(definition: Definition, rung: Rung) -> str:
    """Say what one rung does and when, to stand after the name of its step."""
    often = f" and every {length(rung.every)} from then on" if rung.every is not None else ""
    guard = f", where {expression(rung.when)}" if rung.when else ""
    return f"{_act(definition, rung)} {_when(rung)}{often}{guard}"


def _when(rung: Rung) -> str:
    if rung.before_due is not None:
        return f"{length(rung.before_due)} before it is due"
    return f"after {length(rung.after)}"


def _act(definition: Definition, rung: Rung) -> str:
    if rung.remind:
        words = {"assigned": "whoever it is assigned to", "pending": "those who have not voted"}
        return f"reminds {listed([words.get(name) or named(definition, name) for name in rung.remind])}"
    if rung.add:
        place = f" in the place of {plain(rung.stand_in)}" if rung.stand_in else ""
        return f"lets {roles([rung.add])} answer too{place}"
    if rung.reassign:
        return f"goes over to {roles([rung.reassign])}"
    if rung.outcome:
        words = {"approve": "lets a rule approve it, without a vote,", "reject": "lets a rule reject it"}
        return words.get(rung.outcome, f"lets a rule end it as {plain(rung.outcome)}")
    if rung.go:
        return target(definition, rung.go)
    return "calls an operator"
