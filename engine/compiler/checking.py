"""Every expression of a playbook, each in its scope; but those in `with`, which what is called decides about."""

from __future__ import annotations

from engine.compiler.scopes import Scopes
from engine.compiler.sources import Sources
from engine.definition import MAIN, ActionSpec, EachSpec, EndSpec, GateSpec, SetSpec, TaskSpec, WaitSpec, Work
from engine.expressions import Other, spelt
from engine.expressions.types import BOOL, DYN, TIMESTAMP, say
from engine.language.places import Path
from engine.language.playbook import Playbook
from engine.language.regions import MOST_ITEMS
from engine.language.step import Step


def check_expressions(playbook: Playbook, scopes: Scopes) -> None:
    """Report every expression that cannot be read, reads what is not there, or gives what does not fit."""
    sources = scopes.of(MAIN)
    sources.template(playbook.title, ("title",))
    sources.template(playbook.run_title, ("run_title",))
    for step in playbook.steps:
        _step(step, scopes)
    for name, source in playbook.outputs.items():
        sources.expression(source, ("outputs", name), ())


def _step(step: Step, scopes: Scopes) -> None:
    sources = scopes.of(step.within)
    sources.template(step.title, (*step.path, "title"))
    if step.when is not None:
        sources.expression(step.when, (*step.path, "when"), (BOOL,))
    for number, (when, _) in enumerate(step.rules):
        if when is not None:
            sources.expression(when, (*step.path, "decide", number, "when"), (BOOL,))
    for number, rung in enumerate(step.escalate):
        if rung.when is not None:
            sources.expression(rung.when, (*step.path, "escalate", number, "when"), (BOOL,))
    if isinstance(step.does, GateSpec):
        _gate(step, step.does, sources)
    elif isinstance(step.does, WaitSpec) and step.does.match is not None:
        scopes.of(step.within, "signal").expression(step.does.match, (*step.path, "wait", "match"), (BOOL,))
    elif isinstance(step.does, EachSpec):
        _items(step.does, (*step.path, "each"), sources)
        _name(step, step.does.name, scopes)
    _work(step.does, step.path, sources)
    _work(step.undo, (*step.path, "undo"), sources)


def _gate(step: Step, gate: GateSpec, sources: Sources) -> None:
    if gate.ask != step.title:
        sources.template(gate.ask, (*step.path, "gate", "ask"))
    if gate.quorum.by_data is not None:
        sources.count(gate.quorum.by_data, (*step.path, "gate", "quorum"))


def _work(work: Work | None, path: Path, sources: Sources) -> None:
    if isinstance(work, TaskSpec):
        sources.template(work.instructions, (*path, "task", "instructions"))
        sources.person(work.assign, (*path, "task", "assign"))
    elif isinstance(work, SetSpec):
        for name, source in work.assign.items():
            sources.expression(source, (*path, "set", name), ())
    elif isinstance(work, WaitSpec) and work.until is not None:
        sources.expression(work.until, (*path, "wait", "until"), (TIMESTAMP,))
    elif isinstance(work, EndSpec):
        sources.template(work.message, (*path, "message"))
    elif isinstance(work, ActionSpec) and work.idempotency_key is not None:
        sources.template(work.idempotency_key, (*path, "idempotency_key"))


def _name(step: Step, name: str, scopes: Scopes) -> None:
    """Check the word after `as`, under which the steps of lists inside are to find the item of this each."""
    if name and f"each.{spelt(name)}" in scopes.names_in(step.within):
        message = f"An each around this one has `each.{spelt(name)}` already."
        scopes.reading.problem("duplicate-id", message, scopes.of(step.within).places.at(*step.path, "as"))


def _items(work: EachSpec, path: Path, sources: Sources) -> None:
    """Check what an each goes through: a list, and where it is written out no longer than a run can take."""
    parsed = sources.expression(work.over, path, ()) if work.over else None
    if parsed is None:
        return
    if parsed.type != DYN and not parsed.type.startswith("list("):
        message = f"This gives {say(parsed.type)}, and a list is needed here."
        sources.reading.problem("type-mismatch", message, sources.places.at(*path))
    elif isinstance(parsed.tree, Other) and parsed.tree.what == "list" and len(parsed.tree.children) > MOST_ITEMS:
        message = f"An each goes through {MOST_ITEMS} items at most, and these are {len(parsed.tree.children)}."
        sources.reading.problem("bad-value", message, sources.places.at(*path))
