"""Conditions as formulas over single names, and the search for an assignment that makes them all true.

Exact are `&&`, `||`, `!`, `?:` over comparisons, `in`, equality and `has` of one name with constants; everything
else is an opaque yes or no, equal ones being one (semantics section 6, row 5). An evaluation ends true, false or in
an error (reading what is unset); as in CEL an error matters only where the rest does not decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

from engine.expressions import Call, Const, Has, Name, Node, Other, constant
from engine.proofs.domains import OTHER, UNSET, Domain, Domains, Path, Value, as_value, pieces

TRUE, FALSE, ERROR, OPEN = 1, 0, -1, None
Verdict = int | None

_ORDER = {"_<_": "_<_", "_<=_": "_<=_", "_>_": "_>_", "_>=_": "_>=_"}
_FLIPPED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}
_LENGTH = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|s|us|µs|ns)")
_SECONDS = {
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 1000),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}


@dataclass(frozen=True)
class Atom:
    """A question about one name. `op` is `<`-like, `==`, `true` (the name itself), `has` or `opaque`."""

    path: Path
    op: str
    value: Value | None = None


@dataclass(frozen=True)
class Not:
    part: Formula


@dataclass(frozen=True)
class Join:
    """All of the parts hold, or any of them."""

    is_all: bool
    parts: tuple[Formula, ...]


Formula = Atom | Not | Join
ALWAYS, NEVER = Join(True, ()), Join(False, ())


def formula(tree: Node, domains: Domains) -> Formula:
    """Read a condition."""
    if isinstance(tree, Const) and isinstance(tree.value, bool):
        return ALWAYS if tree.value else NEVER
    if isinstance(tree, Has):
        return Atom(tree.path, "has")
    if isinstance(tree, Name):
        known = domains.of(tree.path)
        return Atom(tree.path, "true") if known is not None and known.tag in ("bool", "dyn") else _opaque(tree)
    if isinstance(tree, Call):
        args = tree.args
        if tree.op == "!_":
            return Not(formula(args[0], domains))
        if tree.op in ("_&&_", "_||_"):
            return Join(tree.op == "_&&_", tuple(formula(arg, domains) for arg in args))
        if tree.op == "_?_:_":
            question, yes, no = (formula(arg, domains) for arg in args)
            return Join(False, (Join(True, (question, yes)), Join(True, (Not(question), no))))
        if tree.op == "_!=_":
            return Not(_compared("_==_", args[0], args[1], domains))
        if tree.op == "_==_" or tree.op in _ORDER:
            return _compared(tree.op, args[0], args[1], domains)
        if tree.op == "@in" and isinstance(args[1], Other) and args[1].what == "list":
            return Join(False, tuple(_compared("_==_", args[0], item, domains) for item in args[1].children))
    return _opaque(tree)


def _compared(op: str, left: Node, right: Node, domains: Domains) -> Formula:
    first, second = _constant(left), _constant(right)
    if first is not None and second is not None:
        return ALWAYS if _holds(op, first, second) == TRUE else NEVER
    if first is not None:
        left, right, second, op = right, left, first, _FLIPPED.get(op, op)
    if second is not None and isinstance(left, Name):
        known = domains.of(left.path)
        if known is not None and (known.tag in ("dyn", second[0])):
            return Atom(left.path, op, second)
    if op in ("_>=_", "_<=_"):  # one opaque question for a comparison and its opposite
        other = "_<_" if op == "_>=_" else "_>_"
        return Not(_compared(other, left, right, domains))
    if op == "_>_":
        op, left, right = "_<_", right, left
    return _opaque(Call(op, (left, right)))


def _constant(node: Node) -> Value | None:
    is_constant, value = constant(node)
    if is_constant:
        return as_value(value)
    if isinstance(node, Call) and len(node.args) == 1 and isinstance(node.args[0], Const):
        text = node.args[0].value
        if node.op == "duration" and isinstance(text, str):
            return _length(text)
        if node.op == "timestamp" and isinstance(text, str):
            try:
                return as_value(datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00")))
            except (ValueError, TypeError):
                return None
    return None


def _length(text: str) -> Value | None:
    """Read a duration as CEL writes it: `1h30m`, `-1.5s`."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    found, at = Fraction(0), 0
    for part in _LENGTH.finditer(rest):
        if part.start() != at:
            return None
        at = part.end()
        digits = part.group().rstrip("hmsuµn")
        found += Fraction(digits) * _SECONDS[part.group()[len(digits) :]]
    return ("length", sign * found) if at == len(rest) and at else None


def _opaque(tree: Node) -> Atom:
    return Atom(("opaque", write(tree)), "opaque")


