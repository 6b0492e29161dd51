"""Inputs and form fields: a raw value in, an encoded one (engine.values) or a message at the field out.

Raw values are what YAML, JSON and HTML forms give, so `"8"` is an integer and `"on"` a yes. The rules are
language.md section 2; lengths are counted in characters, lists in items.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args

from engine import attachments, durations, patterns, values
from engine.attachments import Attachment
from engine.definition import FieldSpec, FieldType
from engine.values import Hide, Json, Secret

MAX_TEXT, MAX_ITEMS, LARGEST = 10_000, 500, 2**63 - 1
TYPES: tuple[FieldType, ...] = get_args(FieldType)
TEXTS = frozenset(("text", "choice", "user", "email", "url"))
MISSING = "This must be filled in."

_USER = re.compile(r"[\w.@+-]{1,150}")
_EMAIL = re.compile(r"[^@\s<>\"']{1,64}@[^@\s<>\"']{1,190}\.[^@\s<>\"'.]{1,63}")
_YES, _NO = frozenset(("true", "on", "yes", "1")), frozenset(("false", "off", "no", "0"))


class FieldError(ValueError):
    """A value breaks its field; the text is for the person who gave it."""


def read(spec: FieldSpec, raw: Any) -> Json:
    """Return the encoded value, a secret still in the clear. Raises `FieldError`; an empty one is missing."""
    if is_empty(raw):
        raise FieldError(MISSING)
    encoded = _READERS[spec.type](spec, raw)
    message = check(replace(spec, secret=False), encoded)
    if message:
        raise FieldError(message)
    return encoded


def read_all(
    specs: Iterable[FieldSpec], raw: Mapping[str, Any], hide: Hide | None = None
) -> tuple[dict[str, Json], dict[str, str]]:
    """Return the encoded values and the messages by field. An optional field left empty is left out.

    `hide` takes the secrets away once all the rest is right; unhidden ones the machine refuses.
    """
    encoded: dict[str, Json] = {}
    messages: dict[str, str] = {}
    known = {spec.name: spec for spec in specs}
    for name in raw:
        if name not in known:
            messages[str(name)] = "There is no such field."
    for name, spec in known.items():
        given = raw.get(name)
        try:
            if not is_empty(given):
                encoded[name] = read(spec, given)
            elif spec.default is not None:
                encoded[name] = spec.default
            elif spec.required:
                messages[name] = MISSING
        except FieldError as error:
            messages[name] = str(error)
    if hide is not None and not messages:
        for name in encoded:
            if known[name].secret:
                encoded[name] = values.encode(hide(name, encoded[name]))
    return encoded, messages


def check(spec: FieldSpec, encoded: Json) -> str | None:
    """Return the message for an encoded value that breaks its field, else None."""
    try:
        value = values.decode(encoded)
    except (ValueError, TypeError):
        return "This value cannot be read."
    if spec.secret:
        return None if isinstance(value, Secret) else "This must be handed over as a secret."
    if not _has_type(spec, value):
        return f"This must be {_SAYS[spec.type]}."
    return _limits(spec, value)


def show(spec: FieldSpec, encoded: Json) -> str:
    """Return the value as people read it: `8`, `5 min`, `2 March 2026`."""
    if encoded is None:
        return ""
    value = values.decode(encoded)
    if spec.type == "file":
        return str(value["name"]) if attachments.is_file(value) else str(value)
    if isinstance(value, list):
        item = _item(spec)
        return ", ".join(show(item, one) for one in encoded)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return durations.say(value)
    if isinstance(value, datetime):
        day = f"{value.day} {value:%B %Y}"
        return day if spec.type == "date" else f"{day}, {value:%H:%M} UTC"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def is_empty(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _text(spec: FieldSpec, raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise FieldError("This must be a text.")
    written = str(raw).replace("\r\n", "\n").replace("\r", "\n")
    return written if spec.multiline else written.strip()


def _integer(spec: FieldSpec, raw: Any) -> int:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, str) and re.fullmatch(r"\s*[-+]?[0-9]{1,19}\s*", raw):
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not -LARGEST - 1 <= raw <= LARGEST:
        raise FieldError("This must be a whole number.")
    return raw


def _number(spec: FieldSpec, raw: Any) -> float:
    try:
        number = float(raw) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or (isinstance(raw, str) and "_" in raw):
        raise FieldError("This must be a number.")
    return number


def _boolean(spec: FieldSpec, raw: Any) -> bool:
    word = str(raw).strip().lower()
    if isinstance(raw, bool | str) or (isinstance(raw, int) and raw in (0, 1)):
        if word in _YES:
            return True
        if word in _NO:
            return False
    raise FieldError("This must be yes or no.")


def _date(spec: FieldSpec, raw: Any) -> Json:
    if isinstance(raw, datetime):
        raw = raw.date()
    try:
        day = raw if isinstance(raw, date) else date.fromisoformat(raw.strip())
    except (ValueError, AttributeError, TypeError):
        raise FieldError("This must be a date, as in 2026-03-02.") from None
    return values.encode(datetime.combine(day, time(), UTC))


def _datetime(spec: FieldSpec, raw: Any) -> Json:
    """Read a point in time; one without a zone is UTC."""
    try:
        moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(raw.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return values.encode(moment.astimezone(UTC))
    except (ValueError, AttributeError, TypeError, OverflowError):
        raise FieldError("This must be a date and time, as in 2026-03-02T09:00Z.") from None


def _duration(spec: FieldSpec, raw: Any) -> Json:
    if isinstance(raw, timedelta):
        return values.encode(raw)
    if not isinstance(raw, str):
        raise FieldError("This must be a duration with its unit, as in 15m.")
    try:
        return values.encode(durations.parse(raw))
    except ValueError as error:
        raise FieldError(str(error)) from None


def _list(spec: FieldSpec, raw: Any) -> list[Json]:
    """Read a list; a text from a form is one item a line, or one line with commas."""
    if isinstance(raw, str):
        lines = raw.strip().splitlines()
        raw = [part.strip() for part in (lines if len(lines) > 1 else raw.split(",")) if part.strip()]
    if not isinstance(raw, list | tuple):
        raise FieldError("This must be a list.")
    if len(raw) > MAX_ITEMS:
        raise FieldError(f"A list has at most {MAX_ITEMS} items.")
    item, read_items = _item(spec), []
    for number, one in enumerate(raw, 1):
        try:
            read_items.append(read(item, one))
        except FieldError as error:
            raise FieldError(f"Item {number}: {error}") from None
    return read_items


def _file(spec: FieldSpec, raw: Any) -> Json:
    """Read a file that was kept before: an `Attachment`, or what state and log hold of one."""
    return attachments.written([raw])[0] if isinstance(raw, Attachment) else raw


def _item(spec: FieldSpec) -> FieldSpec:
    return FieldSpec(spec.name, spec.of or "text", options=spec.options)


_READERS: Mapping[FieldType, Any] = {
    **dict.fromkeys(("text", "choice", "user", "email", "url"), _text),
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "duration": _duration,
    "list": _list,
    "file": _file,
}

_SAYS: Mapping[FieldType, str] = {
    **dict.fromkeys(("text", "choice", "user", "email", "url"), "a text"),
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "date": "a date",
    "datetime": "a date and time",
    "duration": "a duration",
    "list": "a list",
    "file": "a file",
}


def _has_type(spec: FieldSpec, value: Any) -> bool:
    if spec.type in TEXTS:
        return isinstance(value, str)
    if spec.type == "boolean":
        return isinstance(value, bool)
    if spec.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST
    if spec.type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if spec.type in ("date", "datetime"):
        return isinstance(value, datetime)
    if spec.type == "duration":
        return isinstance(value, timedelta)
    return attachments.is_file(value) if spec.type == "file" else isinstance(value, list)


def _limits(spec: FieldSpec, value: Any) -> str | None:
    """Return the message for a value of the right type that is out of bounds."""
    size: Any = value
    unit = ""
    if isinstance(value, str):
        if len(value.encode("utf-8", "replace")) > MAX_TEXT:
            return f"A text has at most {MAX_TEXT:,} bytes."
        message = _text_message(spec, value)
        if message:
            return message
        size, unit = len(value), " characters"
    elif isinstance(value, list):
        if len(value) > MAX_ITEMS:
            return f"A list has at most {MAX_ITEMS} items."
        for number, one in enumerate(value, 1):
            if message := check(_item(spec), values.encode(one)):
                return f"Item {number}: {message}"
        size, unit = len(value), " items"
    elif spec.type == "date" and (value.hour, value.minute, value.second, value.microsecond) != (0, 0, 0, 0):
        return "This must be a date without a time."
    lowest, highest = values.decode(spec.minimum), values.decode(spec.maximum)
    if lowest is not None and size < lowest:
        return f"This must be at least {_bound(spec, spec.minimum)}{unit}."
    if highest is not None and size > highest:
        return f"This must be at most {_bound(spec, spec.maximum)}{unit}."
    return None


def _bound(spec: FieldSpec, encoded: Json) -> str:
    return str(encoded) if spec.type in ("text", "list") else show(spec, encoded)


def _text_message(spec: FieldSpec, value: str) -> str | None:
    if any("\ud800" <= character <= "\udfff" or character == "\x00" for character in value):
        return "This holds a character that is not text."
    if spec.type == "choice" and value not in spec.options:
        return f"Choose one of: {', '.join(spec.options)}."
    if spec.type == "user" and not _USER.fullmatch(value):
        return "This must be the name of a user."
    if spec.type == "email" and not _EMAIL.fullmatch(value):
        return "This must be an e-mail address."
    if spec.type == "url" and not attachments.is_address(value):
        return "This must be an address that begins with http:// or https://."
    if not spec.multiline and "\n" in value:
        return "This must be a single line."
    if spec.pattern is not None and not patterns.matches(spec.pattern, value):
        return f"This must have the form {spec.pattern}."
    return None
