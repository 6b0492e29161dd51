"""YAML text to a tree of values that know their line and column.

Takes one document and leaves `Mapping`, `Sequence` and `Scalar` nodes. It reads the parser's events, so the
limits (guarantees S10) hold before anything is built: 256 kB, depth 30, 10,000 nodes, no aliases, anchors,
tags or duplicate keys. Plain scalars follow YAML 1.2: `no`, `1:30` and `012` mean what they look like
(semantics [yaml]). What the keys mean is left to `language`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from engine.problems import Place, Problem
from engine.scalars import resolve

MAX_BYTES, MAX_DEPTH, MAX_NODES = 256_000, 30, 10_000


@dataclass(frozen=True, slots=True)
class Source:
    """The text a node came from, and where the node stands in it (indices from 0)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """`text` is the source text (unquoted, unfolded), `value` what YAML 1.2 makes of it."""

    place: Place
    text: str
    value: str | int | float | bool | None
    source: Source = field(repr=False, compare=False)
    is_plain: bool = True

    def place_of(self, offset: int) -> Place:
        """Return where the character at this offset of `text` stands in the file, or else the scalar's own place."""
        if offset >= len(self.text) > 0:
            last = self.place_of(len(self.text) - 1)
            return Place(last.line, last.column + 1, last.file)
        region = self.source.text[self.source.start : self.source.end]
        snippet = self.text[offset : offset + 24].split("\n", 1)[0]
        if not snippet:
            return self.place
        nth, at = _occurrences(self.text[:offset], snippet, self.text), -1
        for _ in range(nth + 1):
            at = region.find(snippet, at + 1)
            if at < 0:
                return self.place
        before = region[:at]
        line = before.count("\n")
        column = len(before) - before.rfind("\n") if line else self.place.column + len(before)
        return Place(self.place.line + line, column, self.place.file)


@dataclass(frozen=True, slots=True)
class Sequence:
    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    place: Place
    value: Node


@dataclass(frozen=True)
class Mapping:
    place: Place
    entries: tuple[Entry, ...]

    @cached_property
    def by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}

    def get(self, key: str) -> Node | None:
        entry = self.by_key.get(key)
        return entry.value if entry else None


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """What was read: a root node, or the one problem that stopped the reading."""

    root: Node | None
    problems: tuple[Problem, ...] = ()


