"""The values that inputs, forms and steps hold, and how they are written down.

A `Value` is what an expression sees: None, bool, int, float, str, aware UTC datetime, timedelta, list or
dict of those. A date is a datetime at 00:00 UTC (semantics [types]). In state and log a value is JSON; a
datetime is `{"$time": "2026-03-02T09:00:00+00:00"}`, a timedelta `{"$seconds": 1800.0}`; a mapping that looks
like one of these by chance is wrapped in `{"$map": …}`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

Value = Any  # the union above; a recursive alias buys nothing where CEL hands back `object`
Json = Any


def encode(value: Value) -> Json:
    """Write a value as JSON."""
    if isinstance(value, datetime):
        return {"$time": value.astimezone(UTC).isoformat()}
    if isinstance(value, timedelta):
        return {"$seconds": value.total_seconds()}
    if isinstance(value, dict):
        written = {str(key): encode(item) for key, item in value.items()}
        return {"$map": written} if _is_marked(written) else written
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


def decode(stored: Json) -> Value:
    """Read a value back from JSON."""
    if isinstance(stored, dict):
        if len(stored) == 1:
            if "$time" in stored:
                return datetime.fromisoformat(stored["$time"])
            if "$seconds" in stored:
                return timedelta(seconds=stored["$seconds"])
            if "$map" in stored:
                return {key: decode(item) for key, item in stored["$map"].items()}
        return {key: decode(item) for key, item in stored.items()}
    if isinstance(stored, list):
        return [decode(item) for item in stored]
    return stored


def _is_marked(written: dict[str, Json]) -> bool:
    """Tell whether a mapping from outside would be taken for one of our marks when it is read back."""
    return len(written) == 1 and next(iter(written)) in ("$time", "$seconds", "$map")


def canonical(stored: Json) -> bytes:
    """Return the one byte string for this JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(stored: Json) -> str:
    """Return the SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(stored)).hexdigest()
