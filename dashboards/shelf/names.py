"""What prose calls people, values and steps: roles, quorums, what is shown to whom, the holes that a run fills in."""

from __future__ import annotations

import re

from engine.definition import STARTER, Definition, Quorum, TaskSpec
from engine.diagrams.words import short
from engine.naming import title

LONG = 160
HOLE = re.compile(r"\$\{((?:[^{}'\"]|'[^']*'|\"[^\"]*\")*)\}")
PICKED = {"round-robin": "in turn", "least-busy": "with the fewest open tasks"}
NAME = re.compile(r"[a-z_.0-9]+")


def holes(text: str) -> str:
    """Show what the run fills in by its name: `${inputs.service}` as `[service]`, a longer expression as `[…]`."""
    return HOLE.sub(lambda hole: f"[{short(hole[1], LONG)}]" if NAME.fullmatch(hole[1].strip()) else "[…]", text)


def assigned(does: TaskSpec, briefly: bool = False) -> str:
    """Name who a task is for; `briefly` leaves out how one of a role is picked."""
    name = does.assign
    if does.pick is not None and not briefly:
        return f"one of {plain(name)} {PICKED[does.pick]}"
    if name == STARTER:
        return "whoever started it"
    return holes(name) if "${" in name else plain(name)


def plain(name: str) -> str:
    """Write an identifier as words: a role, a user, a playbook, a signal."""
    return name.removeprefix("user:").replace("-", " ").replace("_", " ")


def people(names: tuple[str, ...]) -> str:
    """Name several roles or users."""
    return listed([plain(name) for name in names])


def listed(words: list[str]) -> str:
    """Join words as a sentence does: with commas, and `and` before the last."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def quorum(of: Quorum) -> str:
    """Say how many must approve."""
    if of.per_role:
        return " and ".join(f"{count} {plain(role)}" for role, count in of.per_role.items())
    if of.everyone:
        return "everybody"
    if of.percent is not None:
        return f"{of.percent} %"
    if of.by_data is not None:
        return "a computed number of people"
    return "1 person" if of.count in (None, 1) else f"{of.count} people"


def shown(definition: Definition, name: str) -> str:
    """Name an input, a step or a value of one by its title."""
    head, _, rest = name.partition(".")
    if head == "inputs":
        return rest.replace("_", " ") if rest else "all inputs"
    step, _, field = rest.partition(".")
    step = step if step in definition.steps else step.replace("_", "-")
    said = title(definition, step) if step in definition.steps else step
    return f"{field.replace('_', ' ')} of {said}" if field else f"what came of {said}"


def excluded(definition: Definition, name: str) -> str:
    """Name an entry of a gate's `exclude`."""
    if name == STARTER:
        return "whoever started the run"
    if name in definition.steps:
        verb = "voted at" if definition.steps[name].kind == "gate" else "did"
        return f"whoever {verb} {title(definition, name)}"
    return plain(name)


def over(definition: Definition, source: str) -> str:
    """Say what list an each goes through: an input or what a step left by its name, else the expression."""
    if not NAME.fullmatch(source):
        return short(source, LONG)
    head, _, rest = source.partition(".")
    return f"the input {rest.replace('_', ' ')}" if head == "inputs" else shown(definition, source)
