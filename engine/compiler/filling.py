"""Parameters put into a document: `${parameters.p}` and `parameters.p` in expressions become what is given.

A value that is only `${parameters.p}` becomes the node that gave it, so that what is wrong with it is told where it
was given. In a text the parameter is written out; in an expression it becomes a constant of its type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from engine import values
from engine.documents import Entry, Mapping, Node, Scalar, Sequence
from engine.expressions import TemplateError, parts, whole
from engine.fieldspec import FieldSpec
from engine.problems import Place
from engine.values import Json

#: Keys whose text is an expression, and keys whose entries are.
_EXPRESSIONS, _OF_EXPRESSIONS = frozenset(("when", "until", "match", "each")), frozenset(("set", "outputs"))
#: Keys below which nothing is an expression, whatever it is called.
_TEXTS = frozenset(("with", "form", "inputs", "parameters", "roles"))
#: Keys whose text people read: there a parameter without a value stays as written.
PROSE = frozenset(("title", "help", "run_title", "ask", "instructions", "message", "idempotency_key", "key"))
_NAME = re.compile(r"(?<![\w.])parameters\s*\.\s*(\w+)")
_TOKEN = re.compile(rf"""[rR]?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|{_NAME.pattern}""")


@dataclass(frozen=True)
class Value:
    """What a parameter is in one document. `is_open`: it is only a stand-in, and stays a name where it can."""

    spec: FieldSpec
    node: Node
    encoded: Json
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Filled(Scalar):
    """A scalar with other text than the file's. `cuts` are (offset, length) here and (offset, length) as written."""

    written: Scalar | None = None
    cuts: tuple[tuple[int, int, int, int], ...] = ()

    def place_of(self, offset: int) -> Place:
        assert self.written is not None
        shift = 0
        for at, length, then, before in self.cuts:
            if offset < at:
                break
            if offset < at + length:
                return self.written.place_of(then)
            shift = then + before - at - length
        return self.written.place_of(offset + shift)


def fill(node: Mapping, given: Map[str, Value]) -> Mapping:
    """Return the document with these parameters put in; the names are those of expressions."""
    if not given:
        return node
    return _Filling(given).mapping(node)


class _Filling:
    def __init__(self, given: Map[str, Value]) -> None:
        self.given = given

    def mapping(self, node: Mapping, below: tuple[str, ...] = ()) -> Mapping:
        """Fill the entries; `below` are the keys above that change how texts are read: see `_value`."""
        kept = () if below else ("parameters",)
        entries = (
            entry if entry.key in kept else replace(entry, value=self._value(entry, below)) for entry in node.entries
        )
        return Mapping(node.place, tuple(entries))

    def _value(self, entry: Entry, below: tuple[str, ...]) -> Node:
        """Fill a value: an expression under some keys and in `set` and `outputs`, prose anywhere in `with`."""
        key, node = entry.key, entry.value
        only_texts = any(above in _TEXTS for above in below)
        if isinstance(node, Mapping):
            return self.mapping(node, (*below, key))
        if isinstance(node, Sequence):
            is_list_of_steps = key == "steps" or below[-1:] == ("branches",)
            return self._sequence(node, ("steps",) if is_list_of_steps else (*below, key))
        is_expression = key in _EXPRESSIONS or (bool(below) and below[-1] in _OF_EXPRESSIONS)
        if is_expression and not only_texts:
            return self._expression(node)
        return self._text(node, key in PROSE or "with" in (*below, key))

    def _sequence(self, node: Sequence, below: tuple[str, ...]) -> Sequence:
        items: list[Node] = []
        for item in node.items:
            if isinstance(item, Mapping):
                items.append(self.mapping(item, below))
            elif isinstance(item, Sequence):
                items.append(self._sequence(item, below))
            else:
                items.append(self._text(item, "with" in below))
        return Sequence(node.place, tuple(items))

    def _expression(self, node: Scalar) -> Scalar:
        return _with_cuts(node, list(self._names(node.text, 0)))

    def _text(self, node: Scalar, is_prose: bool) -> Node:
        if "${" not in node.text or "parameters" not in node.text:
            return node
        try:
            only, cut = whole(node.text), parts(node.text)
        except TemplateError:
            return node
        value = self._value_of(only.text) if only else None
        if value is not None and not (value.is_open and is_prose):
            return value.node
        found: list[tuple[int, int, str]] = []
        for part in cut:
            value = self._value_of(part.text) if part.is_expression else None
            if (
                value is not None
                and not value.is_open
                and isinstance(value.node, Scalar)
                and "${" not in value.node.text
            ):
                found.append((part.offset - 2, len(part.text) + 3, value.node.text))
            elif part.is_expression:
                found.extend(self._names(part.text, part.offset))
        return _with_cuts(node, found)

    def _value_of(self, source: str) -> Value | None:
        """Return the parameter that this expression is, and nothing but it."""
        match = _NAME.fullmatch(source.strip())
        return self.given.get(match[1]) if match else None

    def _names(self, source: str, offset: int) -> list[tuple[int, int, str]]:
        """Return where the source reads parameters that have a value, and the constants that they are."""
        if "parameters" not in source:
            return []
        found = []
        for token in _TOKEN.finditer(source):
            value = self.given.get(token[1]) if token[1] else None
            if value is not None and not value.is_open:
                found.append((offset + token.start(), len(token[0]), constant(values.decode(value.encoded))))
        return found


def _with_cuts(node: Scalar, found: list[tuple[int, int, str]]) -> Scalar:
    """Return the scalar with pieces of its text replaced: (offset, length, what stands there instead)."""
    if not found:
        return node
    text, at, cuts = "", 0, []
    for offset, length, instead in found:
        text += node.text[at:offset]
        cuts.append((len(text), len(instead), offset, length))
        text, at = text + instead, offset + length
    text += node.text[at:]
    return Filled(node.place, text, text, node.source, node.is_plain, node, tuple(cuts))


def constant(value: values.Value) -> str:
    """Write a value as an expression."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"({value!r})" if value < 0 else repr(value)
    if isinstance(value, datetime):
        return f"timestamp('{value.astimezone(UTC).isoformat().replace('+00:00', 'Z')}')"
    if isinstance(value, timedelta):
        return f"duration('{value.total_seconds():f}s')"
    if isinstance(value, list):
        return f"[{', '.join(map(constant, value))}]"
    text = str(value).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{text}'"
