"""`debug.echo`: answers what it was given. For trying a playbook out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def echo(parameters: Mapping[str, Any], key: str, seconds: float) -> Any:
    return dict(parameters)
