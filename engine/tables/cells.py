"""What stands in a cell: values, comparisons, ranges, lists of those, `not(…)`, `-`.

    eu      'eu', 'us'      >= 8      [4..7]      (0..1]      < 3, > 7      not(eu, us)      -

Takes the text of a cell and its column; leaves a `Cell`, and says whether a value fits it. Values are compared as
numbers, seconds since 1970 (dates) and seconds (durations), exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from engine import fields, values
from engine.fieldspec import FieldSpec, FieldType
from engine.problems import did_you_mean
from engine.tables.table import Cell, Span

ANY = "-"
ORDERED: frozenset[FieldType] = frozenset(("integer", "number", "date", "duration"))
TYPES: tuple[FieldType, ...] = ("text", "choice", "integer", "number", "boolean", "date", "duration", "list")

_NOT = re.compile(r"not\s*\(")
_RANGE = re.compile(r"([\[(])(.*?)\.\.(.*)([\])])", re.DOTALL)
_COMPARED = re.compile(r"(<=|>=|!=|==|=|<|>)(.*)", re.DOTALL)
_OPENS, _CLOSES, _QUOTES = "([", ")]", "'\""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class CellError(ValueError):
    """A cell that cannot be read. `offset` is where in its text; `code` as in `engine.problems`."""

    def __init__(self, message: str, offset: int = 0, hint: str = "", code: str = "bad-value") -> None:
        super().__init__(message)
        self.message, self.offset, self.hint, self.code = message, offset, hint, code


def read(text: str, spec: FieldSpec) -> Cell | None:
    """Read a cell; None is `-`, which everything fits. Raises `CellError`."""
    written, start = text.strip(), len(text) - len(text.lstrip())
    if written == ANY:
        return None
    if opening := _NOT.match(written):
        if not written.endswith(")"):
            raise CellError("`not(` stands around the whole cell.", start, "Write for example `not(eu, us)`.")
        inside = written[opening.end() : -1]
        spans, excluded = _list(inside, spec, start + opening.end())
        if excluded:
            raise CellError("`!=` does not stand inside `not(…)`.", start)
        return Cell(spans, True, written)
    spans, excluded = _list(written, spec, start)
    return Cell(spans, excluded, written)


def together(cells: list[tuple[str, Cell | None]], text: str) -> Cell | None:
    """Return one cell for the items of a list. Raises `CellError` for one that stands alone only."""
    if any(cell is None or cell.negated for _, cell in cells):
        raise CellError("`-`, `not(…)` and `!=` stand alone in a cell, not in a list.")
    return Cell(tuple(span for _, cell in cells if cell for span in cell.spans), False, text)


def fits(cell: Cell | None, value: Any) -> bool:
    """Tell whether a measure (`measure`) fits the cell."""
    return cell is None or fitting(cell)(value)


def fitting(cell: Cell) -> Callable[[Any], bool]:
    """Return the question whether a measure fits this cell, for cells that are asked often."""
    singles, ranges = set(), []
    for span in cell.spans:
        low, high = (None if end is None else measure(values.decode(end)) for end in (span.low, span.high))
        if low == high:
            singles.add(low)
        else:
            ranges.append((low, span.low_in, high, span.high_in))

    def holds(value: Any) -> bool:
        if value in singles:
            return True
        for low, low_in, high, high_in in ranges:
            above = low is None or (value >= low if low_in else value > low)
            if above and (high is None or (value <= high if high_in else value < high)):
                return True
        return False

    def ask(value: Any) -> bool:
        found = any(map(holds, value)) if isinstance(value, tuple) else holds(value)
        return found is not cell.negated

    return ask


def measure(value: Any) -> Any:
    """Return what is compared for a decoded value: an exact number, a text, a yes or no, a tuple for a list."""
    if isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(value, datetime):
        value -= _EPOCH
    if isinstance(value, timedelta):
        value = Fraction(value // timedelta(microseconds=1), 1_000_000)
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def ends(cell: Cell) -> Iterator[Any]:
    """Give the decoded values that the cell names."""
    for span in cell.spans:
        for end in (span.low, span.high):
            if end is not None:
                yield values.decode(end)


def _list(text: str, spec: FieldSpec, start: int) -> tuple[tuple[Span, ...], bool]:
    """Return the spans of a list, and whether they are what is left out (a single `!=`)."""
    parts = list(_parts(text, start))
    spans: list[Span] = []
    for part, offset in parts:
        if not part:
            raise CellError("A value is missing here.", offset, "Write `-` where anything fits.")
        if part == ANY or _NOT.match(part):
            raise CellError("`-` and `not(…)` stand alone in a cell, not in a list.", offset)
        if part.startswith("!="):
            if len(parts) > 1:
                raise CellError("`!=` stands alone in a cell.", offset, "Write `not(…, …)`.")
            return (_single(part[2:], spec, offset + 2),), True
        spans.append(_test(part, spec, offset))
    return tuple(spans), False


def _parts(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Cut at the commas that stand outside quotes and brackets."""
    depth, quote, begin, at = 0, "", 0, 0
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[at - 1] != "\\" else quote
        elif letter in _QUOTES and not text[begin:at].strip().strip("<>=!([").strip():
            quote = letter
        elif letter in _OPENS:
            depth += 1
        elif letter in _CLOSES:
            depth -= 1
        elif letter == "," and depth <= 0:
            yield _stripped(text, begin, at, start)
            begin, depth = at + 1, 0
    if quote:
        raise CellError("This text has no closing quote.", start + begin)
    yield _stripped(text, begin, len(text), start)