def write(node: Node) -> str:
    """Write a tree as an expression; two trees are written alike only where they are alike."""
    if isinstance(node, Const):
        return str(node.value).lower() if isinstance(node.value, bool) else repr(node.value)
    if isinstance(node, Name):
        return ".".join(node.path)
    if isinstance(node, Has):
        return f"has({'.'.join(node.path)})"
    if isinstance(node, Call):
        parts = [write(arg) for arg in node.args]
        symbol = node.op.strip("_@")
        if len(parts) == 2 and node.op == "_[_]":
            return f"{parts[0]}[{parts[1]}]"
        if len(parts) == 2 and (node.op.startswith("_") or node.op == "@in"):
            return f"({parts[0]} {symbol} {parts[1]})"
        if len(parts) == 1 and node.op in ("!_", "-_"):
            return f"{symbol}{parts[0]}"
        return f"{node.op}({', '.join(parts)})"
    return f"{node.what}({', '.join(write(child) for child in node.children)})"


def atoms(one: Formula) -> Iterator[Atom]:
    pending = [one]
    while pending:
        part = pending.pop()
        if isinstance(part, Atom):
            yield part
        elif isinstance(part, Not):
            pending.append(part.part)
        else:
            pending.extend(reversed(part.parts))


def _holds(op: str, value: Value, other: Value) -> Verdict:
    """Compare two values; different kinds are never equal, and have no order."""
    if value == UNSET:
        return ERROR
    if op == "_==_":
        return int(value == other)
    if value[0] != other[0] or value[0] == "other":
        return ERROR
    left, right = value[1], other[1]
    return int({"_<_": left < right, "_<=_": left <= right, "_>_": left > right, "_>=_": left >= right}[op])


def answer(atom: Atom, value: Value) -> Verdict:
    """Answer an atom's question for a value of its name."""
    if atom.op == "has":
        return int(value != UNSET)
    if atom.op == "opaque":
        return int(value == ("bool", True))
    if value == UNSET:
        return ERROR
    if atom.op == "true":
        return int(value[1]) if value[0] == "bool" else ERROR
    assert atom.value is not None
    return _holds(atom.op, value, atom.value)


def judge(one: Formula, given: Mapping[Path, Value]) -> Verdict:
    """Evaluate with some names given: TRUE, FALSE, ERROR, or OPEN where the rest decides."""
    if isinstance(one, Atom):
        value = given.get(one.path)
        return OPEN if value is None else answer(one, value)
    if isinstance(one, Not):
        inner = judge(one.part, given)
        return 1 - inner if inner in (TRUE, FALSE) else inner
    decisive = FALSE if one.is_all else TRUE
    is_open = is_error = False
    for part in one.parts:
        verdict = judge(part, given)
        if verdict == decisive and verdict is not OPEN:
            return verdict
        is_open |= verdict is OPEN
        is_error |= verdict == ERROR
    return OPEN if is_open else ERROR if is_error else 1 - decisive


class TooMany(Exception):
    """The search was given up: too many combinations."""


@dataclass
class Patience:
    """How many partial assignments may still be tried: for one question, and for all of a document."""

    each: int = 5_000
    left: int = 50_000


@dataclass
class Space:
    """The names that some conditions speak of, each with one value for every piece of what it can be."""

    choices: dict[Path, list[Value]] = field(default_factory=dict)
    domains: dict[Path, Domain | None] = field(default_factory=dict)
    rules: list[Formula] = field(default_factory=list)
    """What holds between the names whatever the conditions say."""

    @classmethod
    def of(cls, conditions: Iterable[Formula], domains: Domains, least: Mapping[Path, int]) -> Space:
        """Cut up the names of these conditions; `least` names numbers that are known to be at least so much."""
        space = cls()
        asked: dict[Path, list[Atom]] = {}
        for condition in conditions:
            for atom in atoms(condition):
                asked.setdefault(atom.path, []).append(atom)
        for path, about in asked.items():
            if path[0] == "opaque":
                space.choices[path] = [("bool", True), ("bool", False)]
                continue
            known = domains.of(path)
            if known is not None and path in least:
                known = replace(known, lowest=Fraction(least[path]))
            space.domains[path] = known
            constants = [atom.value for atom in about if atom.value is not None]
            if any(atom.op == "true" for atom in about):
                constants.append(("bool", True))
            if constants and known is not None:
                found = pieces(known, constants, any(atom.op in _ORDER for atom in about))
            else:
                found = [OTHER]
            space.choices[path] = found
        return space

    def find(self, wanted: Sequence[Formula], patience: Patience) -> dict[Path, Value] | None:
        """Return an assignment that makes all of these true, None where there is none.

        Raises `TooMany` when the patience is used up.
        """
        given: dict[Path, Value] = {}
        tried = 0

        def search(goals: Sequence[Formula]) -> bool:
            nonlocal tried
            tried += 1
            patience.left -= 1
            if tried > patience.each or patience.left < 0:
                raise TooMany
            left = []
            for goal in goals:
                verdict = judge(goal, given)
                if verdict is OPEN:
                    left.append(goal)
                elif verdict != TRUE:
                    return False
            if not left:
                return True
            path = next(atom.path for atom in atoms(left[0]) if atom.path not in given)
            for value in self.choices[path]:
                given[path] = value
                if search(left):
                    return True
                del given[path]
            return False

        return dict(given) if search([*wanted, *self.rules]) else None
