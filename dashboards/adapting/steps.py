"""The steps of a parent as somebody who adapts it sees them: what may be done at each, and why something may not."""

from __future__ import annotations

from dataclasses import dataclass

from engine.definition import MAIN, Definition, owner_of
from engine.naming import title

#: Ways that a step names itself; where the others lead follows from the order of the list.
_NAMED = ("reject", "return", "error", "deadline", "outcome:", "rung:", "rule:", "value:", "otherwise")


@dataclass(frozen=True)
class Offered:
    """One step. `why` says in a sentence what is barred, empty where everything may be done."""

    id: str
    title: str
    kind: str
    depth: int
    may_insert: bool = True
    may_replace: bool = True
    may_remove: bool = True
    is_locked: bool = False
    why: str = ""


def offered(definition: Definition) -> tuple[Offered, ...]:
    """Return the steps in the order of the document, each with what the parent's locks leave of it."""
    named = _named_by_locked(definition)
    return tuple(_offered(definition, id, named) for id in _in_order(definition, MAIN))


def _in_order(definition: Definition, within: str) -> list[str]:
    found = []
    for id in definition.lists.get(within, ()):
        found.append(id)
        for body in definition.bodies(id):
            found += _in_order(definition, body)
    return found


def _offered(definition: Definition, id: str, named: dict[str, str]) -> Offered:
    step = definition.steps[id]
    around = [owner_of(name) for name in definition.around(step.within) if name != MAIN]
    base = Offered(id, title(definition, id), step.kind, len(around))
    outer = next((owner for owner in around if definition.steps[owner].locked), "")
    inner = [one for name in definition.inside(id) for one in definition.lists[name] if definition.steps[one].locked]
    if outer:
        why = f"It stands in “{title(definition, outer)}”, which is locked: it stays as it is."
        return _barred(base, why, may_insert=False, is_locked=True)
    if step.locked:
        why = "Locked by its author: nobody changes it or leads around it. Steps may come before and after it."
        return _barred(base, why, is_locked=True)
    if inner:
        why = f"It holds “{title(definition, inner[0])}”, which is locked: it cannot go, and steps in it may change."
        return _barred(base, why)
    if id in named:
        why = f"“{title(definition, named[id])}” is locked and leads here: it may be replaced, and not removed."
        return _barred(base, why, may_replace=True)
    return base


def _barred(
    base: Offered, why: str, *, may_insert: bool = True, may_replace: bool = False, is_locked: bool = False
) -> Offered:
    return Offered(base.id, base.title, base.kind, base.depth, may_insert, may_replace, False, is_locked, why)


def _named_by_locked(definition: Definition) -> dict[str, str]:
    """For each step that a locked one leads to by a way of its own: that locked step."""
    return {
        way.target: way.source
        for way in definition.transitions
        if way.source in definition.steps
        and definition.steps[way.source].locked
        and way.target in definition.steps
        and way.trigger.startswith(_NAMED)
    }
