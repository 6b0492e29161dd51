"""What actions there are, as far as the compiler must know: names, parameters and their types.

A signature stands here; the code that performs an action is a provider (runs.providers), which registers
its own signature if it is not one of the built-in ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

ParameterType = Literal["any", "text", "integer", "number", "boolean", "duration", "list", "map"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an action. `options` limits a text to these."""

    type: ParameterType = "any"
    required: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """An action's name and parameters. `is_open` actions take any further parameter."""

    name: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    is_open: bool = False


_KNOWN: dict[str, Signature] = {}


def register(signature: Signature) -> None:
    """Make an action known. The same signature may be registered again; another under its name is a `ValueError`."""
    known = _KNOWN.setdefault(signature.name, signature)
    if known != signature:
        raise ValueError(f"The action {signature.name} is registered with two signatures.")


def known() -> Mapping[str, Signature]:
    """Return every action by name."""
    return MappingProxyType(_KNOWN)


register(Signature("debug.echo", is_open=True))
register(
    Signature(
        "http.request",
        {
            "method": Parameter("text", options=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")),
            "url": Parameter("text", required=True),
            "headers": Parameter("map"),
            "json": Parameter("any"),
            "body": Parameter("text"),
        },
    )
)
