"""The kinds that hold lists of steps: `parallel` and `each`. Leaves the steps themselves to whoever reads lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine import documents
from engine.definition import EachSpec, Join, ParallelSpec, branch_of
from engine.documents import Node, Scalar
from engine.expressions.names import trouble_with_id
from engine.language.keys import INSIDE, outside
from engine.language.places import Path
from engine.language.section import Section

#: What every item has anyway (semantics [names]).
_ITEM = ("item", "index")
MOST_ITEMS = 500


@dataclass(frozen=True)
class Body:
    """A list of steps that a step holds, still to be read. `is_graph`: its steps say what they need."""

    list: str
    node: Node
    path: Path
    is_graph: bool = False


def read_parallel(step: Section, id: str) -> tuple[ParallelSpec | None, tuple[Body, ...]]:
    """Read `branches` with their `join`, or `steps` of which each says what it needs."""
    section = step.inner("parallel", "A parallel")
    if section is None:
        return None, ()
    section.only(INSIDE["parallel"], outside("parallel"))
    named, flat = section.node.get("branches"), section.node.get("steps")
    if named is None and flat is None:
        message = f"{section.what} needs the key `branches`, or `steps` in its place."
        section.reading.problem("missing-key", message, section.place)
        return None, ()
    if named is None:
        assert flat is not None
        if "join" in section:
            hint = "It goes on when all its steps have ended; `join` is for `branches`."
            section.reading.problem(
                "unknown-key", "A list with `needs` has no `join`.", section.key_place("join"), hint
            )
        return ParallelSpec(), (Body(id, flat, (*section.path, "steps"), is_graph=True),)
    if flat is not None:
        message = "A parallel has `branches` or `steps`, and this one has `branches` already."
        section.reading.problem("bad-value", message, section.key_place("steps"))
    path = (*section.path, "branches")
    branches = section.reading.named(named, path, "`branches`")
    if isinstance(named, documents.Mapping) and not named.entries:
        section.bad("branches", "`branches` names at least one branch.")
    bodies = tuple(Body(branch_of(id, name), node, (*path, name)) for name, _, node in branches)
    names = tuple(name for name, _, _ in branches)
    return (ParallelSpec(branches=names, join=_join(section)) if names else None), bodies


def read_each(step: Section, id: str) -> tuple[EachSpec | None, tuple[Body, ...]]:
    """Read the expression under `each`, and what stands beside it."""
    step.require("steps")
    node = step.node.get("steps")
    bodies = () if node is None else (Body(id, node, (*step.path, "steps")),)
    over = None
    if isinstance(step.node.get("each"), Scalar):
        over = step.expression("each")
    else:
        step.bad("each", "`each` must be an expression that gives a list.", "Write `each: inputs.regions`.")
    spec = EachSpec(over=over or "", name=_name(step), at_most=_at_most(step), join=_join(step))
    return (None if over is None else spec), bodies


def _name(step: Section) -> str:
    name = step.filled("as")
    if name in _ITEM:
        step.bad("as", f"Every item has `each.{name}` already.")
    elif name and (wrong := trouble_with_id(name)):
        step.bad("as", wrong)
    else:
        return name
    return ""


def _at_most(step: Section) -> int | None:
    given = step.integer("at_most", 1, MOST_ITEMS, MOST_ITEMS) if "at_most" in step else None
    if step.choice("mode", ("parallel", "sequence"), "parallel") != "sequence":
        return given
    if given not in (None, 1):
        step.bad("at_most", "One after the other is one at most: this has `mode: sequence`.")
    return 1


def _join(section: Section) -> Join:
    """Read `all`, `any` or how many."""
    scalar = section.scalar("join", "all, any or a number")
    default: Literal["all"] = "all"
    if scalar is None:
        return default
    if scalar.text.strip() in ("all", "any"):
        return "any" if scalar.text.strip() == "any" else default
    if isinstance(scalar.value, int) and not isinstance(scalar.value, bool) and 1 <= scalar.value <= 10_000:
        return scalar.value
    section.bad("join", f"`{scalar.text[:80]}` is not a value of `join`.", "Write all, any or a number from 1.")
    return default
