"""Steps that came, went, moved or changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from engine.definition import (
    MAIN,
    ActionSpec,
    CallSpec,
    Definition,
    EachSpec,
    GateSpec,
    ParallelSpec,
    StepSpec,
    TaskSpec,
    owner_of,
)
from engine.differences import gates, ladders, ways, work
from engine.differences.difference import Change, Weight
from engine.differences.words import articled, expression, length, listed, noun, place, plain, quoted, step

Told = Iterator[tuple[Weight, str]]


def came(before: Definition, after: Definition) -> Iterator[Change]:
    """Tell of each step that is new; what stands in a new region is told with it."""
    for id, one in after.steps.items():
        if id in before.steps or _outermost(after, before, id) != id:
            continue
        inner = [inner for inner in _inside(after, id) if inner not in before.steps]
        with_ = f", with {_steps(after, inner)} in it" if inner else ""
        yield Change(
            "minor", f"The {noun(one)} {step(one)} is new, {_stands(after, id)}{_about(after, one)}{with_}.", id
        )


def went(before: Definition, after: Definition) -> Iterator[Change]:
    """Tell of each step that is gone: major where it is a gate, or takes one with it."""
    for id, one in before.steps.items():
        if id in after.steps or _outermost(before, after, id) != id:
            continue
        inner = [inner for inner in _inside(before, id) if inner not in after.steps]
        has_gate = any(before.steps[each].kind == "gate" for each in (id, *inner))
        with_ = f", and with it {_steps(before, inner)}" if inner else ""
        yield Change("major" if has_gate else "minor", f"The {noun(one)} {step(one)} is gone{with_}.", id)


def _steps(definition: Definition, ids: list[str]) -> str:
    count = "a step" if len(ids) == 1 else f"{len(ids)} steps"
    named = [step(definition.steps[id]) for id in ids if definition.steps[id].kind == "gate"]
    word = "gate" if len(named) == 1 else "gates"
    return f"{count}, among them the {word} {listed(named)}" if named else count


def _outermost(definition: Definition, other: Definition, id: str) -> str:
    """Return the outermost region around a step, or itself, that the other definition does not have."""
    found = id
    for within in definition.around(definition.steps[id].within):
        owner = owner_of(within)
        if within != MAIN and owner not in other.steps:
            found = owner
    return found


def _inside(definition: Definition, id: str) -> list[str]:
    return [inner for name in definition.lists if name in definition.inside(id) for inner in definition.lists[name]]


def _stands(definition: Definition, id: str) -> str:
    within = definition.steps[id].within
    order = definition.lists[within]
    at = order.index(id)
    where = place(definition, within)
    if definition.is_graph(within):
        return where
    follows = f"after {step(definition.steps[order[at - 1]])}" if at else "at the beginning"
    return f"{follows}, {where}" if where else follows


def _about(definition: Definition, one: StepSpec) -> str:
    does = one.does
    due = f", due in {length(one.due)}" if one.due is not None else ""
    if isinstance(does, GateSpec):
        return f": it needs {gates.needed(does)}{due}"
    if isinstance(does, TaskSpec):
        return f": it is for {work.assigned(definition, does)}{due}"
    if isinstance(does, ActionSpec):
        return f": it does {quoted(does.provider)}"
    if isinstance(does, CallSpec):
        return f": it runs {quoted(plain(does.playbook))}"
    return due


def moved(before: Definition, after: Definition) -> Iterator[Change]:
    """Tell of each step that both have and that stands elsewhere: as few as explain the new order."""
    for id, one in after.steps.items():
        if id in before.steps and before.steps[id].within != one.within:
            where = place(after, one.within) or "in the main line"
            was = place(before, before.steps[id].within) or "in the main line"
            yield Change("minor", f"{_the(one)} now stands {where}; before it stood {was}.", id)
    for name in after.lists:
        if after.is_graph(name) or name not in before.lists:
            continue
        first = [id for id in before.lists[name] if id in after.lists[name]]
        second = [id for id in after.lists[name] if id in before.lists[name]]
        blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
        stayed = {second[block.b + offset] for block in blocks for offset in range(block.size)}
        for id in second:
            if id not in stayed:
                was = _stands(before, id)
                yield Change("minor", f"{_the(after.steps[id])} now stands {_stands(after, id)}; before {was}.", id)


def changed(before: Definition, after: Definition, id: str) -> Iterator[Change]:
    """Tell how a step that both have differs, apart from where it stands."""
    was, now = before.steps[id], after.steps[id]
    told = [*_common(before, after, was, now), *ways.changed(before, after, id)]
    if not told and _bare(was) != _bare(now):
        told = [("minor", "changed")]
    for level, said in told:
        yield Change(level, f"{_the(was)} {said}.", id)


def _the(one: StepSpec) -> str:
    return f"The {noun(one)} {step(one)}"


def _common(before: Definition, after: Definition, was: StepSpec, now: StepSpec) -> Told:
    if was.kind != now.kind:
        yield ("major" if was.kind == "gate" else "minor"), f"is now {articled(now)}; before it was {articled(was)}"
    else:
        yield from work.changed(before, after, was.does, now.does)
    if was.when != now.when:
        # a gate that is not asked stops nobody, and no condition can be told to be the narrower one
        level: Weight = "major" if now.kind == "gate" and now.when else "minor"
        first = f"only when {expression(was.when)}" if was.when else "always"
        yield level, f"now opens {f'only when {expression(now.when)}' if now.when else 'always'}; before {first}"
    if was.due != now.due:
        yield "minor", _due(was, now)
    yield from ladders.changed(before, after, was, now)
    if was.window != now.window:
        yield (
            "minor",
            f"now opens only in the hours of {quoted(plain(now.window))}" if now.window else ("now opens at any hour"),
        )
    if was.undo != now.undo:
        yield "minor", _undo(was, now)
    if was.locked != now.locked:
        if now.locked:
            yield "minor", "is locked now: who adapts this playbook may not change it or lead around it"
        else:
            yield "major", "is no longer locked: who adapts this playbook may change it and lead around it"
    if was.tags != now.tags:
        yield "minor", f"is now tagged {listed(map(quoted, now.tags))}" if now.tags else "has no tags any more"
    if was.title != now.title:
        yield "patch", f"is called {step(now)} now"


def _due(was: StepSpec, now: StepSpec) -> str:
    if now.due is None:
        return f"is no longer due; before it was due in {length(was.due)}"
    before = f"; before in {length(was.due)}" if was.due is not None else ", and was not before"
    return f"is now due in {length(now.due)}{before}"


def _undo(was: StepSpec, now: StepSpec) -> str:
    if now.undo is None:
        return "can no longer be undone"
    return "can be undone now" if was.undo is None else "is undone in another way"


def _bare(one: StepSpec) -> StepSpec:
    """Return the step without what follows from the rest: its place, and types of names."""
    does = one.does
    if isinstance(does, EachSpec):
        does = replace(does, names={})
    elif isinstance(does, ParallelSpec):
        does = replace(does, branches=(), needs={})
    return replace(one, does=does, within=MAIN)
