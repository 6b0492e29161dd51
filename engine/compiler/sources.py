"""Every expression of a playbook, checked at its place: it parses, its names exist, its types fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.definition import ActionSpec, EndSpec, GateSpec, SetSpec, TaskSpec, WaitSpec
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
from engine.expressions.types import BOOL, INT, STRING, TIMESTAMP, fits, is_storable, say
from engine.language.places import Path, Places
from engine.language.playbook import Playbook
from engine.language.section import Reading
from engine.language.step import Step

_EQUAL = ("_==_", "_!=_")


class Sources:
    """The expressions of one document against one set of names."""

    def __init__(self, reading: Reading, checker: Checker, choices: Mapping[str, tuple[str, ...]]) -> None:
        self.reading, self.checker, self.choices = reading, checker, choices
        self.places = Places(reading.nodes)

    def check(self, playbook: Playbook) -> None:
        """Check all expressions but those in `with`, which the actions' signatures decide about."""
        self.template(playbook.title, ("title",))
        self.template(playbook.run_title, ("run_title",))
        for step in playbook.steps:
            self._step(step)
        for name, source in playbook.outputs.items():
            self.expression(source, ("outputs", name), ())

    def _step(self, step: Step) -> None:
        work = step.does
        self.template(step.title, (*step.path, "title"))
        if step.when is not None:
            self.expression(step.when, (*step.path, "when"), (BOOL,))
        for number, (when, _) in enumerate(step.rules):
            if when is not None:
                self.expression(when, (*step.path, "decide", number, "when"), (BOOL,))
        for number, rung in enumerate(step.escalate):
            if rung.when is not None:
                self.expression(rung.when, (*step.path, "escalate", number, "when"), (BOOL,))
        if isinstance(work, TaskSpec):
            self.template(work.instructions, (*step.path, "task", "instructions"))
            self._assign(work.assign, (*step.path, "task", "assign"))
        elif isinstance(work, GateSpec):
            if work.ask != step.title:
                self.template(work.ask, (*step.path, "gate", "ask"))
            if work.quorum.by_data is not None:
                self._count(work.quorum.by_data, (*step.path, "gate", "quorum"))
        elif isinstance(work, SetSpec):
            for name, source in work.assign.items():
                self.expression(source, (*step.path, "set", name), ())
        elif isinstance(work, WaitSpec) and work.until is not None:
            self.expression(work.until, (*step.path, "wait", "until"), (TIMESTAMP,))
        elif isinstance(work, EndSpec):
            self.template(work.message, (*step.path, "message"))
        elif isinstance(work, ActionSpec) and work.idempotency_key is not None:
            self.template(work.idempotency_key, (*step.path, "idempotency_key"))

    def expression(self, source: str, path: Path, wanted: Iterable[str], offset: int = 0) -> Parsed | None:
        """Check one source whose first character stands at this offset of the text at the path."""
        try:
            parsed = self.checker.parse(source)
        except ExpressionError as error:
            place = self.places.inside(path, offset + error.column - 1)
            self.reading.problem(error.code, error.message, place, error.hint)
            return None
        kinds = tuple(wanted)
        start = offset + len(source) - len(source.lstrip())
        if kinds and not fits(parsed.type, kinds):
            message = f"This gives {say(parsed.type)}, and {' or '.join(map(say, kinds))} is needed here."
            self.reading.problem("type-mismatch", message, self.places.inside(path, start))
        elif not is_storable(parsed.type):
            message = f"A playbook cannot hold a value of the type {parsed.type}."
            self.reading.problem("type-mismatch", message, self.places.inside(path, start))
        if self.choices:
            self._choices(parsed.tree, path, offset)
        return parsed

    def template(self, text: str, path: Path) -> None:
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
                self.expression(part.text, path, (), part.offset)

    def templates(self, value: Any, path: Path) -> None:
        """Check every `${…}` in the texts of JSON as written, however deep."""
        if isinstance(value, str):
            self.template(value, path)
        elif isinstance(value, Mapping):
            for key, item in value.items():
                self.templates(item, (*path, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.templates(item, (*path, index))

    def _assign(self, text: str, path: Path) -> None:
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

    def _count(self, text: str, path: Path) -> None:
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
