"""Whom a gate excludes, and what it puts before those it asks (semantics [roster], [right], [digest]).

Pure: takes definition and state; leaves counting to `quorum` and refusing to `rights`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine import values
from engine.definition import STARTER, Definition, GateSpec
from engine.machine.state import Visit

USER = "user:"
#: What bars whoever changed the run's inputs from a gate that excludes who gave them: no entry of its own.
EDITOR = "editor of the inputs"


def excluded_by(
    definition: Definition,
    spec: GateSpec,
    started_by: str,
    doers: Mapping[str, tuple[str, ...]],
    person: str,
    holds: Collection[str],
) -> str | None:
    """Return the entry of `exclude` that bars this person, or None. `holds` are the roles held now.

    Whoever changed the inputs afterwards is barred like the starter, and is told so by `EDITOR` in place of the entry.
    """
    for entry in spec.exclude:
        if entry == STARTER:
            if person != started_by and person in doers.get(STARTER, ()):
                return EDITOR
            barred = person == started_by
        elif entry.startswith(USER):
            barred = person == entry.removeprefix(USER)
        elif entry in definition.steps:
            barred = person in doers.get(entry, ())
        else:
            barred = entry in holds
        if barred:
            return entry
    return None


def doers(
    known: Mapping[str, tuple[str, ...]], visits: Mapping[int, Visit], but: int | None = None
) -> Mapping[str, tuple[str, ...]]:
    """Return who did which step: those who are known to have, and whoever has voted at a gate that is still open.

    `but` is the visit that asks: whoever votes there is not excluded by that very vote.
    """
    found = dict(known)
    for number, visit in visits.items():
        if visit.asking is not None and visit.asking.votes and number != but:
            found[visit.step] = (*found.get(visit.step, ()), *visit.asking.spoke)
    return found


def asked_names(definition: Definition, spec: GateSpec, names: Iterable[str]) -> tuple[str, ...]:
    """Return whom the directory must name: these, and the roles that are excluded."""
    roles = (entry for entry in spec.exclude if entry != STARTER and not entry.startswith(USER))
    return tuple(dict.fromkeys((*names, *(role for role in roles if role not in definition.steps))))


def why_excluded(definition: Definition, entry: str) -> str:
    """Say to the person concerned why they are excluded."""
    if entry == STARTER:
        return "You started this run. Nobody approves what they asked for."
    if entry == EDITOR:
        return "You changed what this run was started with. Nobody approves what they asked for."
    if entry.startswith(USER):
        return "The playbook excludes you from this gate."
    step = definition.steps.get(entry)
    if step is None:
        return f"The playbook excludes the role {entry} from this gate."
    if step.kind == "gate":
        return f"You voted at {step.title or entry}. Whoever did does not decide here."
    return f"You did the step {step.title or entry}. Whoever did does not decide here."


def why(definition: Definition, entry: str) -> str:
    """Say of somebody why they are excluded, as words after the name."""
    if entry == STARTER:
        return "started this run"
    if entry == EDITOR:
        return "changed what this run was started with"
    if entry.startswith(USER):
        return "is excluded by the playbook"
    step = definition.steps.get(entry)
    if step is None:
        return f"is in the role {entry}, which the playbook excludes"
    return f"{'voted at' if step.kind == 'gate' else 'did'} {step.title or entry}"


def shown(spec: GateSpec, steps: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the gate shows: each name of `show` to its encoded value; what is unset is left out."""
    found: dict[str, Any] = {}
    for name in spec.show:
        root, *path = name.split(".")
        value: Any = inputs if root == "inputs" else steps
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            found[name] = dict(value) if isinstance(value, Mapping) else value
    return found


def digest(
    definition: Definition,
    spec: GateSpec,
    question: str,
    seen: Mapping[str, Any],
    inputs: Mapping[str, Any],
    counts: Mapping[str, int],
) -> str:
    """Return the digest that a vote is bound to (semantics [digest])."""
    steps = sorted({name.split(".")[1] for name in spec.show if name.startswith("steps.")})
    what = {"shown": seen, "visits": {step: counts.get(step, 0) for step in steps}} if spec.show else {"inputs": inputs}
    return values.digest({"ask": question, "definition": definition.digest, **what})
