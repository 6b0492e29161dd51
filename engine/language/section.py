"""Reading one mapping of a document, key by key, with a problem for everything that is not as it should be.

A `Reading` collects problems and places for a whole document; a `Section` is one mapping in it. Readers ask a
section for what they need and get a usable value or None; they never see YAML and never raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar, overload

from engine import documents, durations
from engine.documents import Node, Scalar, Sequence
from engine.durations import Length
from engine.expressions.names import spelt, trouble_with_id
from engine.language.places import Path
from engine.problems import Place, Problem, did_you_mean

T = TypeVar("T")
Word = TypeVar("Word", bound=str)


class Enough(Exception):
    """As many problems as anybody reads have been told: looking for more would only cost time."""


class Reading:
    """What has been found in one document so far; the problem after `most` raises `Enough`."""

    def __init__(self, file: str = "", most: int | None = None) -> None:
        self.file, self.most = file, most
        self.problems: list[Problem] = []
        self.nodes: dict[Path, Node | Place] = {}
        self.keys: dict[Path, Place] = {}
        self.loose: set[str] = set()
        """Dotted names whose declaration is broken: they may have any type, so that one mistake is told once."""

    def problem(self, code: str, message: str, place: Place, hint: str = "") -> None:
        if self.most is not None and len(self.problems) >= self.most:
            raise Enough
        self.problems.append(Problem(code, message, place, hint, file=self.file))

    def section(self, node: Node, path: Path, what: str) -> Section | None:
        """Return the section for a node that must be a mapping, else say so."""
        self.nodes.setdefault(path, node)
        if isinstance(node, documents.Mapping):
            return Section(self, node, path, what)
        self.problem("bad-value", f"{what} must be a mapping of keys and values.", node.place)
        return None

    def named(self, node: Node, path: Path, what: str) -> list[tuple[str, Place, Node]]:
        """Return the entries of a mapping from ids, each id checked and no two alike (semantics [id])."""
        self.nodes.setdefault(path, node)
        if not isinstance(node, documents.Mapping):
            self.problem("bad-value", f"{what} must be a mapping from names to what they are.", node.place)
            return []
        found, seen = [], dict[str, str]()
        for entry in node.entries:
            self.nodes.setdefault((*path, entry.key), entry.place)
            if wrong := trouble_with_id(entry.key):
                self.problem("bad-value", wrong, entry.place)
            if self.is_new(entry.key, entry.place, seen):
                found.append((entry.key, entry.place, entry.value))
        return found

    def is_new(self, name: str, place: Place, seen: dict[str, str]) -> bool:
        """Tell whether no other id is written like this one in an expression; say so where one is."""
        other = seen.get(spelt(name))
        if other is None:
            seen[spelt(name)] = name
            return True
        both = "" if other == name else f" In an expression `{other}` and `{name}` are both written `{spelt(name)}`."
        self.problem("duplicate-id", f"The name `{name}` is taken.{both}", place)
        return False


class Section:
    """One mapping: what it holds under which key."""

    def __init__(self, reading: Reading, node: documents.Mapping, path: Path, what: str) -> None:
        self.reading, self.node, self.path, self.what = reading, node, path, what
        self.place = node.place
        for entry in node.entries:
            reading.nodes.setdefault((*path, entry.key), entry.value)

    def __contains__(self, key: str) -> bool:
        return key in self.node.by_key

    def only(self, known: Iterable[str], elsewhere: Mapping[str, str] | None = None) -> None:
        """Report every key that is not known here; `elsewhere` holds hints for keys that belong to another place."""
        allowed = tuple(known)
        for entry in self.node.entries:
            if entry.key in allowed:
                continue
            if elsewhere and entry.key in elsewhere:
                hint = elsewhere[entry.key]
            else:
                hint = did_you_mean(entry.key, allowed) or f"Known here: {', '.join(allowed)}."
            self.reading.problem("unknown-key", f"{self.what} has no key `{entry.key[:80]}`.", entry.place, hint)

    def require(self, *keys: str) -> None:
        for key in keys:
            if key not in self:
                self.reading.problem("missing-key", f"{self.what} needs the key `{key}`.", self.place)

    def key_place(self, key: str) -> Place:
        entry = self.node.by_key.get(key)
        return entry.place if entry else self.place

    def bad(self, key: str, message: str, hint: str = "", code: str = "bad-value") -> None:
        node = self.node.get(key)
        self.reading.problem(code, message, node.place if node else self.place, hint)

    def scalar(self, key: str, says: str = "a text") -> Scalar | None:
        """Return the scalar under this key; an empty one or a collection is a problem."""
        node = self.node.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and (node.text.strip() or not node.is_plain):
            return node
        empty = isinstance(node, Scalar)
        self.bad(key, f"`{key}` has no value." if empty else f"`{key}` must be {says}.")
        return None

    def text(self, key: str, default: str = "") -> str:
        """Return a text as its source says it: `1.10` stays `1.10`."""
        scalar = self.scalar(key)
        return scalar.text if scalar else default

    def filled(self, key: str) -> str:
        """Return a text that may not be blank."""
        scalar = self.scalar(key)
        if scalar and not scalar.text.strip():
            self.bad(key, f"`{key}` has no value.")
        return scalar.text.strip() if scalar else ""

    def expression(self, key: str) -> str | None:
        """Return the source of an expression; a whole `${…}` around it is refused by the expression itself."""
        scalar = self.scalar(key, "an expression")
        return scalar.text if scalar else None

    @overload
    def choice(self, key: str, options: Iterable[Word], default: Word) -> Word: ...

    @overload
    def choice(self, key: str, options: Iterable[str]) -> str: ...

    def choice(self, key: str, options: Iterable[str], default: str = "") -> str:
        """Return the one of these words that stands here, the default where none does."""
        scalar = self.scalar(key)
        if scalar is None:
            return default
        offered = tuple(options)
        if scalar.text in offered:
            return scalar.text
        hint = did_you_mean(scalar.text, offered) or f"Choose one of: {', '.join(offered)}."
        self.bad(key, f"`{scalar.text[:80]}` is not a value of `{key}`.", hint)
        return default

    def integer(self, key: str, lowest: int, highest: int, default: int) -> int:
        scalar = self.scalar(key, "a whole number")
        if scalar is None:
            return default
        value = scalar.value
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        self.bad(key, f"`{key}` must be a whole number from {lowest} to {highest}.")
        return default

    def flag(self, key: str, default: bool = False) -> bool:
        scalar = self.scalar(key, "true or false")
        if scalar is None:
            return default
        if isinstance(scalar.value, bool):
            return scalar.value
        self.bad(key, f"`{key}` must be true or false.")
        return default

    def duration(self, key: str) -> timedelta | None:
        """Return a plain duration."""
        return self._duration(key, durations.parse)

    def length(self, key: str) -> Length | None:
        """Return a duration that may count business time."""
        return self._duration(key, durations.parse_length)

    def _duration(self, key: str, parse: Callable[[str], T]) -> T | None:
        scalar = self.scalar(key, "a duration")
        if scalar is None:
            return None
        try:
            return parse(scalar.text)
        except ValueError as error:
            self.bad(key, str(error))
            return None

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts, none of them empty and no two alike; each has its own place."""
        node = self.node.get(key)
        if node is None:
            return default
        if not isinstance(node, Sequence):
            self.bad(key, f"`{key}` must be a list.", "Write `[one, another]`.")
            return default
        found: list[str] = []
        for index, item in enumerate(node.items):
            self.reading.nodes[(*self.path, key, index)] = item
            if not isinstance(item, Scalar) or not item.text.strip():
                self.reading.problem("bad-value", f"Each item of `{key}` must be a text.", item.place)
            elif item.text in found:
                self.reading.problem("duplicate-id", f"`{item.text[:80]}` stands in `{key}` twice.", item.place)
            else:
                found.append(item.text)
        return tuple(found)

    def moment(self, key: str) -> datetime | None:
        """Read a point in time; one without a zone is UTC."""
        text = self.filled(key)
        if not text:
            return None
        try:
            read = datetime.fromisoformat(text)
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.bad(key, f"`{text[:80]}` is not a point in time.", 'Write for example "2026-03-02T09:00:00Z".')
            return None

    def items(self, key: str, read: Callable[[Node, Path], T | None]) -> tuple[T, ...]:
        """Read a list item by item; items that cannot be read are left out, their problems told."""
        node = self.node.get(key)
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self.bad(key, f"`{key}` must be a list.")
            return ()
        read_items = (read(item, (*self.path, key, index)) for index, item in enumerate(node.items))
        return tuple(item for item in read_items if item is not None)

    def inner(self, key: str, what: str) -> Section | None:
        """Return the mapping under this key as a section of its own."""
        node = self.node.get(key)
        return None if node is None else self.reading.section(node, (*self.path, key), what)