class _Refused(Exception):
    def __init__(self, message: str, place: Place, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.place, self.hint = message, place, hint


def parse(text: str, file: str = "", is_other: bool = False) -> Document:
    """Read one YAML document. Never raises; the first `bad-yaml` ends the reading.

    `is_other` says that nodes will stand in the document of another file: then their places name this one.
    """
    try:
        _check_size(text)
        return Document(_Tree(text, file if is_other else "").build())
    except _Refused as refused:
        problem = Problem("bad-yaml", refused.message, refused.place, refused.hint, file=file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place()
        says = (error.problem or error.context or "cannot be read").strip()
        problem = Problem("bad-yaml", f"This is not valid YAML: {says}.", place, _hint(text, place), file=file)
    except yaml.YAMLError as error:
        says = str(getattr(error, "reason", "") or "it holds a character that YAML does not allow")
        problem = Problem("bad-yaml", f"This is not valid YAML: {says}.", _odd_character(text), file=file)
    return Document(None, (problem,))


def plain(node: Node) -> Any:
    """Return the node as plain dicts, lists and scalars."""
    if isinstance(node, Mapping):
        return {entry.key: plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


def _check_size(text: str) -> None:
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _Refused(f"The file is larger than {MAX_BYTES // 1000} kB.", Place())
    for index, character in enumerate(text if not text.isascii() else ""):
        if "\ud800" <= character <= "\udfff":
            raise _Refused("The file holds a character that is not Unicode text.", _place_at(text, index))


@dataclass(slots=True)
class _Level:
    """A collection under construction."""

    place: Place
    is_mapping: bool
    children: list[Any] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    key: tuple[str, Place] | None = None


class _Tree:
    """Builds the nodes from the parser's events with a stack of its own, so that no depth can exhaust Python's."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.nodes = 0
        self.levels: list[_Level] = []
        self.root: Node | None = None

    def build(self) -> Node:
        documents = 0
        for event in self._events():
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._count(event)
                if "\0" in event.value:  # an escape can write it, and not every database keeps it
                    hint = "Take the escape (`\\0`) out."
                    raise _Refused("A text holds a character that is no text.", _place(event), hint)
                level = self.levels[-1] if self.levels else None
                if level is not None and level.is_mapping and level.key is None:
                    self._begin(level, event)
                else:
                    self._put(self._scalar(event))
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._count(event)
                self._open(event, kind is yaml.MappingStartEvent)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._close()
            elif kind is yaml.AliasEvent:
                raise _Refused("Aliases (`*name`) are not read: write the value out.", _place(event))
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise _Refused("A file holds one document, and here a second one begins.", _place(event))
        if self.root is None:
            raise _Refused("The file is empty.", Place())
        return self.root

    def _events(self) -> Iterator[Any]:
        loader = yaml.CSafeLoader(self.text)
        try:
            while (event := loader.get_event()) is not None:
                yield event
        finally:
            loader.dispose()

    def _count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _Refused(f"The file holds more than {MAX_NODES:,} values.", _place(event))
        if event.anchor is not None:
            raise _Refused(f"Anchors (`&{event.anchor}`) are not read: write the value out.", _place(event))
        if event.tag is not None:
            place = _place(event)
            hint = _hint(self.text, place) or "Put quotes around a value that begins with `!`."
            raise _Refused(f"Tags (`{event.tag}`) are not read.", place, hint)

    def _open(self, event: Any, is_mapping: bool) -> None:
        if len(self.levels) >= MAX_DEPTH:
            raise _Refused(f"Values are nested more than {MAX_DEPTH} deep.", _place(event))
        if self.levels and self.levels[-1].is_mapping and self.levels[-1].key is None:
            place = _place(event)
            hint = _hint(self.text, place) or "Put quotes around a text that holds brackets or braces."
            raise _Refused("A key must be a word, not a list or a mapping.", place, hint)
        self.levels.append(_Level(_place(event, self.file), is_mapping))

    def _close(self) -> None:
        level = self.levels.pop()
        children = tuple(level.children)
        self._put(Mapping(level.place, children) if level.is_mapping else Sequence(level.place, children))

    def _put(self, node: Node) -> None:
        if not self.levels:
            self.root = node
            return
        level = self.levels[-1]
        if not level.is_mapping:
            level.children.append(node)
        elif level.key is not None:
            level.children.append(Entry(*level.key, node))
            level.key = None

    def _begin(self, level: _Level, event: Any) -> None:
        """Take in the key of an entry, whose value comes next."""
        key, place = event.value, _place(event, self.file)
        if key in level.seen:
            raise _Refused(f"The key `{key[:80]}` stands here twice.", place)
        level.seen.add(key)
        level.key = key, place

    def _scalar(self, event: Any) -> Scalar:
        start, is_plain = event.start_mark, event.style is None or event.style == ""
        value = resolve(event.value) if is_plain else event.value
        source = Source(self.text, start.index, event.end_mark.index)
        return Scalar(_place(event, self.file), event.value, value, source, is_plain)


def _place(event: Any, file: str = "") -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1, file)


def _place_at(text: str, index: int) -> Place:
    before = text[:index]
    return Place(before.count("\n") + 1, index - before.rfind("\n"))


def _odd_character(text: str) -> Place:
    """Return the place of the first character that YAML does not allow in a file."""
    found = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return _place_at(text, found.start()) if found else Place()


def _occurrences(before: str, snippet: str, whole: str) -> int:
    """Count how often the snippet begins before that offset of the whole, overlaps included."""
    count, at = 0, whole.find(snippet)
    while 0 <= at < len(before):
        count, at = count + 1, whole.find(snippet, at + 1)
    return count


_HINTS = (
    (re.compile(r"(?:^|[:,\[{-])\s*!\s*[\w(]"), "A value that begins with `!` is a tag in YAML: put quotes around it."),
    (
        re.compile(r"[\[{,:]\s*[^\"'\s,\[{][^\"']*\$\{|[\[{,:]\s*\$\{"),
        'Put quotes around a value that holds `${…}`, as in `{key: "${x}"}`.',
    ),
    (re.compile(r"\s\?\s.*\s:\s"), "Put quotes around an expression that holds `? :`."),
    (re.compile(r"\t"), "YAML is indented with spaces, never with tabs."),
    (re.compile(r":\s*[^\s\"'|>].*:(?:\s|$)"), "Put quotes around a text that holds `: `."),
    (re.compile(r":\s*[&*%@`]"), "Put quotes around a value that begins with a mark such as `&`, `*`, `%` or `@`."),
)


def _hint(text: str, place: Place) -> str:
    """Return what the author probably meant, from the line that broke and the one before it."""
    lines = text.split("\n")
    for number in (place.line - 1, place.line - 2):
        if 0 <= number < len(lines):
            for pattern, hint in _HINTS:
                if pattern.search(lines[number][:400]):
                    return hint
    return ""
