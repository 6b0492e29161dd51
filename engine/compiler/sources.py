"""An expression checked at its place: it parses, its names exist, its types fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.compiler.secrecy import Taker, misplaced
from engine.expressions import (
    Call,
    Checker,
    Const,
    ExpressionError,
    Name,
    Node,
    Other,
    Parsed,
    TemplateError,
    parts,
    walk,
    whole,
)
from engine.expressions.types import INT, STRING, fits, is_storable, say
from engine.language.places import Path, Places
from engine.language.section import Reading

_EQUAL = ("_==_", "_!=_")


Explain = Callable[[str], tuple[str, str] | None]
"""What is said of a source, from the unknown name on, in place of the usual: a message and a hint."""


class Sources:
    """The expressions of one document against one set of names."""

    def __init__(
        self,
        reading: Reading,
        checker: Checker,
        choices: Mapping[str, tuple[str, ...]],
        explain: Explain = lambda source: None,
        secrets: frozenset[str] = frozenset(),
    ) -> None:
        self.reading, self.checker, self.choices, self.explain = reading, checker, choices, explain
        self.secrets = secrets
        self.places = Places(reading.nodes)

    def expression(
        self,
        source: str,
        path: Path,
        wanted: Iterable[str],
        offset: int = 0,
        taker: Taker = "",
        is_whole: bool = False,
    ) -> Parsed | None:
        """Check one source whose first character stands at this offset of the text at the path.

        `taker` and `is_whole` say whether it may read secrets (`secrecy.misplaced`).
        """
        try:
            parsed = self.checker.parse(source)
        except ExpressionError as error:
            place = self.places.inside(path, offset + error.column - 1)
            better = self.explain(source[error.column - 1 :]) if error.code == "unknown-name" else None
            message, hint = better or (error.message, error.hint)
            self.reading.problem(error.code, message, place, hint)
            return None
        kinds = tuple(wanted)
        start = offset + len(source) - len(source.lstrip())
        if kinds and not fits(parsed.type, kinds):
            message = f"This gives {say(parsed.type)}, and {' or '.join(map(say, kinds))} is needed here."
            self.reading.problem("type-mismatch", message, self.places.inside(path, start))
        elif not is_storable(parsed.type):
            message = f"A playbook cannot hold a value of the type {parsed.type}."
            self.reading.problem("type-mismatch", message, self.places.inside(path, start))
        for code, message, hint, column in misplaced(parsed.tree, self.secrets, taker, is_whole):
            self.reading.problem(code, message, self.places.inside(path, offset + column - 1), hint)
        if self.choices:
            self._choices(parsed.tree, path, offset)
        return parsed

    def template(self, text: str, path: Path, taker: Taker = "") -> None:
        """Check every `${…}` of a text."""
        if "${" not in text:
            return
        try:
            cut = parts(text)
        except TemplateError as error:
            self.reading.problem("bad-expression", error.message, self.places.inside(path, error.offset))
            return
        for part in cut:
            if part.is_expression:
                self.expression(part.text, path, (), part.offset, taker, len(cut) == 1)

    def templates(self, value: Any, path: Path, taker: Taker = "") -> None:
        """Check every `${…}` in the texts of JSON as written, however deep."""
        if isinstance(value, str):
            self.template(value, path, taker)
        elif isinstance(value, Mapping):
            for key, item in value.items():
                self.templates(item, (*path, key), taker)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.templates(item, (*path, index), taker)

    def person(self, text: str, path: Path) -> None:
        """Check a text that is a `${…}` for somebody's name, or none at all."""
        if "${" not in text:
            return
        try:
            only = whole(text)
        except TemplateError:
            only = None
        if only is None:
            self.template(text, path)
        else:
            self.expression(only.text, path, (STRING,), only.offset)

    def count(self, text: str, path: Path) -> None:
        """Check a quorum by data: one `${…}` and nothing beside it, which gives a whole number."""
        try:
            only = whole(text)
        except TemplateError as error:
            self.reading.problem("bad-expression", error.message, self.places.inside(path, error.offset))
            return
        if only is None:
            hint = "Write `${…}` and nothing beside it."
            self.reading.problem("bad-value", f"`{text[:80]}` is not a quorum.", self.places.at(*path), hint)
        else:
            self.expression(only.text, path, (INT,), only.offset)

    def _choices(self, tree: Node, path: Path, offset: int) -> None:
        """Report a choice that is compared with a text which is none of its options (semantics [types])."""
        for node in walk(tree):
            if not isinstance(node, Call) or len(node.args) != 2:
                continue
            left, right = node.args
            if node.op in _EQUAL:
                pairs = [(left, right), (right, left)]
            elif node.op == "@in" and isinstance(right, Other) and right.what == "list":
                pairs = [(left, item) for item in right.children]
            else:
                continue
            for name, text in pairs:
                if not isinstance(name, Name) or not isinstance(text, Const) or not isinstance(text.value, str):
                    continue
                options = self.choices.get(".".join(name.path))
                if options is not None and text.value not in options:
                    message = f"`{'.'.join(name.path)}` is never `{text.value[:80]}`."
                    place = self.places.inside(path, offset + text.column - 1)
                    self.reading.problem("type-mismatch", message, place, f"It is one of: {', '.join(options)}.")
