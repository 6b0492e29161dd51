"""A definition as an outline for the terminal: each step, its kind, and where it leads."""

from __future__ import annotations

from engine import durations
from engine.definition import FAIL, LEAVE, ROLLBACK, Definition, EndSpec, StepSpec
from engine.diagrams.graph import Graph

_ENDS = {LEAVE: "the end: completed", FAIL: "the end: failed", ROLLBACK: "undo, then the end: rolled back"}
_KINDS = {"decide": "decision", "set": "values"}


def draw(definition: Definition) -> str:
    """Write the outline, steps in reading order, ending in a line break.

    A way is left out where it only goes on to the following line.
    """
    graph = Graph(definition)
    steps = [definition.steps[key] for key in graph.order if key in definition.steps]
    lines = [f"{definition.title} ({definition.kind}, {definition.owner})", ""]
    digits = len(str(len(steps)))
    widest = max((len(step.id) for step in steps), default=0)
    for number, step in enumerate(steps, 1):
        title = f"  {step.title}" if step.title and step.title != step.id else ""
        lines.append(f"{number:>{digits}}. {step.id:<{widest}}  {_kind(step):<8}{title}".rstrip())
        indent = " " * (digits + 4)
        if step.when:
            lines.append(f"{indent}only when {step.when}")
        following = steps[number].id if number < len(steps) else LEAVE
        for arrow, triggers, label in zip(graph.arrows, graph.triggers, graph.titles, strict=True):
            if arrow.source != step.id:
                continue
            target = graph.target_of(arrow.target)
            label = label or ("skipped" if set(triggers) == {"skip"} else "")
            if label or target != following:
                lines.append(f"{indent}{label + ' ' if label else ''}→ {_ENDS.get(target, target)}")
    return "\n".join(lines) + "\n"


def _kind(step: StepSpec) -> str:
    if isinstance(step.does, EndSpec):
        return f"end: {step.does.status}"
    if step.due is not None:
        return f"{step.kind}, due in {durations.say(step.due)}"
    return _KINDS.get(step.kind, step.kind)