def _stripped(text: str, begin: int, end: int, start: int) -> tuple[str, int]:
    part = text[begin:end]
    return part.strip(), start + begin + len(part) - len(part.lstrip())


def _test(part: str, spec: FieldSpec, offset: int) -> Span:
    if compared := _COMPARED.fullmatch(part):
        operator, rest = compared.groups()
        at = offset + compared.start(2)
        if operator in ("=", "=="):
            return _single(rest, spec, at)
        _must_have_order(spec, offset)
        end = _constant(rest, spec, at)
        is_in = len(operator) == 2
        return Span(low=end, low_in=is_in) if operator[0] == ">" else Span(high=end, high_in=is_in)
    ranged = _RANGE.fullmatch(part)
    if ranged and (spec.type in ORDERED or part[0] == "["):
        _must_have_order(spec, offset)
        opening, low, high, closing = ranged.groups()
        span = Span(
            _constant(low, spec, offset + ranged.start(2)),
            _constant(high, spec, offset + ranged.start(3)),
            opening == "[",
            closing == "]",
        )
        if measure(values.decode(span.low)) > measure(values.decode(span.high)):
            raise CellError("This range ends before it begins.", offset)
        if span.low == span.high and not (span.low_in and span.high_in):
            raise CellError("Nothing lies in this range.", offset, "Write `[` and `]` where the ends are in.")
        return span
    return _single(part, spec, offset)


def _must_have_order(spec: FieldSpec, offset: int) -> None:
    if spec.type not in ORDERED:
        raise CellError(
            f"`{spec.name}` has no order, so it cannot be compared like this.",
            offset,
            "Name the values: `eu, us`, or `not(eu)`. A text that begins with `<`, `>`, `=` or `[` stands in quotes.",
        )


def _single(text: str, spec: FieldSpec, offset: int) -> Span:
    value = _constant(text, spec, offset)
    return Span(value, value)


def _constant(text: str, spec: FieldSpec, offset: int) -> Any:
    """Read one value of the column, encoded; whether it keeps the column's `min` and `max` is no matter here."""
    written = text.strip()
    offset += len(text) - len(text.lstrip())
    is_quoted = len(written) > 1 and written[0] in _QUOTES and written[-1] == written[0]
    if not written:
        raise CellError("A value is missing here.", offset)
    kind = (spec.of or "text") if spec.type == "list" else spec.type
    if kind in ("text", "choice"):
        word = _ESCAPED.sub(r"\1", written[1:-1]) if is_quoted else written
        if spec.options and word not in spec.options:
            hint = did_you_mean(word, spec.options) or f"It is one of: {', '.join(spec.options)}."
            raise CellError(f"`{spec.name}` is never `{word[:80]}`.", offset, hint, "type-mismatch")
        return word
    try:
        if is_quoted:
            raise fields.FieldError("A text stands in quotes, and this column holds none.")
        return fields.read(FieldSpec(spec.name, kind), written)
    except fields.FieldError as error:
        raise CellError(f"`{written[:80]}`: {error}", offset, "", "type-mismatch") from None
