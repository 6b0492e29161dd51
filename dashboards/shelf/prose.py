"""A playbook told in prose: numbered steps a person can read aloud.

Takes a definition; leaves lines without markup (instructions stay Markdown). Guards are shortened for reading
as in the diagram; the source has them as written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboards import ladders
from dashboards.consequences import leads_to
from dashboards.shelf.names import LONG, assigned, excluded, holes, listed, over, people, plain, quorum, shown
from dashboards.templatetags.times import span
from engine.definition import (
    MAIN,
    ActionSpec,
    CallSpec,
    DecideSpec,
    Definition,
    EachSpec,
    EndSpec,
    GateSpec,
    Join,
    ParallelSpec,
    RollbackSpec,
    SetSpec,
    StepSpec,
    TaskSpec,
    WaitSpec,
)
from engine.diagrams.words import short
from engine.naming import title


@dataclass(frozen=True)
class Told:
    """One step: `who` does it and how long it may take; `lines` say what happens, `after` what follows or threatens.

    A region has its lists told within: `lists` are their names (empty where there is only one) and their steps.
    """

    step: StepSpec
    title: str
    who: str
    instructions: str
    lines: tuple[str, ...]
    after: tuple[str, ...]
    lists: tuple[tuple[str, tuple[Told, ...]], ...] = ()


def tell(definition: Definition, within: str = MAIN) -> tuple[Told, ...]:
    """Tell every step of a list in its order, with the lists in it."""
    return tuple(_told(definition, definition.steps[step]) for step in definition.lists.get(within, ()))


def at_once(definition: Definition) -> str:
    """Say how many runs of a playbook may be under way at once; empty where nothing limits them."""
    limits = definition.concurrency
    if limits is None:
        return ""
    runs = "one run" if limits.limit == 1 else f"{limits.limit} runs"
    same = f" for the same {holes(limits.key)}" if limits.key else ""
    full = "the next waits for its place" if limits.when_full == "queue" else "another start is refused"
    return f"{runs}{same}; {full}"


def who_does(definition: Definition, step: str) -> tuple[str, ...]:
    """The short line of a step in the diagram of a playbook, the fullest first: who or what does it."""
    does = definition.steps[step].does
    if isinstance(does, TaskSpec):
        return tuple(dict.fromkeys((assigned(does), assigned(does, briefly=True), "a person")))
    if isinstance(does, GateSpec):
        return (quorum(does.quorum), f"{sum(does.quorum.per_role.values())} people")
    if isinstance(does, WaitSpec) and does.length:
        return (span(does.length), "wait")
    if isinstance(does, WaitSpec) and does.signal:
        return (f"signal {plain(does.signal)}", "signal")
    if isinstance(does, CallSpec):
        return (f"playbook {plain(does.playbook)}", "playbook")
    return ({"action": "machine", "wait": "wait", "set": "computed"}.get(does.kind, ""),)


def _told(definition: Definition, step: StepSpec) -> Told:
    who, lines, after = _TELLERS[type(step.does)](definition, step, step.does)
    lines = [*_before(definition, step), *lines, *_undo(step)]
    if step.due:
        who = f"{who}, {span(step.due)}" if who else span(step.due)
    name = holes(title(definition, step.id))
    instructions = holes(step.does.instructions) if isinstance(step.does, TaskSpec) else ""
    lists = tuple((_branch(within), tell(definition, within)) for within in definition.bodies(step.id))
    return Told(step, name, who, instructions, tuple(lines), (*after, *ladders.ahead(definition, step)), lists)


def _before(definition: Definition, step: StepSpec) -> list[str]:
    """Say what must be so before a step opens: what it needs, its guard, its window."""
    lines = []
    if definition.is_graph(step.within):
        does = definition.steps[step.within].does
        needs = does.needs.get(step.id, ()) if isinstance(does, ParallelSpec) else ()
        names = listed([title(definition, one) for one in needs])
        lines.append(f"After {names}." if needs else "Begins at once.")
    if step.when:
        lines.append(f"Only when {short(step.when, LONG)}; skipped otherwise.")
    if step.window:
        lines.append(
            f"Opens only inside the hours of {plain(step.window)}; outside them it waits for the next opening."
        )
    return lines


def _undo(step: StepSpec) -> list[str]:
    if isinstance(step.undo, ActionSpec):
        return [f"Can be undone, by machine: {step.undo.provider}."]
    return [f"Can be undone, as a task for {assigned(step.undo)}."] if step.undo is not None else []


def _branch(within: str) -> str:
    name = plain(within.partition("/")[2])
    return f"{name[:1].upper()}{name[1:]}"


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
    return assigned(does), lines, [*after, *_not_the_next(definition, step)]


def _gate(definition: Definition, step: StepSpec, does: GateSpec) -> Parts:
    lines = [f"“{holes(does.ask)}”" if does.ask else "Approve?"]
    if does.show:
        lines.append(f"Put before the approvers: {', '.join(shown(definition, name) for name in does.show)}.")
    if does.exclude:
        lines.append(f"May not vote: {', '.join(excluded(definition, name) for name in does.exclude)}.")
    if does.require:
        lines.append("Every vote needs a comment.")
    if does.order == "sequential":
        lines.append("They are asked one after the other.")
    after = [f"Approved: {_leads(definition, step, 'approve')}.", f"Rejected: {_leads(definition, step, 'reject')}."]
    if definition.target(step.id, "return") is not None:
        after.append(f"Changes asked for: {_leads(definition, step, 'return')}.")
    return (
        f"{quorum(does.quorum)} of {people(does.approvers)}" if not does.quorum.per_role else quorum(does.quorum),
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
    if does.signal:
        fits = f" that fits {short(does.match, LONG)}" if does.match else ""
        lines = [f"Waits for the signal {plain(does.signal)}{fits}; one that came before counts too."]
        late = f"No signal within {span(does.deadline)}: {_leads(definition, step, 'deadline')}."
        return "signal", lines, [*([late] if does.deadline else []), *_not_the_next(definition, step)]
    lines = [f"Waits {span(does.length)}." if does.length else f"Waits until {short(does.until or '', LONG)}."]
    return "wait", lines, _not_the_next(definition, step)


def _parallel(definition: Definition, step: StepSpec, does: ParallelSpec) -> Parts:
    if not does.branches:
        lines = ["Each of its steps begins as soon as what it needs has ended; it goes on when all have."]
        return "side by side", lines, _not_the_next(definition, step)
    count = len(does.branches)
    lines = [f"{count} branches side by side. {_joined(does.join, count, 'branch', 'branches')}"]
    return "side by side", lines, _not_the_next(definition, step)


def _each(definition: Definition, step: StepSpec, does: EachSpec) -> Parts:
    name = plain(does.name) if does.name else "item"
    pace = {None: "all at once", 1: "one after the other"}.get(does.at_most, f"at most {does.at_most} at once")
    lines = [
        f"Once for each {name} of {over(definition, does.over)}, {pace}. {_joined(does.join, None, name, f'{name}s')}"
    ]
    return f"each {name}", lines, _not_the_next(definition, step)


def _joined(join: Join, count: int | None, one: str, many: str) -> str:
    """Say when a region is over."""
    if join == "all" or join == count:
        return f"It goes on when all {many} have ended."
    if join in ("any", 1):
        return f"It goes on as soon as something was done in one {one}; what is open in the others is cancelled."
    return f"It goes on as soon as something was done in {join} {many}; what is open in the others is cancelled."


def _call(definition: Definition, step: StepSpec, does: CallSpec) -> Parts:
    version = does.version.removeprefix("^")
    which = f", version {version}{' or a later one' if does.version.startswith('^') else ''}" if version else ""
    lines = [f"Runs the playbook {plain(does.playbook)}{which}, and waits until that run has ended."]
    failing = {
        "incident": "Does not complete: it waits for an operator.",
        "ignore": "Does not complete: it goes on without a result.",
        "route": f"Does not complete: {_leads(definition, step, 'error')}.",
    }[does.on_error]
    return "playbook", lines, [failing, *_not_the_next(definition, step)]


def _rollback(definition: Definition, step: StepSpec, does: RollbackSpec) -> Parts:
    return "undo", ["What was done is undone, the newest first; then the run ends as rolled back."], []


def _end(definition: Definition, step: StepSpec, does: EndSpec) -> Parts:
    said = f": {holes(does.message).rstrip('.')}" if does.message else ""
    return "end", [f"The run ends as {does.status}{said}."], []


_TELLERS: dict[type, Callable[[Definition, StepSpec, Any], Parts]] = {
    TaskSpec: _task,
    GateSpec: _gate,
    ActionSpec: _action,
    DecideSpec: _decide,
    SetSpec: _set,
    WaitSpec: _wait,
    ParallelSpec: _parallel,
    EachSpec: _each,
    CallSpec: _call,
    RollbackSpec: _rollback,
    EndSpec: _end,
}


def _not_the_next(definition: Definition, step: StepSpec) -> list[str]:
    """Say where it goes on, unless that is the step below."""
    if definition.is_graph(step.within):
        return []
    order = definition.lists[step.within]
    place = order.index(step.id)
    following = order[place + 1] if place + 1 < len(order) else "leave"
    target = definition.target(step.id, "done")
    return [f"Then: {_leads(definition, step, 'done')}."] if target not in (None, following) else []


def _leads(definition: Definition, step: StepSpec, trigger: str) -> str:
    return leads_to(definition, step.id, trigger) or "goes on"
