"""One typed value that somebody is asked for: an input, a field of a form, a column of a decision table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

FieldType = Literal[
    "text", "integer", "number", "boolean", "date", "datetime", "duration", "choice", "list", "user", "email", "url"
]


@dataclass(frozen=True)
class FieldSpec:
    """One input or form field. `default`, `minimum`, `maximum` are encoded values (engine.values)."""

    name: str
    type: FieldType
    title: str = ""
    help: str = ""
    required: bool = True
    default: Any = None
    minimum: Any = None
    maximum: Any = None
    pattern: str | None = None
    multiline: bool = False
    options: tuple[str, ...] = ()
    of: FieldType | None = None
