"""What an expression is made of, after its types were checked.

A small tree, made from CEL's checked form (`checked`), for whoever reasons about expressions: the compiler
and the proofs. It says nothing about values; those come from `Evaluator`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.values import Value

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Const:
    """A literal: None, bool, int, float, str or bytes. `column` counts from 1, 0 where it is not known."""

    value: Value
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written, dots apart: `steps.legal_ok.by` is `("steps", "legal_ok", "by")`.

    Ids stand in the spelling of expressions (`-` written `_`). What follows a name of type `dyn` belongs
    to the path: `steps.ship.body.ref`.
    """

    path: Path
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Has:
    """`has(path)` of a step, a step's data or an input."""

    path: Path
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function. A method's receiver is its first argument.

    Operators have CEL's names: `_&&_ _||_ !_ _?_:_ _==_ _!=_ _<_ _<=_ _>_ _>=_ @in _+_ _-_ _*_ _/_ _%_ -_ _[_]`.
    """

    op: str
    args: tuple[Node, ...]
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else: a list, a map, a comprehension, a field of a computed value. `what` says which."""

    children: tuple[Node, ...]
    what: str = ""
    column: int = field(default=0, compare=False)


Node = Const | Name | Has | Call | Other


def walk(node: Node) -> Iterator[Node]:
    """Give this node and everything in it, outside in, left to right."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, Call):
            pending.extend(reversed(current.args))
        elif isinstance(current, Other):
            pending.extend(reversed(current.children))


def conjuncts(node: Node) -> tuple[Node, ...]:
    """Return the parts that `&&` joins at the top."""
    if isinstance(node, Call) and node.op == "_&&_":
        return tuple(part for arg in node.args for part in conjuncts(arg))
    return (node,)


def constant(node: Node) -> tuple[bool, Any]:
    """Return (True, value) where the node is a literal, negative numbers included, else (False, None)."""
    if isinstance(node, Const):
        return True, node.value
    if isinstance(node, Call) and node.op == "-_" and isinstance(node.args[0], Const):
        return True, -node.args[0].value
    return False, None
