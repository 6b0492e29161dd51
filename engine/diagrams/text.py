"""A definition as an outline for the terminal: each step, its kind, and where it leads.

Steps of a region stand further in, below a line for each of its branches.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine import durations
from engine.definition import FAIL, LEAVE, ROLLBACK, CallSpec, Definition, EndSpec, ParallelSpec, StepSpec, WaitSpec
from engine.diagrams import words
from engine.diagrams.graph import Graph

_ENDS = {LEAVE: "the end: completed", FAIL: "the end: failed", ROLLBACK: "undo, then the end: rolled back"}
_KINDS = {"decide": "decision", "set": "values"}


def draw(definition: Definition) -> str:
    """Write the outline, steps in reading order, ending in a line break.

    A way is left out where it only goes on to the following line.
    """
    lines = [f"{definition.title} ({definition.kind}, {definition.owner})", "", *_lists(definition, "", "")]
    return "\n".join(lines) + "\n"


def _lists(definition: Definition, owner: str, indent: str) -> Iterator[str]:
    """Yield the lists of this step, or the main list."""
    graph = Graph(definition, owner)
    bodies = definition.bodies(owner) if owner else ("",)
    for within, lane in zip(bodies, graph.lanes, strict=True):
        branch = within.partition("/")[2]
        if branch:
            yield f"{indent}{branch}:"
        inner = indent + "   " if branch else indent
        yield from _list(definition, graph, [key for key in lane if key in definition.steps], inner)


def _list(definition: Definition, graph: Graph, keys: list[str], indent: str) -> Iterator[str]:
    steps = [definition.steps[key] for key in keys]
    digits = len(str(len(steps)))
    widest = max((len(step.id) for step in steps), default=0)
    further = indent + " " * (digits + 4)
    for number, step in enumerate(steps, 1):
        title = f"  {step.title}" if step.title and step.title != step.id else ""
        yield f"{indent}{number:>{digits}}. {step.id:<{widest}}  {_kind(step):<8}{title}".rstrip()
        yield from (f"{further}{line}" for line in _said(definition, step))
        if definition.bodies(step.id):
            yield from _lists(definition, step.id, further)
        following = steps[number].id if number < len(steps) else LEAVE
        for label, target in _ways(graph, step):
            if label or (target != following and not definition.is_graph(step.within)):
                end = "the end of this list" if target == LEAVE and step.within else _ENDS.get(target, target)
                yield f"{further}{label + ' ' if label else ''}→ {end}"


def _said(definition: Definition, step: StepSpec) -> Iterator[str]:
    """Yield what else must be known of a step."""
    if step.when:
        yield f"only when {step.when}"
    needs = _needs(definition, step)
    if needs:
        yield f"needs {', '.join(needs)}"
    if definition.bodies(step.id):
        yield words.region(step)
    if isinstance(step.does, CallSpec):
        yield f"calls {step.does.playbook}{'@' + step.does.version if step.does.version else ''}"
    if isinstance(step.does, WaitSpec) and step.does.signal:
        yield f"until the signal {step.does.signal}"
    if step.undo is not None:
        yield "can be undone"


def _needs(definition: Definition, step: StepSpec) -> tuple[str, ...]:
    if not definition.is_graph(step.within):
        return ()
    does = definition.steps[step.within].does
    return tuple(does.needs.get(step.id, ())) if isinstance(does, ParallelSpec) else ()


def _ways(graph: Graph, step: StepSpec) -> Iterator[tuple[str, str]]:
    """Yield when each way is taken (empty: in the ordinary course), and where it leads."""
    for arrow, triggers, label in zip(graph.arrows, graph.triggers, graph.titles, strict=True):
        if arrow.source == step.id and triggers:
            yield label or ("skipped" if set(triggers) == {"skip"} else ""), graph.target_of(arrow.target)


def _kind(step: StepSpec) -> str:
    if isinstance(step.does, EndSpec):
        return f"end: {step.does.status}"
    if step.due is not None:
        return f"{step.kind}, due in {durations.say(step.due)}"
    return _KINDS.get(step.kind, step.kind)
