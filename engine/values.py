"""The values that inputs, forms and steps hold, and how they are written down.

A `Value` is what an expression sees: None, bool, int, float, str, aware UTC datetime, timedelta, list or
dict of those. A date is a datetime at 00:00 UTC (semantics [types]). In state and log a value is JSON; a
datetime is `{"$time": "2026-03-02T09:00:00+00:00"}`, a timedelta `{"$seconds": 1800.0}`; a mapping that looks
like one of these by chance is wrapped in `{"$map": …}`. A secret is never here in the clear: `{"$secret": …}` is a
`Secret` or a `Sealed` text, and what that stands for is found outside the run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Value = Any  # the union above; a recursive alias buys nothing where CEL hands back `object`
Json = Any

MASKED = "***"
_MARKS = ("$time", "$seconds", "$map", "$secret")


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is kept outside the run: `ref` finds it, and `hash`, which is salted, is another for another one."""

    ref: str
    hash: str

    def __str__(self) -> str:
        return MASKED


Hide = Callable[[str, str], Secret]
"""Keeps what was given for a secret field, by name and in the clear, and returns what stands for it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text with secrets of the administrator's in it: pieces (`text`, what it is) and (`name`, the secret's name)."""

    parts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return MASKED


def encode(value: Value) -> Json:
    """Write a value as JSON."""
    if isinstance(value, datetime):
        return {"$time": value.astimezone(UTC).isoformat()}
    if isinstance(value, timedelta):
        return {"$seconds": value.total_seconds()}
    if isinstance(value, Secret):
        return {"$secret": {"ref": value.ref, "hash": value.hash}}
    if isinstance(value, Sealed):
        return {"$secret": {"parts": [list(part) for part in value.parts]}}
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
            if "$secret" in stored and (secret := secret_of(stored)) is not None:
                return secret
        return {key: decode(item) for key, item in stored.items()}
    if isinstance(stored, list):
        return [decode(item) for item in stored]
    return stored


def secret_of(stored: Json) -> Secret | None:
    """Return the secret that this JSON stands for, None where it is none."""
    held = stored.get("$secret") if isinstance(stored, dict) and len(stored) == 1 else None
    if isinstance(held, dict) and set(held) == {"ref", "hash"} and all(isinstance(one, str) for one in held.values()):
        return Secret(held["ref"], held["hash"])
    return None


def _is_marked(written: dict[str, Json]) -> bool:
    """Tell whether a mapping from outside would be taken for one of our marks when it is read back."""
    return len(written) == 1 and next(iter(written)) in _MARKS


def canonical(stored: Json) -> bytes:
    """Return the one byte string for this JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(stored: Json) -> str:
    """Return the SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(stored)).hexdigest()
