"""A playbook told in prose: numbered steps a person can read aloud.

Takes a definition; leaves lines without markup (instructions stay Markdown). Guards are shortened for reading
as in the diagram; the source has them as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboards import ladders
from dashboards.consequences import leads_to, title
from dashboards.templatetags.times import span
from engine.definition import (
    STARTER,
    ActionSpec,
    DecideSpec,
    Definition,
    EndSpec,
    GateSpec,
    Quorum,
    SetSpec,
    StepSpec,
    TaskSpec,
    WaitSpec,
)
from engine.diagrams.words import short

LONG = 160
HOLE = re.compile(r"\$\{((?:[^{}'\"]|'[^']*'|\"[^\"]*\")*)\}")
PICKED = {"round-robin": "in turn", "least-busy": "with the fewest open tasks"}
NAME = re.compile(r"[a-z_.0-9]+")


@dataclass(frozen=True)
class Told:
    """One step: `who` does it and how long it may take; `lines` say what happens, `after` what follows or threatens."""

    step: StepSpec
    title: str
    who: str
    instructions: str
    lines: tuple[str, ...]
    after: tuple[str, ...]


def tell(definition: Definition) -> tuple[Told, ...]:
    """Tell every step of the main list in its order."""
    return tuple(_told(definition, definition.steps[step]) for step in definition.lists[""])


def who_does(definition: Definition, step: str) -> tuple[str, ...]:
    """The short line of a step in the diagram of a playbook, the fullest first: who or what does it."""
    does = definition.steps[step].does
    if isinstance(does, TaskSpec):
        return tuple(dict.fromkeys((_assigned(does), _assigned(does, short=True), "a person")))
    if isinstance(does, GateSpec):
        return (_quorum(does.quorum), f"{sum(does.quorum.per_role.values())} people")
    if isinstance(does, WaitSpec) and does.length:
        return (span(does.length), "wait")
    return ({"action": "machine", "wait": "wait", "set": "computed"}.get(does.kind, ""),)


def _told(definition: Definition, step: StepSpec) -> Told:
    who, lines, after = _TELLERS[type(step.does)](definition, step, step.does)
    if step.when:
        lines = [f"Only when {short(step.when, LONG)}; skipped otherwise.", *lines]
    if step.due:
        who = f"{who}, {span(step.due)}" if who else span(step.due)
    name = _holes(title(definition, step.id))
    instructions = _holes(step.does.instructions) if isinstance(step.does, TaskSpec) else ""
    return Told(step, name, who, instructions, tuple(lines), (*after, *ladders.ahead(definition, step)))


Parts = tuple[str, list[str], list[str]]


def _task(definition: Definition, step: StepSpec, does: TaskSpec) -> Parts:
    lines = []
    if does.form:
        names = ", ".join((field.title or field.name).replace("_", " ") for field in does.form)
        lines.append(f"Hands in: {names}.")
    if does.checklist:
        lines.append(f"To tick off: {'; '.join(does.checklist)}.")
    after = [
        f"{outcome.replace('-', ' ').capitalize()}: {_leads(definition, step, f'outcome:{outcome}')}."
        for outcome in does.outcomes
        if definition.target(step.id, f"outcome:{outcome}") is not None
    ]
    return _assigned(does), lines, [*after, *_not_the_next(definition, step)]


def _gate(definition: Definition, step: StepSpec, does: GateSpec) -> Parts:
    lines = [f"“{_holes(does.ask)}”" if does.ask else "Approve?"]
    if does.show:
        lines.append(f"Put before the approvers: {', '.join(_shown(definition, name) for name in does.show)}.")
    if does.exclude:
        lines.append(f"May not vote: {', '.join(_excluded(definition, name) for name in does.exclude)}.")
    if does.require:
        lines.append("Every vote needs a comment.")
    if does.order == "sequential":
        lines.append("They are asked one after the other.")
    after = [f"Approved: {_leads(definition, step, 'approve')}.", f"Rejected: {_leads(definition, step, 'reject')}."]
    if definition.target(step.id, "return") is not None:
        after.append(f"Changes asked for: {_leads(definition, step, 'return')}.")
    return (
        f"{_quorum(does.quorum)} of {_names(does.approvers)}" if not does.quorum.per_role else _quorum(does.quorum),
        lines,
        after,
    )


def _action(definition: Definition, step: StepSpec, does: ActionSpec) -> Parts:
    tries = f"Tried up to {does.retry.attempts} times" if does.retry.attempts > 1 else "Tried once"
    lines = [f"By machine: {does.provider}. {tries}, each for at most {span(does.timeout)}."]
    failing = {
        "incident": "Fails for good: it waits for an operator.",
        "ignore": "Fails for good: it goes on without a result.",
        "route": f"Fails for good: {_leads(definition, step, 'error')}.",
    }[does.on_error]
    return "by machine", lines, [failing, *_not_the_next(definition, step)]


def _decide(definition: Definition, step: StepSpec, does: DecideSpec) -> Parts:
    lines = [f"Asks the decision table {does.table.decision} for {does.table.on}."] if does.table else []
    for way in definition.ways[step.id]:
        if way.trigger == "skip":
            continue
        where = _leads(definition, step, way.trigger)
        kind, _, value = way.trigger.partition(":")
        if kind == "value":
            lines.append(f"Where it gives {value}: {where}.")
        else:
            lines.append(f"When {short(way.guard, LONG)}: {where}." if way.guard else f"Otherwise: {where}.")
    return "rule", lines, []


def _set(definition: Definition, step: StepSpec, does: SetSpec) -> Parts:
    lines = [f"{name.replace('_', ' ').capitalize()} is {short(source, LONG)}." for name, source in does.assign.items()]
    lines += [
        f"{name.replace('_', ' ').capitalize()} is what the decision table {lookup.decision} gives as {lookup.on}."
        for name, lookup in does.tables.items()
    ]
    return "computed", lines, _not_the_next(definition, step)


def _wait(definition: Definition, step: StepSpec, does: WaitSpec) -> Parts:
    lines = [f"Waits {span(does.length)}." if does.length else f"Waits until {short(does.until or '', LONG)}."]
    return "wait", lines, _not_the_next(definition, step)


def _end(definition: Definition, step: StepSpec, does: EndSpec) -> Parts:
    said = f": {_holes(does.message).rstrip('.')}" if does.message else ""
    return "end", [f"The run ends as {does.status}{said}."], []


_TELLERS: dict[type, Callable[[Definition, StepSpec, Any], Parts]] = {
    TaskSpec: _task,
    GateSpec: _gate,
    ActionSpec: _action,
    DecideSpec: _decide,
    SetSpec: _set,
    WaitSpec: _wait,
    EndSpec: _end,
}


def _not_the_next(definition: Definition, step: StepSpec) -> list[str]:
    """Say where it goes on, unless that is the step below."""
    order = definition.lists[step.within]
    place = order.index(step.id)
    following = order[place + 1] if place + 1 < len(order) else "leave"
    target = definition.target(step.id, "done")
    return [f"Then: {_leads(definition, step, 'done')}."] if target not in (None, following) else []


def _leads(definition: Definition, step: StepSpec, trigger: str) -> str:
    return leads_to(definition, step.id, trigger) or "goes on"


def _holes(text: str) -> str:
    """Show what the run fills in by its name: `${inputs.service}` as `[service]`, a longer expression as `[…]`."""
    return HOLE.sub(lambda hole: f"[{short(hole[1], LONG)}]" if NAME.fullmatch(hole[1].strip()) else "[…]", text)


def _assigned(does: TaskSpec, short: bool = False) -> str:
    name = does.assign
    if does.pick is not None and not short:
        return f"one of {_name(name)} {PICKED[does.pick]}"
    if name == STARTER:
        return "whoever started it"
    return _holes(name) if "${" in name else _name(name)


def _name(name: str) -> str:
    return name.removeprefix("user:").replace("-", " ").replace("_", " ")


def _names(names: tuple[str, ...]) -> str:
    words = [_name(name) for name in names]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _quorum(quorum: Quorum) -> str:
    if quorum.per_role:
        return " and ".join(f"{count} {_name(role)}" for role, count in quorum.per_role.items())
    if quorum.everyone:
        return "everybody"
    if quorum.percent is not None:
        return f"{quorum.percent} %"
    if quorum.by_data is not None:
        return "a computed number of people"
    return "1 person" if quorum.count in (None, 1) else f"{quorum.count} people"


def _shown(definition: Definition, name: str) -> str:
    head, _, rest = name.partition(".")
    if head == "inputs":
        return rest.replace("_", " ") if rest else "all inputs"
    step, _, field = rest.partition(".")
    step = step if step in definition.steps else step.replace("_", "-")
    said = title(definition, step) if step in definition.steps else step
    return f"{field.replace('_', ' ')} of {said}" if field else f"what came of {said}"


def _excluded(definition: Definition, name: str) -> str:
    if name == STARTER:
        return "whoever started the run"
    if name in definition.steps:
        verb = "voted at" if definition.steps[name].kind == "gate" else "did"
        return f"whoever {verb} {title(definition, name)}"
    return _name(name)
