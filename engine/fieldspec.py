"""One typed value that somebody is asked for: an input, a field of a form, a column of a decision table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

FieldType = Literal[
    "text",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "duration",
    "choice",
    "list",
    "user",
    "file",
    "email",
    "url",
]


@dataclass(frozen=True)
class FieldSpec:
    """One input or form field. `default`, `minimum`, `maximum` are encoded values (engine.values).

    What a `secret` field is given is kept outside the run, which holds an `engine.values.Secret` in its place.
    """

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
    secret: bool = False


def leave_out_secret(written: Iterable[dict[str, Any]]) -> None:
    """Say nothing of secrecy where a field written as JSON has none: it is written as it was before there was any."""
    for spec in written:
        if not spec.get("secret", True):
            del spec["secret"]
